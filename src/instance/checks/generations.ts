import { checkChoice, type Report } from "../../report";
import { type GenerationArgs, type InitdbArgs, type PostgresInstanceArgs, StopMethod } from "../args";
import { sourceProblems } from "../../restore/validate";
import type { RestoreSource } from "../../restore/source-args";
import { generationMajor } from "../image";
import { clusterName } from "../names";
import { activeGeneration, generationArgs } from "../resolve";
import { checkStorage } from "./storage";

export function checkGenerations(args: PostgresInstanceArgs, report: Report): void {
  const generations = generationArgs(args);
  const numbers = Object.keys(generations);
  if (numbers.length === 0) report("generations", {}, "is empty.", "Leave it out for a single generation.");
  for (const number of numbers) {
    if (!/^[1-9]\d{0,2}$/.test(number)) {
      report("generations", number, "is not a generation number.", 'Use "1", "2", … up to "999".');
    }
  }
  const active = activeGeneration(args);
  if (active === undefined && numbers.length > 0) {
    report(
      "activeGeneration",
      undefined,
      "is missing and there are several generations.",
      `Choose one of ${numbers.join(", ")}.`,
    );
  } else if (active !== undefined && !(active in generations)) {
    report(
      "activeGeneration",
      active,
      "is not among the generations.",
      `Choose one of ${numbers.join(", ")}.`,
    );
  }
  for (const [number, own] of Object.entries(generations))
    checkGeneration(`generations.${number}`, args, own, report);
  checkStorage("storage", args.storage, report);
  checkStorage("walStorage", args.walStorage, report);
  checkInitdb("initdb", args.initdb, generationMajor(args, {}), report);
  const dropped = args.droppedGenerations?.find(number => number in generations);
  if (dropped !== undefined) {
    report(
      "droppedGenerations",
      dropped,
      "is still among the generations.",
      "Remove it from one of the two.",
    );
  }
}

function checkGeneration(
  path: string,
  args: PostgresInstanceArgs,
  own: GenerationArgs,
  report: Report,
): void {
  checkStorage(`${path}.storage`, own.storage, report);
  checkStorage(`${path}.walStorage`, own.walStorage, report);
  checkInitdb(`${path}.initdb`, own.initdb, generationMajor(args, own), report);
  checkChoice(`${path}.stop`, own.stop, StopMethod, report);
  const initdb =
    own.initdb ??
    (args.generations === undefined || Object.keys(args.generations).length === 1 ? args.initdb : undefined);
  const source = own.restoredFrom;
  if (source !== undefined && initdb !== undefined) {
    report(
      `${path}.restoredFrom`,
      source,
      "a generation is either made by initdb or restored, not both.",
      "Remove one of the two.",
    );
  }
}

/** Sources of restores, with all that they are judged in. */
export function checkRestores(name: string, args: PostgresInstanceArgs, report: Report): void {
  const generations = Object.entries(generationArgs(args));
  const check = (path: string, source: RestoreSource, number: string, own: GenerationArgs): void => {
    const around = {
      generation: number,
      generations: generations.map(([other]) => other),
      hasStore: args.backup !== undefined,
      archive: args.backup === undefined ? undefined : (own.archive ?? clusterName(name, number)),
      hasWalVolume: (own.walStorage ?? args.walStorage) !== undefined,
      stopsForSnapshots: args.backup?.snapshots?.online === false,
    };
    const from = source.generation === undefined ? undefined : args.generations?.[source.generation];
    if (from !== undefined && generationMajor(args, from) !== generationMajor(args, own)) {
      report(
        `${path}.generation`,
        source.generation,
        `is of PostgreSQL ${generationMajor(args, from)}, and its files are not read by ${generationMajor(args, own)}.`,
        `Restore with version "${generationMajor(args, from)}", and upgrade afterwards.`,
      );
    }
    for (const { argument, value, problem, remedy } of sourceProblems(source, around)) {
      report(argument === "" ? path : `${path}.${argument}`, value, problem, remedy);
    }
  };
  for (const [number, own] of generations) {
    if (own.restoredFrom !== undefined)
      check(`generations.${number}.restoredFrom`, own.restoredFrom, number, own);
  }
  if (args.restore === undefined) return;
  const [first = ["1", {}], second] = generations;
  check("restore", args.restore, ...first);
  const clash = [
    second !== undefined && "generations",
    first[1].restoredFrom !== undefined && "restoredFrom of a generation",
    (first[1].initdb ?? args.initdb) !== undefined && "initdb",
  ].filter(other => other !== false);
  if (clash.length > 0) {
    report(
      "restore",
      undefined,
      `is given together with ${clash.join(" and ")}, and a generation begins once.`,
      "Keep one of them; with several generations the source stands in generations.N.restoredFrom.",
    );
  }
}

function checkInitdb(
  path: string,
  initdb: InitdbArgs | undefined,
  major: number | undefined,
  report: Report,
): void {
  if (initdb === undefined) return;
  const { walSegmentSize, localeProvider } = initdb;
  if (
    walSegmentSize !== undefined &&
    !(walSegmentSize >= 1 && walSegmentSize <= 1024 && Number.isInteger(Math.log2(walSegmentSize)))
  ) {
    report(
      `${path}.walSegmentSize`,
      walSegmentSize,
      "is not a power of two from 1 to 1024.",
      "The unit is MiB; the default is 16.",
    );
  }
  const providers: Record<string, number> = { libc: 14, icu: 15, builtin: 17 };
  if (localeProvider !== undefined) {
    const since = providers[localeProvider];
    if (since === undefined) {
      report(
        `${path}.localeProvider`,
        localeProvider,
        "is not a locale provider.",
        `Choose one of ${Object.keys(providers).join(", ")}.`,
      );
    } else if (major !== undefined && major < since) {
      report(
        `${path}.localeProvider`,
        localeProvider,
        `needs PostgreSQL ${since}, this is ${major}.`,
        'Use "libc".',
      );
    }
  }
  if (initdb.icuLocale !== undefined && localeProvider !== "icu") {
    report(`${path}.icuLocale`, initdb.icuLocale, "has no effect.", 'Set localeProvider to "icu".');
  }
  if (initdb.builtinLocale !== undefined && localeProvider !== "builtin") {
    report(
      `${path}.builtinLocale`,
      initdb.builtinLocale,
      "has no effect.",
      'Set localeProvider to "builtin".',
    );
  }
}
