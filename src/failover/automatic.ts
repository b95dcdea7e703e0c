import type { ClusterView, Seen } from "./observation";
import { FailoverMode, OldPrimaryAction } from "./request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "./status";

/** An Event of a Cluster, as far as it tells of a change of the primary. */
export interface ClusterEvent {
  reason: string;
  message: string;
  /** RFC 3339, when it last happened. */
  at: string;
}

/** A change of the primary that the watch has noticed. */
export interface PrimaryChange {
  from: string;
  to: string;
  /** When the new one became primary; RFC 3339. */
  at: string;
  /** When the former one had become primary, where that is known. */
  after?: string;
  /** Timeline of the new one, where the operator has noticed it already. */
  timeline?: number;
}

/** What led to a change of the primary. */
export interface ChangeCause {
  /** Forced when the primary failed, planned when it handed over. */
  mode: FailoverMode;
  /** A sentence. */
  reason: string;
  /** When the operator noticed the failure, or began the switchover. */
  begunAt?: string;
}

/** Reasons of the operator's Events. Source: CloudNativePG 1.30, internal/controller/replicas.go and cluster_upgrade.go. */
const failoverReasons: readonly string[] = ["FailingOver", "FailoverTarget"];
const switchoverReasons: readonly string[] = ["SwitchingOver", "Switchover"];

/** Minutes before a change in which what led to it was told, and after which the API server forgets Events. */
const evidenceMinutes = 15;
const eventMinutes = 60;

/** Milliseconds by which clocks of servers may differ. */
const skew = 10_000;

/** Tells from the operator's Events what led to a change. Pure. */
export function causeOfChange(
  change: PrimaryChange,
  events: readonly ClusterEvent[],
  now: Date,
): ChangeCause {
  const at = Date.parse(change.at);
  const earliest = Math.max(at - evidenceMinutes * 60_000, (Date.parse(change.after ?? "") || 0) - skew);
  const near = events
    .filter(event => Date.parse(event.at) <= at + skew && Date.parse(event.at) >= earliest)
    .sort((a, b) => a.at.localeCompare(b.at));
  // The same words count as one Event: its time is that of the last one.
  const failed = near.find(
    ({ reason, message }) => failoverReasons.includes(reason) && isFrom(message, change.from),
  );
  if (failed !== undefined) {
    return { mode: FailoverMode.Forced, reason: `${change.from} failed.`, begunAt: failed.at };
  }
  const handed = near.findLast(({ reason }) => switchoverReasons.includes(reason));
  if (handed !== undefined) {
    return { mode: FailoverMode.Planned, reason: handed.message, begunAt: handed.at };
  }
  if (now.getTime() - at > eventMinutes * 60_000) {
    return {
      mode: FailoverMode.Forced,
      reason: "It happened while nobody watched. What led to it is not known any more.",
    };
  }
  return {
    mode: FailoverMode.Planned,
    reason: "Somebody asked CloudNativePG for a switchover, for example with kubectl cnpg promote.",
  };
}

/** `… a failover from orders-g1-1`, `Failing over from orders-g1-1 to orders-g1-2`. */
function isFrom(message: string, primary: string): boolean {
  return message.split(/\s+/).some((word, index, words) => word === primary && words[index - 1] === "from");
}

/** The failover of the history that a change belongs to; undefined when nobody asked for it through an operation. */
export function requestedFailover(
  history: readonly FailoverStatus[],
  { at }: PrimaryChange,
): FailoverStatus | undefined {
  const time = Date.parse(at);
  return history.find(({ origin, startedAt, completedAt }) => {
    if (origin === FailoverOrigin.Automatic || Date.parse(startedAt) > time + skew) return false;
    // One that never ended was broken off, and explains nothing of much later.
    const end = completedAt === undefined ? Date.parse(startedAt) + longestFailover : Date.parse(completedAt);
    return end >= time - skew;
  });
}

/** Milliseconds an operation may take. */
const longestFailover = 2 * 3_600_000;

/** The record of a change that nobody asked for. */
export function automaticFailover(
  about: { namespace: string; instance: string },
  change: PrimaryChange,
  cause: ChangeCause,
  { targetSince }: Pick<ClusterView, "targetSince">,
): FailoverStatus {
  const completedAt = instant(change.at);
  const chosenAt = targetSince === undefined ? undefined : instant(targetSince);
  const earliest = [cause.begunAt && instant(cause.begunAt), chosenAt, completedAt]
    .filter(time => time !== undefined && time !== "")
    .sort()[0];
  const startedAt = earliest ?? completedAt;
  const isChosenBetween = chosenAt !== undefined && chosenAt >= startedAt && chosenAt <= completedAt;
  return {
    id: `failover-${startedAt.replace(/[-:]|\.\d+/g, "")}`,
    ...about,
    state: FailoverState.Completed,
    startedAt,
    completedAt,
    oldPrimaryId: change.from,
    newPrimaryId: change.to,
    mode: cause.mode,
    origin: FailoverOrigin.Automatic,
    oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
    reason: cause.reason,
    states: [
      { state: FailoverState.FencingPrimary, at: startedAt },
      ...(isChosenBetween ? [{ state: FailoverState.PromotingReplica, at: chosenAt }] : []),
      { state: FailoverState.Completed, at: completedAt },
    ],
    ...(change.timeline === undefined ? {} : { timeline: change.timeline }),
    // Who hands over sends everything before.
    ...(cause.mode === FailoverMode.Planned ? { dataLossBytes: 0 } : {}),
  };
}

/** What changed between two looks; undefined when the time of it is not known. */
export function changeBetween(before: Seen, now: Seen): PrimaryChange | undefined {
  const { since, timeline } = now;
  if (since === undefined) return undefined;
  return {
    from: before.primary,
    to: now.primary,
    at: since,
    ...(before.since === undefined ? {} : { after: before.since }),
    ...(timeline === undefined || timeline === before.timeline ? {} : { timeline }),
  };
}

/** In one form, so that the texts compare as the times do. */
function instant(time: string): string {
  return new Date(time).toISOString();
}
