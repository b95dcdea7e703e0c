import { CheckOutcome, DrillOutcome, type DrillReport } from "../../backup/drill/report";
import type { RunDrillRequest } from "../../operations/drill-history";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { bytesText, counted, durationText, filled, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";
import { type KeptRequest, showKept } from "./kept";

/** Runs a restore drill now, and shows its report. */
export async function drillRun(
  { context, ...request }: RunDrillRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { namespace, instance } = request;
  const report = await inCluster(
    `Drilling a restore of ${namespace}/${instance}`,
    { context },
    surroundings,
    async around => {
      const { runDrill } = await import("../../operations/drill-history.js");
      return runDrill(around, request);
    },
  );
  return {
    exitCode: report.outcome === DrillOutcome.Succeeded ? ExitCode.Done : ExitCode.Failed,
    text: reportLines(report, layout).join("\n"),
    json: report,
  };
}

/** The reports of the last drills. */
export function drillHistory(
  request: KeptRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  return showKept(request, layout, surroundings, {
    plural: "drills",
    one: "report of a drill",
    key: "reports",
    read: async (...of) => (await import("../../operations/drill-history.js")).drillHistory(...of),
    lines: historyLines,
    whole: reportLines,
  });
}

function historyLines(name: string, reports: readonly DrillReport[], layout: Layout): string[] {
  if (reports.length === 0) return [`${name} was never drilled.`];
  const columns = [
    { title: "drill", emphasis: "bold" as const },
    { title: "outcome" },
    { title: "RTO", right: true },
    { title: "RPO", right: true },
    { title: "size", right: true },
    { title: "reason" },
  ];
  const rows = reports.map(({ id, outcome, rtoSeconds, rpoSeconds, bytes, reason }) => [
    id,
    outcome,
    rtoSeconds === undefined ? "" : durationText(rtoSeconds),
    rpoSeconds === undefined ? "" : durationText(rpoSeconds),
    bytes === undefined ? "" : bytesText(bytes),
    reason ?? "",
  ]);
  return [
    `${emphasised(name, "bold", layout)}, ${counted(reports.length, "drill")}`,
    "",
    ...table(columns, rows, layout),
  ];
}

/** One report, whole. */
export function reportLines(report: DrillReport, layout: Layout): string[] {
  const { id, outcome, namespace, instance, reason } = report;
  const isGood = outcome === DrillOutcome.Succeeded;
  return [
    `${emphasised(`${namespace}/${instance}`, "bold", layout)}, ${id}: ${emphasised(outcome, isGood ? "green" : "red", layout)}`,
    ...(reason === undefined ? [] : ["", ...prose(reason, "", layout)]),
    "",
    ...pairs(filled(measuredRows(report)), layout),
    ...checkLines(report, layout),
    ...tableLines(report, layout),
  ];
}

function measuredRows(report: DrillReport): [string, string | undefined][] {
  const {
    startedAt,
    finishedAt,
    backup,
    wal,
    target,
    rpoSeconds,
    rtoSeconds,
    phases,
    bytes,
    bytesPerSecond,
  } = report;
  const { preparation, baseBackup, replay, promotion } = phases ?? {};
  const parts: [string, number | undefined][] = [
    ["preparation", preparation],
    ["base backup", baseBackup],
    ["replay", replay],
    ["promotion", promotion],
  ];
  const split = parts.flatMap(([part, seconds]) =>
    seconds === undefined ? [] : [`${part} ${durationText(seconds)}`],
  );
  return [
    ["run", `${timeText(startedAt)} to ${timeText(finishedAt)}`],
    ["base backup", backup === undefined ? undefined : `${backup.id}, ${bytesText(backup.bytes)}`],
    ["WAL", wal === undefined ? undefined : `${counted(wal.segments, "segment")}, ${bytesText(wal.bytes)}`],
    [
      "target",
      target === undefined
        ? undefined
        : [target.kind, target.restorePoint ?? target.time ?? target.lsn].filter(Boolean).join(" "),
    ],
    ["reached", report.reached === undefined ? undefined : `${report.reached.lsn}, ${report.reached.reason}`],
    [
      "RTO",
      rtoSeconds === undefined
        ? undefined
        : `${durationText(rtoSeconds)}${split.length === 0 ? "" : `: ${split.join(", ")}`}`,
    ],
    [
      "RPO",
      rpoSeconds === undefined
        ? undefined
        : `${durationText(rpoSeconds)}, without what the drill itself archived`,
    ],
    [
      "size",
      bytes === undefined
        ? undefined
        : `${bytesText(bytes)}${bytesPerSecond === undefined ? "" : `, ${bytesText(bytesPerSecond)}/s`}`,
    ],
    ["left behind", report.leftovers?.join(", ")],
  ];
}

function checkLines({ checks }: DrillReport, layout: Layout): string[] {
  if (checks.length === 0) return [];
  const colours = {
    [CheckOutcome.Passed]: "green",
    [CheckOutcome.Failed]: "red",
    [CheckOutcome.Skipped]: "yellow",
  } as const;
  const lines = table(
    [{ title: "check" }, { title: "outcome" }, { title: "took", right: true }, { title: "detail" }],
    checks.map(({ name, outcome, seconds, detail }) => [name, outcome, durationText(seconds), detail]),
    layout,
  );
  const failed = checks.filter(({ outcome }) => outcome === CheckOutcome.Failed).length;
  const verdict =
    failed === 0 ? "" : emphasised(`${counted(failed, "check")} failed.`, colours.failed, layout);
  return ["", ...lines, ...(verdict === "" ? [] : [verdict])];
}

function tableLines({ rows }: DrillReport, layout: Layout): string[] {
  if (rows === undefined) return [];
  const list = rows.largest.map(({ database, table: name, rows: count, exact }) => [
    `${database}.${name}`,
    `${exact ? "" : "about "}${count}`,
  ]);
  const title = `${counted(rows.tables, "table")}, ${rows.exact ? "" : "about "}${counted(rows.rows, "row")}`;
  if (list.length === 0) return ["", title];
  return [
    "",
    title,
    ...table([{ title: "table" }, { title: "rows", right: true }, { title: "" }], list, layout),
  ];
}
