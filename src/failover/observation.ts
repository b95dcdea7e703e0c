import type { ClusterObject } from "../cnpg/cluster";
import { ClusterPhase } from "../cnpg/phases";
import { readableFences } from "../cnpg/state";
import { revivalOf } from "./revival";
import { extentOf, isEffective, type Suspension, suspensionOf } from "./suspension";

/** Who is primary, as the watch remembers it. */
export interface Seen {
  cluster: string;
  primary: string;
  /** When it became primary; as CloudNativePG writes it. */
  since?: string;
  timeline?: number;
}

/** What the watch goes by, from the status of a Cluster. */
export interface ClusterView {
  cluster: string;
  primary?: string;
  /** Who is to become primary; the same while nothing changes. */
  target?: string;
  primarySince?: string;
  targetSince?: string;
  timeline?: number;
  /** Since when the operator waits with a failover; RFC 3339. */
  failingSince?: string;
  phase?: string;
  phaseReason?: string;
  /** Names of servers whose pods are ready. */
  healthy: readonly string[];
  /** Names of servers that were stopped on purpose; `*` is all. */
  fenced: readonly string[];
  /** `spec.failoverDelay`, seconds. */
  failoverDelay: number;
  /** Present while it holds. */
  suspension?: Suspension;
  /** Whether a failover needs a quorum. */
  needsQuorum: boolean;
}

/** Standbys of which the primary last said that one of them must have each commit. Status of a FailoverQuorum. */
export interface QuorumFacts {
  standbyNames?: readonly string[];
  standbyNumber?: number;
}

/** Why a failed primary is not replaced. */
export const StandstillKind = {
  /** No standby is ready. */
  NoEligibleStandby: "noEligibleStandby",
  /** Too few standbys are ready to be sure that one of them has each confirmed commit. */
  NoQuorum: "noQuorum",
  /** Somebody works on the instance. */
  Maintenance: "maintenance",
  /** There was a failover just before. */
  CoolDown: "coolDown",
  /** The primary is given time to come back, as configured. */
  Delayed: "delayed",
  /** Somebody stopped the primary's server. */
  Fenced: "fenced",
  /** A volume is full, which would only follow to the next primary. */
  DiskFull: "diskFull",
  /** A standby was chosen, and does not become primary. */
  Stalled: "stalled",
  /** Nothing is known that would keep CloudNativePG from a failover. */
  Undecided: "undecided",
} as const;
export type StandstillKind = (typeof StandstillKind)[keyof typeof StandstillKind];

/** A failed primary that is not replaced at the moment. */
export interface Standstill {
  kind: StandstillKind;
  primary: string;
  /** A sentence. */
  reason: string;
  /** A sentence. */
  remedy: string;
}

/** The view of a Cluster. */
export function viewOf(cluster: ClusterObject): ClusterView {
  const { metadata, spec, status = {} } = cluster;
  const suspension = suspensionOf(cluster);
  const view = {
    primary: status.currentPrimary,
    target: status.targetPrimary,
    primarySince: status.currentPrimaryTimestamp,
    targetSince: status.targetPrimaryTimestamp,
    timeline: status.timelineID,
    failingSince: status.currentPrimaryFailingSinceTimestamp,
    phase: status.phase,
    phaseReason: status.phaseReason,
    suspension: suspension !== undefined && isEffective(cluster, suspension) ? suspension : undefined,
  };
  return {
    cluster: metadata.name ?? "",
    ...(Object.fromEntries(
      Object.entries(view).filter(([, value]) => value !== undefined && value !== ""),
    ) as Partial<typeof view>),
    healthy: status.instancesStatus?.healthy ?? [],
    fenced: fencesOf(cluster),
    failoverDelay: spec?.failoverDelay ?? 0,
    needsQuorum: spec?.postgresql?.synchronous?.failoverQuorum === true,
  } as ClusterView;
}

/** Who is primary; undefined before the first one. */
export function seenOf({ cluster, primary, primarySince, timeline }: ClusterView): Seen | undefined {
  if (primary === undefined) return undefined;
  return {
    cluster,
    primary,
    ...(primarySince === undefined ? {} : { since: primarySince }),
    ...(timeline === undefined ? {} : { timeline }),
  };
}

/** Whether another server has become primary since, or the same one again after another. */
export function hasChanged(before: Seen, now: Seen): boolean {
  if (before.cluster !== now.cluster) return false;
  return before.primary !== now.primary || before.since !== now.since;
}

/** Whether the primary serves, as far as its pod tells. */
export function primaryServes({ primary, target, healthy, fenced }: ClusterView): boolean {
  if (primary === undefined) return true;
  return target === primary && healthy.includes(primary) && !isFenced(fenced, primary);
}

/** Seconds for which nothing is said of a primary that fails: CloudNativePG takes that long to notice and to decide. */
const patience: Partial<Record<StandstillKind, number>> = {
  [StandstillKind.NoEligibleStandby]: 20,
  [StandstillKind.NoQuorum]: 20,
  [StandstillKind.Undecided]: 60,
  [StandstillKind.Stalled]: 120,
};

/**
 * Why a primary that fails is not replaced; undefined while it serves, and while CloudNativePG may still be about to act. Pure.
 * @param failedSeconds for how long the primary has been seen to fail
 * @param quorum undefined when it is not needed or not known
 */
export function standstillOf(
  view: ClusterView,
  failedSeconds: number,
  quorum?: QuorumFacts,
): Standstill | undefined {
  const { primary } = view;
  if (primary === undefined || primaryServes(view)) return undefined;
  const [kind, reason, remedy] = causeOf(view, primary, quorum);
  if (failedSeconds < (patience[kind] ?? 0)) return undefined;
  return { kind, primary, reason, remedy };
}

type Cause = [kind: StandstillKind, reason: string, remedy: string];

function causeOf(view: ClusterView, primary: string, quorum: QuorumFacts | undefined): Cause {
  const { fenced, phase, target, suspension, failoverDelay, targetSince } = view;
  if (isFenced(fenced, primary)) {
    return [
      StandstillKind.Fenced,
      "its server was stopped on purpose (fenced).",
      "Lift the fence when it is to serve again.",
    ];
  }
  if (phase === ClusterPhase.notEnoughDiskSpace) {
    return [
      StandstillKind.DiskFull,
      "a volume is full, which a failover would not cure.",
      "Raise storage.size or walStorage.size.",
    ];
  }
  const ready = standbysReady(view, primary);
  if (ready.length === 0) {
    return [
      StandstillKind.NoEligibleStandby,
      "no standby is ready to take over.",
      "Bring a standby or the primary back: pulumi-cnpg replica list tells how they are.",
    ];
  }
  if (target !== undefined && target !== primary) {
    return [
      StandstillKind.Stalled,
      `${target} was to take over${targetSince === undefined ? "" : ` since ${targetSince}`}, and has not.`,
      `Look at the log of ${target} and of the operator.`,
    ];
  }
  return heldBack(suspension, failoverDelay) ?? quorumCause(view, ready, quorum) ?? undecided;
}

const undecided: Cause = [
  StandstillKind.Undecided,
  "CloudNativePG has not begun a failover, although a standby is ready and nothing holds it back.",
  "Look whether the operator runs, and at its log.",
];

function heldBack(suspension: Suspension | undefined, failoverDelay: number): Cause | undefined {
  const { maintenance, coolDown } = suspension ?? {};
  if (maintenance !== undefined) {
    return [
      StandstillKind.Maintenance,
      `failover is held back ${extentOf(maintenance)}.`,
      "pulumi-cnpg maintenance off fails over now.",
    ];
  }
  if (coolDown !== undefined) {
    return [
      StandstillKind.CoolDown,
      `there was a failover at ${coolDown.since}, and the next one is held back until ${coolDown.until}.`,
      "Wait, or fail over: pulumi-cnpg failover run --mode forced.",
    ];
  }
  if (failoverDelay === 0) return undefined;
  return [
    StandstillKind.Delayed,
    `it is given ${failoverDelay} s to come back (healthMonitor.failoverDelay).`,
    "Wait, or fail over: pulumi-cnpg failover run --mode forced.",
  ];
}

/**
 * The rule of CloudNativePG: of the N servers of which one must have each commit, W confirmed it; when R of them can be promoted and
 * R + W > N, one of the R has it. Source: CloudNativePG 1.30, internal/controller/replicas_quorum.go.
 */
function quorumCause(
  { needsQuorum }: ClusterView,
  ready: readonly string[],
  quorum: QuorumFacts | undefined,
): Cause | undefined {
  if (!needsQuorum || quorum === undefined) return undefined;
  const { standbyNames = [], standbyNumber = 0 } = quorum;
  const reachable = standbyNames.filter(name => ready.includes(name)).length;
  const isKnown = standbyNumber > 0 && standbyNames.length > 0;
  if (isKnown && reachable + standbyNumber > standbyNames.length) return undefined;
  return [
    StandstillKind.NoQuorum,
    isKnown
      ? `of ${standbyNames.length} standbys that may have confirmed the last commits ${reachable} can be promoted, and ${standbyNames.length - standbyNumber + 1} are needed to be sure that none is lost.`
      : "it had not said yet which standbys confirm its commits, so that none is sure to have them all.",
    "Bring a standby or the primary back. pulumi-cnpg failover run --mode forced gives up what nobody is sure of.",
  ];
}

function standbysReady({ healthy, fenced }: ClusterView, primary: string): string[] {
  return healthy.filter(name => name !== primary && !isFenced(fenced, name));
}

function isFenced(fenced: readonly string[], name: string): boolean {
  return fenced.includes("*") || fenced.includes(name);
}

/** Without the one that the watch itself holds for a moment. */
function fencesOf(cluster: ClusterObject): string[] {
  const own = revivalOf(cluster.metadata)?.primary;
  return readableFences(cluster).filter(name => name !== own);
}
