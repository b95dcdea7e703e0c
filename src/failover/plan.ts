import { chooseStandby } from "./candidates";
import { type DecidedOptions, decideOptions } from "./options";
import { instanceRefusals } from "./refusals";
import { FailoverMode, type FailoverOptions, OldPrimaryAction } from "./request";
import { FailoverState } from "./status";
import type { FailoverSurvey } from "./survey";
import { failoverWarnings } from "./warnings";

/** What is to be said of one standby. */
export interface CandidateVerdict {
  /** Name of its pod. */
  id: string;
  /** Whether it could become primary. */
  eligible: boolean;
  /** Why not, or what it was chosen or passed over for. */
  reason: string;
  /** Bytes of WAL that it lacks of what is known to exist; absent where it does not answer. */
  lagBytes?: number;
  /** Position up to which it has received WAL. @example "0/5000028" */
  receivedLsn?: string;
  /** Position up to which it has replayed WAL. */
  replayedLsn?: string;
  /** `async`, `sync`, `quorum` or `potential`, as the primary sees it. */
  syncState?: string;
  node?: string;
  zone?: string;
}

/** One thing that is going to happen. */
export interface PlannedStep {
  state: FailoverState;
  /** A sentence. */
  what: string;
}

/** What a failover would do, from how the servers are now. */
export interface FailoverPlan {
  namespace: string;
  instance: string;
  /** Cluster of the generation that serves. */
  cluster: string;
  /** When the servers were asked; RFC 3339. */
  asOf: string;
  mode: FailoverMode;
  oldPrimaryAction: OldPrimaryAction;
  oldPrimaryId: string;
  /** Position of the primary. Absent where it could not be asked. */
  primaryLsn?: string;
  /** Absent when no standby qualifies. */
  newPrimaryId?: string;
  candidates: CandidateVerdict[];
  /** Bytes that would be lost; absent where nobody can know before. */
  expectedLossBytes?: number;
  /** How long clients would not be able to write, seconds. Absent when it would be refused. */
  expectedInterruptionSeconds?: { least: number; most: number };
  steps: PlannedStep[];
  /** Why it would not be done, each with its remedy; empty when it would. */
  refusals: string[];
  warnings: string[];
}

/** What a failover with these options would do. Pure. */
export function planFailoverOf(survey: FailoverSurvey, given: FailoverOptions): FailoverPlan {
  const options = decideOptions(given);
  const { mode, oldPrimaryAction } = options;
  const { chosen, candidates } = chooseStandby(survey, options);
  const whole = instanceRefusals(survey, given);
  const refusals = whole.length > 0 || chosen !== undefined ? whole : [noCandidate(candidates, options)];
  const primary = survey.servers.find(({ name }) => name === survey.currentPrimary)?.answer;
  const newPrimaryId = refusals.length === 0 ? chosen : undefined;
  const plan = {
    namespace: survey.namespace,
    instance: survey.instance,
    cluster: survey.cluster,
    asOf: survey.asOf,
    mode,
    oldPrimaryAction,
    oldPrimaryId: survey.currentPrimary ?? "",
    ...(primary?.inRecovery === false ? { primaryLsn: primary.lsn } : {}),
    ...(newPrimaryId === undefined ? {} : { newPrimaryId }),
    candidates,
    refusals,
  };
  if (newPrimaryId === undefined) return { ...plan, steps: [], warnings: [] };
  const loss = expectedLoss(plan, options, primary !== undefined);
  return {
    ...plan,
    ...(loss === undefined ? {} : { expectedLossBytes: loss }),
    expectedInterruptionSeconds: usualInterruption(survey, mode),
    steps: stepsOf(plan.oldPrimaryId, newPrimaryId, options),
    warnings: failoverWarnings(survey, options, newPrimaryId),
  };
}

/**
 * Seconds in which clients cannot write. A switchover waits for the primary's last checkpoint and up to two seconds for its lease; a failover
 * also for the end of the primary's pod, up to 20 s, and when nobody confirms that, for the end of its lease.
 */
function usualInterruption(
  { leaseSeconds }: FailoverSurvey,
  mode: FailoverMode,
): { least: number; most: number } {
  return mode === FailoverMode.Planned ? { least: 2, most: 10 } : { least: 3, most: 25 + leaseSeconds };
}

function noCandidate(candidates: readonly CandidateVerdict[], { targetReplicaId }: FailoverOptions): string {
  const asked = candidates.filter(({ id }) => targetReplicaId === undefined || id === targetReplicaId);
  const reasons = asked.map(({ id, reason }) => `${id}: ${reason}`).join("; ");
  if (targetReplicaId !== undefined) return `${targetReplicaId} cannot become primary: ${asked[0]?.reason}.`;
  if (candidates.length === 0) return "There is no standby now. Wait until one is there.";
  return `No standby qualifies (${reasons}).`;
}

function expectedLoss(
  { candidates, newPrimaryId }: Pick<FailoverPlan, "candidates" | "newPrimaryId">,
  { mode }: DecidedOptions,
  primaryAnswers: boolean,
): number | undefined {
  if (mode === FailoverMode.Planned) return 0;
  return primaryAnswers ? candidates.find(({ id }) => id === newPrimaryId)?.lagBytes : undefined;
}

function stepsOf(from: string, to: string, options: DecidedOptions): PlannedStep[] {
  const { mode, waitForSync, syncTimeout } = options;
  const planned = mode === FailoverMode.Planned;
  const sync = {
    state: FailoverState.WaitingForSync,
    what: `${to} replays what ${from} has written by now, within ${syncTimeout} s; else nothing is changed. ${from} writes a checkpoint, so that it stops sooner.`,
  };
  return [
    ...(waitForSync ? [sync] : []),
    {
      state: FailoverState.FencingPrimary,
      what: planned
        ? `${from} leaves the Service, ends its sessions, sends all its WAL and stops.`
        : `${from} leaves the Service, and its pod is killed.`,
    },
    { state: FailoverState.PromotingReplica, what: `${to} is promoted.` },
    { state: FailoverState.UpdatingRouting, what: `The Services lead to ${to}, and a write is tried.` },
    { state: FailoverState.CleaningUpOldPrimary, what: cleanUp(from, options) },
  ];
}

function cleanUp(from: string, { oldPrimaryAction }: DecidedOptions): string {
  switch (oldPrimaryAction) {
    case OldPrimaryAction.ConvertToReplica:
      return `${from} follows as a standby.`;
    case OldPrimaryAction.StopAndRetain:
      return `${from} is fenced: its server stays stopped, pod and volumes stay.`;
    case OldPrimaryAction.Terminate:
      return `The volumes of ${from} are deleted, and a standby is cloned anew in its place.`;
  }
}
