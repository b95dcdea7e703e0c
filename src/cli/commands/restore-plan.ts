import type { PlannedRestore, RestorePlanRequest } from "../../operations/restore-plan";
import { typeScriptArguments } from "../../restore/arguments";
import type { RestorePlan } from "../../restore/plan";
import { describeTarget } from "../../restore/target";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { bytesText, counted, durationText, filled, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose } from "../layout";
import { writePlanFile, type WrittenPlan } from "../plan-file";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";
import { windowText } from "../window";

/** A restore to plan, and a file for its arguments. */
export interface PlanCommandRequest extends RestorePlanRequest, Target {
  /** `Pulumi.<stack>.yaml` or a `.json` file. */
  write?: string;
}

/** Asks the archive how a moment is restored; refused when it cannot be. */
export async function restorePlan(
  { context, write, ...request }: PlanCommandRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { planRestoreOf } = await import("../../operations/restore-plan.js");
  const { namespace, instance } = request;
  const planned = await inCluster(
    `Asking the archive of ${namespace}/${instance}`,
    { context },
    surroundings,
    around => planRestoreOf(request, around),
  );
  const written =
    write === undefined || planned.arguments === undefined
      ? undefined
      : await writePlanFile(write, planned.arguments);
  const isRefused = planned.refused.length > 0;
  return {
    exitCode: isRefused ? ExitCode.Refused : ExitCode.Done,
    text: [
      ...heading(request, layout),
      ...factsOf(planned, layout),
      ...endingOf(planned, written, layout),
    ].join("\n"),
    json: { ...planned, ...(written === undefined ? {} : { written }) },
  };
}

function heading({ namespace, instance, target, newInstance }: RestorePlanRequest, layout: Layout): string[] {
  const to = newInstance === undefined ? "" : ` as ${newInstance}`;
  return [
    `${emphasised(`${namespace}/${instance}`, "bold", layout)}${to}, restored to ${describeTarget(target)}`,
    "",
  ];
}

function factsOf(planned: PlannedRestore, layout: Layout): string[] {
  const { archive, store, asOf, plan, newArchive, newGeneration, newInstance } = planned;
  const becomes = newInstance === undefined ? `generation ${newGeneration}` : `instance ${newInstance}`;
  return pairs(
    filled([
      ["archive", `${archive} in store ${store}, as of ${timeText(asOf)}`],
      ...(plan === undefined ? [] : planRows(plan)),
      ["becomes", `${becomes}, which writes archive ${newArchive}`],
    ]),
    layout,
  );
}

function planRows({ backup, wal, timeline, window, estimate, located }: RestorePlan): [string, string][] {
  const most = wal.exact ? "" : "at most ";
  const { totalSeconds, backupSeconds, walSeconds, fixedSeconds, source } = estimate;
  return [
    ["window", windowText(window)],
    [
      "found",
      located === undefined
        ? ""
        : `at ${located.lsn}${located.time === undefined ? "" : `, ${located.time}`}`,
    ],
    ["base backup", `${backup.id}, ended ${timeText(backup.end)}, ${bytesText(backup.bytes)} in the store`],
    [
      "WAL",
      `${most}${counted(wal.segments, "segment")}, ${bytesText(wal.bytes)} in the store: ${wal.first} to ${wal.last}`,
    ],
    ["timeline", String(timeline)],
    [
      "estimate",
      `${most}${durationText(totalSeconds)}: base backup ${durationText(backupSeconds)}, WAL ${durationText(walSeconds)}, ` +
        `everything else ${durationText(fixedSeconds)} (${source})`,
    ],
  ];
}

function endingOf(planned: PlannedRestore, written: WrittenPlan | undefined, layout: Layout): string[] {
  const { refused, plan } = planned;
  const warnings = (plan?.warnings ?? []).flatMap(warning => [
    "",
    ...prose(`${emphasised("warning", "yellow", layout)}  ${warning}`, "", layout),
  ]);
  if (refused.length === 0) return [...warnings, ...argumentLines(planned, written, layout)];
  return [
    ...warnings,
    ...refused.flatMap(({ problem, remedy }) => [
      "",
      ...prose(`${emphasised("refused", "red", layout)}  ${problem}`, "", layout),
      ...prose(`→ ${remedy}`, "", layout),
    ]),
  ];
}

function argumentLines(planned: PlannedRestore, written: WrittenPlan | undefined, layout: Layout): string[] {
  const { instance, newInstance, newGeneration } = planned;
  const name = newInstance ?? instance;
  const where =
    written === undefined
      ? []
      : ["", written.changed ? `Written to ${written.file}.` : `${written.file} has them already.`];
  const next =
    newInstance === undefined
      ? `pulumi up then makes generation ${newGeneration} and moves the clients to it, which needs confirmDestructive: "${name}". What generations say already stays as it is.`
      : "pulumi up then makes it; its store is that of the archive.";
  return [
    "",
    `Arguments of PostgresInstance "${name}":`,
    "",
    ...typeScriptArguments(planned.arguments ?? {}).split("\n"),
    ...where,
    "",
    ...prose(next, "", layout),
  ];
}
