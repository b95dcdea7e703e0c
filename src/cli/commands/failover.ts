import type { FailoverDecision } from "../../failover/decision";
import type { CandidateVerdict, FailoverPlan } from "../../failover/plan";
import { FailoverMode, OldPrimaryAction } from "../../failover/request";
import { FailoverState, type FailoverStatus } from "../../failover/status";
import type { WantedFailover } from "../../operations/failover";
import type { StartFailoverRequest } from "../../operations/start-failover";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { bytesText, counted, durationText, filled, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";
import { type KeptRequest, showKept } from "./kept";

/** What is to be planned. */
export interface FailoverPlanRequest extends WantedFailover, Target {
  /** The option that is missing to do it; the plan is then shown in place of doing it. */
  missing?: string;
}

/** What a failover would do. */
export async function failoverPlan(
  { context, missing, ...request }: FailoverPlanRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { namespace, instance } = request;
  const title = `Asking the servers of ${namespace}/${instance}`;
  const plan = await inCluster(title, { context }, surroundings, async around => {
    const { planFailover } = await import("../../operations/failover.js");
    return planFailover(request, around);
  });
  const text = planLines(plan, layout);
  const json = { ...plan };
  if (plan.refusals.length > 0) return { exitCode: ExitCode.Failed, text: text.join("\n"), json };
  if (missing === undefined) return { exitCode: ExitCode.Done, text: text.join("\n"), json };
  const notDone = emphasised(`Nothing was done: ${missing} does it.`, "yellow", layout);
  return { exitCode: ExitCode.Refused, text: [...text, "", notDone].join("\n"), json };
}

/** Does it, and shows the record. */
export async function failoverRun(
  { context, ...request }: StartFailoverRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { namespace, instance } = request;
  const title = `Changing the primary of ${namespace}/${instance}`;
  const status = await inCluster(title, { context }, surroundings, async around => {
    const { startFailover } = await import("../../operations/start-failover.js");
    return startFailover(request, around);
  });
  return {
    exitCode: status.state === FailoverState.Completed ? ExitCode.Done : ExitCode.Failed,
    text: statusLines(status, layout).join("\n"),
    json: status,
  };
}

/** The last failovers. */
export function failoverHistory(
  request: KeptRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  return showKept(request, layout, surroundings, {
    plural: "failovers",
    one: "record of a failover",
    key: "failovers",
    read: async (...of) => (await import("../../operations/failover-history.js")).failoverHistory(...of),
    lines: historyLines,
    whole: statusLines,
    async beside(...of) {
      const { failoverDecisions } = await import("../../operations/failover-state.js");
      const decisions = await failoverDecisions(...of);
      return { json: { decisions }, lines: layout => decisionLines(decisions, layout) };
    },
  });
}

const modeWords: Record<FailoverMode, string> = { planned: "switchover", forced: "failover" };

const actionWords: Record<OldPrimaryAction, string> = {
  convertToReplica: "follows as a standby",
  stopAndRetain: "stays stopped behind a fence",
  terminate: "is cloned anew",
};

/** A plan for people. */
export function planLines(plan: FailoverPlan, layout: Layout): string[] {
  const { namespace, instance, cluster, mode, oldPrimaryId, newPrimaryId, refusals, warnings } = plan;
  const name = emphasised(`${namespace}/${instance}`, "bold", layout);
  const change = newPrimaryId === undefined ? "" : ` from ${oldPrimaryId} to ${newPrimaryId}`;
  return [
    `${name} (Cluster ${cluster}): ${modeWords[mode]}${change}, as of ${timeText(plan.asOf)}`,
    "",
    ...pairs(filled(planRows(plan)), layout),
    ...candidateLines(plan.candidates, layout),
    ...(plan.steps.length === 0 ? [] : [""]),
    ...plan.steps.flatMap(({ what }, i) => prose(`${i + 1}. ${what}`, "", layout)),
    ...notices("warning", "yellow", warnings, layout),
    ...notices("refused", "red", refusals, layout),
  ];
}

function planRows(plan: FailoverPlan): [string, string | undefined][] {
  const { oldPrimaryId, oldPrimaryAction, primaryLsn, newPrimaryId, expectedLossBytes: loss } = plan;
  const { least, most } = plan.expectedInterruptionSeconds ?? {};
  const wouldBeDone = newPrimaryId !== undefined;
  return [
    [
      "primary",
      `${oldPrimaryId}${primaryLsn === undefined ? ", which does not answer" : `, at ${primaryLsn}`}`,
    ],
    ["loss", wouldBeDone ? lossText(loss, "not known before") : undefined],
    ["no writes for", least === undefined ? undefined : `about ${least} to ${most} s`],
    ["former primary", wouldBeDone ? actionWords[oldPrimaryAction] : undefined],
  ];
}

function candidateLines(candidates: readonly CandidateVerdict[], layout: Layout): string[] {
  if (candidates.length === 0) return [];
  const columns = [
    { title: "standby", emphasis: "bold" as const },
    { title: "lag", right: true },
    { title: "received" },
    { title: "replayed" },
    { title: "sync" },
    { title: "place" },
    { title: "verdict" },
  ];
  const rows = candidates.map(({ id, eligible, reason, lagBytes, ...facts }) => [
    id,
    lagBytes === undefined ? "" : bytesText(lagBytes),
    facts.receivedLsn ?? "",
    facts.replayedLsn ?? "",
    facts.syncState ?? "",
    [facts.zone, facts.node].filter(part => part !== undefined).join("/"),
    eligible ? reason : `no: ${reason}`,
  ]);
  return ["", ...table(columns, rows, layout)];
}

function notices(
  word: string,
  colour: "yellow" | "red",
  sentences: readonly string[],
  layout: Layout,
): string[] {
  return sentences.flatMap(sentence => [
    "",
    ...prose(`${emphasised(word, colour, layout)}  ${sentence}`, "", layout),
  ]);
}

/** One record, whole. */
export function statusLines(status: FailoverStatus, layout: Layout): string[] {
  const { namespace, instance, id, state, failureReason } = status;
  const colour =
    state === FailoverState.Completed ? "green" : state === FailoverState.Failed ? "red" : "yellow";
  return [
    `${emphasised(`${namespace}/${instance}`, "bold", layout)}, ${id}: ${emphasised(state, colour, layout)}`,
    ...(failureReason === undefined ? [] : ["", ...prose(failureReason, "", layout)]),
    "",
    ...pairs(filled(statusRows(status)), layout),
    "",
    ...stateLines(status, layout),
  ];
}

function statusRows(status: FailoverStatus): [string, string | undefined][] {
  const { mode, origin, reason, oldPrimaryId, newPrimaryId, oldPrimaryAction, timeline, promotionLsn } =
    status;
  const { startedAt, completedAt, primaryLsn, replicationLagAtStart: lag, writeGapMs } = status;
  return [
    ["what", `${modeWords[mode]}, ${origin}${reason === undefined ? "" : `: ${reason}`}`],
    ["run", `${timeText(startedAt)}${completedAt === undefined ? "" : ` to ${timeText(completedAt)}`}`],
    ["primary", `${oldPrimaryId} → ${newPrimaryId ?? "nobody"}`],
    ["former primary", actionWords[oldPrimaryAction]],
    [
      "at the beginning",
      primaryLsn === undefined ? undefined : `primary at ${primaryLsn}, lag ${bytesText(lag ?? 0)}`,
    ],
    ["new timeline", timeline === undefined ? undefined : `${timeline}, from ${promotionLsn ?? "?"}`],
    ["loss", lossText(status.dataLossBytes, "not known")],
    ["longest write gap", writeGapMs === undefined ? undefined : durationText(writeGapMs / 1000)],
  ];
}

function stateLines({ states }: FailoverStatus, layout: Layout): string[] {
  const rows = states.map(({ state, at }, i) => {
    const next = states[i + 1]?.at;
    const took = next === undefined ? "" : durationText((Date.parse(next) - Date.parse(at)) / 1000);
    return [state, at, took];
  });
  return table([{ title: "state" }, { title: "since" }, { title: "took", right: true }], rows, layout);
}

function historyLines(name: string, failovers: readonly FailoverStatus[], layout: Layout): string[] {
  if (failovers.length === 0) return [`${name} has never failed over.`];
  const columns = [
    { title: "failover", emphasis: "bold" as const },
    { title: "state" },
    { title: "what" },
    { title: "primary" },
    { title: "no primary for", right: true },
    { title: "loss", right: true },
    { title: "reason" },
  ];
  const rows = failovers.map(status => [
    status.id,
    status.state,
    `${modeWords[status.mode]}, ${status.origin}`,
    `${status.oldPrimaryId} → ${status.newPrimaryId ?? "nobody"}`,
    withoutPrimary(status),
    lossText(status.dataLossBytes, "not known"),
    status.failureReason ?? status.reason ?? "",
  ]);
  return [
    `${emphasised(name, "bold", layout)}, ${counted(failovers.length, "failover")}`,
    "",
    ...table(columns, rows, layout),
  ];
}

/** Failovers that were not made, and what was done when there were too many. */
function decisionLines(decisions: readonly FailoverDecision[], layout: Layout): string[] {
  if (decisions.length === 0) return [];
  const columns = [
    { title: "no failover", emphasis: "bold" as const },
    { title: "for", right: true },
    { title: "primary" },
    { title: "kind" },
    { title: "reason" },
  ];
  const rows = decisions.map(({ at, until, primary, kind, reason }) => [
    timeText(at),
    until === undefined ? "goes on" : durationText((Date.parse(until) - Date.parse(at)) / 1000),
    primary,
    kind,
    reason,
  ]);
  return ["", ...table(columns, rows, layout)];
}

/** From when the primary was asked to stop until the other one was primary. */
function withoutPrimary({ states }: FailoverStatus): string {
  const enteredAt = (wanted: FailoverState): number =>
    Date.parse(states.find(({ state }) => state === wanted)?.at ?? "");
  const seconds = (enteredAt(FailoverState.UpdatingRouting) - enteredAt(FailoverState.FencingPrimary)) / 1000;
  return Number.isNaN(seconds) ? "" : durationText(seconds);
}

function lossText(bytes: number | undefined, unknown: string): string {
  return bytes === undefined ? unknown : bytes === 0 ? "nothing" : `${bytesText(bytes)} of WAL`;
}
