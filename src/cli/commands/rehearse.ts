import type { RunRehearsalRequest } from "../../operations/rehearsal-history";
import type { MeasuredClient, MeasuredWriter, RehearsalReport } from "../../rehearsal/report";
import { ReportOutcome } from "../../report-history";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { counted, durationText, filled, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";
import { type KeptRequest, showKept } from "./kept";

/** Rehearses a failover now, and shows the report. */
export async function rehearseRun(
  { context, ...request }: RunRehearsalRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { namespace, instance } = request;
  const report = await inCluster(
    `Rehearsing a failover of ${namespace}/${instance}`,
    { context },
    surroundings,
    async around => {
      const { runRehearsal } = await import("../../operations/rehearsal-history.js");
      return runRehearsal(around, request);
    },
  );
  return {
    exitCode: report.outcome === ReportOutcome.Succeeded ? ExitCode.Done : ExitCode.Failed,
    text: reportLines(report, layout).join("\n"),
    json: report,
  };
}

/** The reports of the last rehearsals. */
export function rehearseHistory(
  request: KeptRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  return showKept(request, layout, surroundings, {
    plural: "rehearsals",
    one: "report of a rehearsal",
    key: "reports",
    read: async (...of) => (await import("../../operations/rehearsal-history.js")).rehearsalHistory(...of),
    lines: historyLines,
    whole: reportLines,
  });
}

function historyLines(name: string, reports: readonly RehearsalReport[], layout: Layout): string[] {
  if (reports.length === 0) return [`${name} was never rehearsed.`];
  const columns = [
    { title: "rehearsal", emphasis: "bold" as const },
    { title: "kind" },
    { title: "outcome" },
    { title: "write gap", right: true },
    { title: "read gap", right: true },
    { title: "failed", right: true },
    { title: "lost", right: true },
    { title: "reason" },
  ];
  const rows = reports.map(({ id, kind, outcome, writes, readOnlyReads, reason }) => [
    id,
    kind,
    outcome,
    gapText(writes),
    gapText(readOnlyReads),
    String(writes?.failedStatements ?? ""),
    String(writes?.lost ?? ""),
    reason ?? "",
  ]);
  return [
    `${emphasised(name, "bold", layout)}, ${counted(reports.length, "rehearsal")}`,
    "",
    ...table(columns, rows, layout),
  ];
}

function gapText(client: MeasuredClient | undefined): string {
  if (client === undefined) return "";
  return `${client.gapEnded ? "" : "> "}${millisecondsText(client.gapMs)}`;
}

/** `12 ms`, `5.42 s`. */
function millisecondsText(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** One report, whole. */
function reportLines(report: RehearsalReport, layout: Layout): string[] {
  const { id, outcome, namespace, instance, reason } = report;
  const isGood = outcome === ReportOutcome.Succeeded;
  return [
    `${emphasised(`${namespace}/${instance}`, "bold", layout)}, ${id}: ${emphasised(outcome, isGood ? "green" : "red", layout)}`,
    ...(reason === undefined ? [] : ["", ...prose(reason, "", layout)]),
    "",
    ...pairs(filled(factRows(report)), layout),
    ...clientLines(report, layout),
  ];
}

function factRows(report: RehearsalReport): [string, string | undefined][] {
  const { kind, via, startedAt, finishedAt, oldPrimary, newPrimary, actedAt, wholeAfterSeconds } = report;
  const { writes, limits, leftovers, intervalMs } = report;
  const primaries = newPrimary === undefined ? oldPrimary : `${oldPrimary} to ${newPrimary}`;
  return [
    ["run", `${timeText(startedAt)} to ${timeText(finishedAt)}`],
    ["what", `${kind}, writing through the ${via} every ${intervalMs} ms`],
    ["primary", actedAt === undefined ? oldPrimary : `${primaries}, at ${timeText(actedAt)}`],
    ["failover", report.failoverId],
    ["whole again", wholeAfterSeconds === undefined ? undefined : `after ${durationText(wholeAfterSeconds)}`],
    ["write gap", gapText(writes)],
    ["failed statements", writes && failedText(writes)],
    ["lost rows", writes && lostText(writes, report.baseline?.acknowledged ?? 0)],
    ["limits", limitsText(limits)],
    ["left behind", leftovers?.join(", ")],
  ];
}

function failedText({ failedStatements, inDoubt, inDoubtFound }: MeasuredWriter): string {
  if (inDoubt === 0) return String(failedStatements);
  const found = inDoubtFound === undefined ? "" : `, of which ${inDoubtFound} had been committed`;
  return `${failedStatements}, ${inDoubt} in doubt${found}`;
}

function lostText({ lost, lostIds = [], acknowledged }: MeasuredWriter, before: number): string {
  if (lost === undefined) return "not known: the table could not be read";
  const which = lost === 0 ? "" : ` (${lostIds.join(", ")}${lost > lostIds.length ? ", …" : ""})`;
  return `${lost} of ${before + acknowledged} acknowledged${which}`;
}

function limitsText(limits: RehearsalReport["limits"]): string {
  return Object.entries(limits)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function clientLines(report: RehearsalReport, layout: Layout): string[] {
  const { baseline, writes, reads, readOnlyReads } = report;
  const clients: [string, Partial<MeasuredClient> | undefined][] = [
    ["before", baseline],
    ["writes", writes],
    ["reads", reads],
    ["reads, read-only", readOnlyReads],
  ];
  const rows = clients.flatMap(([name, client]) => (client === undefined ? [] : [clientRow(name, client)]));
  if (rows.length === 0) return [];
  const columns = [
    { title: "client" },
    { title: "answers", right: true },
    { title: "longest gap", right: true },
    { title: "median", right: true },
    { title: "p99", right: true },
    { title: "longest", right: true },
    { title: "failures" },
  ];
  return ["", ...table(columns, rows, layout)];
}

function clientRow(
  name: string,
  { acknowledged, gapMs, latencyMs, reasons = {} }: Partial<MeasuredClient>,
): string[] {
  const text = (value: number | undefined): string => (value === undefined ? "" : millisecondsText(value));
  return [
    name,
    String(acknowledged ?? ""),
    text(gapMs),
    latencyMs === undefined ? "" : `${latencyMs.median} ms`,
    text(latencyMs?.p99),
    text(latencyMs?.max),
    Object.entries(reasons)
      .map(([reason, count]) => `${count} × ${reason}`)
      .join(", "),
  ];
}
