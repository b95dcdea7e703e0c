import { existsSync, writeFileSync } from "node:fs";
import type { Document } from "yaml";
import { isRecord } from "../backup/record";
import type { GenerationArguments, NewInstanceArguments, PlannedGeneration } from "../restore/arguments";
import { PlainFailure, UsageError } from "./result";
import { readTextFile } from "./text-file";

/** What was written where. */
export interface WrittenPlan {
  file: string;
  /** Whether the file was not like that before. */
  changed: boolean;
}

/** Project of the reference stack, whose configuration the keys belong to. */
const project = "pulumi-cnpg";
const generationsKey = `${project}:postgres_generations`;
const activeKey = `${project}:postgres_active_generation`;
const instancesKey = `${project}:postgres_instances`;

/** Another number of servers. */
export interface InstancesArguments {
  instances: number;
}

/** What a plan says to the program. */
export type PlannedArguments = GenerationArguments | NewInstanceArguments | InstancesArguments;

/**
 * Writes planned arguments into a file: `Pulumi.<stack>.yaml` gets them as configuration of the reference stack and keeps everything else,
 * also its comments; a `.json` file holds the arguments alone. Writing twice changes nothing.
 */
export async function writePlanFile(file: string, planned: PlannedArguments): Promise<WrittenPlan> {
  if (/\.json$/i.test(file)) return write(file, `${JSON.stringify(planned, undefined, 2)}\n`);
  if (!/\.ya?ml$/i.test(file)) {
    throw new UsageError(
      `--write ${file}: It is neither Pulumi.<stack>.yaml nor a .json file, so it is not known what to write.`,
    );
  }
  if (!existsSync(file)) {
    throw new PlainFailure(
      `${file} does not exist. Name the file of a stack: pulumi stack init makes one, or write the arguments to a .json file.`,
    );
  }
  return write(file, await stackConfiguration(readTextFile(file), planned, file));
}

function write(file: string, text: string): WrittenPlan {
  const changed = !existsSync(file) || readTextFile(file) !== text;
  try {
    if (changed) writeFileSync(file, text);
  } catch (error) {
    throw new PlainFailure(`${file} cannot be written: ${(error as Error).message}`);
  }
  return { file, changed };
}

/** The text of a stack's file with what was planned; everything else that it says stays as it is. */
export async function stackConfiguration(
  text: string,
  planned: PlannedArguments,
  file: string,
): Promise<string> {
  const { parseDocument, isMap } = await import("yaml");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split("\n")[0]}`);
  if (document.contents !== null && !isMap(document.contents)) {
    throw new UsageError(`${file} is not the file of a stack: it is no map with config.`);
  }
  const style = { indent: indentOf(text), flowCollectionPadding: await isPadded(document, text) };
  const config = document.get("config");
  if (isMap(config) && config.items.length === 0) config.flow = false;
  if ("instances" in planned) await set(document, ["config", instancesKey], String(planned.instances));
  else await setGenerations(document, asGenerations(planned), file);
  return document.toString({ lineWidth: 0, ...style });
}

/** Generations that the file names already stay as they are. */
async function setGenerations(
  document: Document,
  { generations, activeGeneration }: GenerationArguments,
  file: string,
): Promise<void> {
  const { isMap } = await import("yaml");
  const before = document.getIn(["config", generationsKey]);
  const known = isMap(before) ? undefined : await readText(before, file);
  if (known !== undefined) await set(document, ["config", generationsKey], known);
  await quoteNumbers(document.getIn(["config", generationsKey]));
  for (const [number, own] of Object.entries(generations)) {
    const path = ["config", generationsKey, number];
    // What the file says of a generation that is there is its own business.
    if (number === activeGeneration || !document.hasIn(path)) await set(document, path, own);
  }
  await set(document, ["config", activeKey], activeGeneration);
}

/** A new instance has one generation. */
function asGenerations(planned: GenerationArguments | NewInstanceArguments): GenerationArguments {
  if ("generations" in planned) return planned;
  return { generations: { "1": { restoredFrom: planned.restore } }, activeGeneration: "1" };
}

/** Generations may also stand there as one text, as `pulumi config set` writes them. */
async function readText(value: unknown, file: string): Promise<Record<string, PlannedGeneration>> {
  if (value === undefined || value === null || value === "") return {};
  const { parse } = await import("yaml");
  let map: unknown;
  try {
    map = parse(String(value));
  } catch {
    map = undefined;
  }
  if (!isRecord(map)) throw new UsageError(`${file}: ${generationsKey} is not a map of generations.`);
  return map as Record<string, PlannedGeneration>;
}

/** Every text is in quotes: Pulumi's reader of YAML takes a plain time for a time. */
async function set(document: Document, path: string[], value: unknown): Promise<void> {
  const { Scalar, visit } = await import("yaml");
  const node = document.createNode(value);
  visit(node, {
    Scalar: (key, scalar) => {
      if (key !== "key" && typeof scalar.value === "string") scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  document.setIn(path, node);
}

/** Numbers of generations are texts; a person may have written them without quotes. */
async function quoteNumbers(generations: unknown): Promise<void> {
  const { isMap, isScalar, Scalar } = await import("yaml");
  if (!isMap(generations)) return;
  for (const { key } of generations.items) {
    if (!isScalar(key) || typeof key.value !== "number") continue;
    key.value = String(key.value);
    key.type = Scalar.QUOTE_DOUBLE;
  }
}

/** Spaces of the first indented line. */
function indentOf(text: string): number {
  return /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
}

/** Whether lists and maps within a line stand as `[ a ]`. */
async function isPadded(document: Document, text: string): Promise<boolean> {
  const { visit } = await import("yaml");
  let padded = true;
  visit(document, {
    Collection: (_key, node) => {
      if (node.flow !== true || node.items.length === 0 || node.range == null) return undefined;
      padded = text[node.range[0] + 1] === " ";
      return visit.BREAK;
    },
  });
  return padded;
}
