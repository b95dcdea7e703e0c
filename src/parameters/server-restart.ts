import { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../cnpg/cluster";
import type { ServerFacts } from "./server-facts";

/** Which servers restart first. */
export const RestartOrder = {
  /** No server or a single one restarts. */
  None: "none",
  /** The standbys, the one that lags most first, then the primary. */
  StandbysFirst: "standbysFirst",
  /** The primary, because a standby must not have less than it. */
  PrimaryFirst: "primaryFirst",
} as const;
export type RestartOrder = (typeof RestartOrder)[keyof typeof RestartOrder];

/** What becomes of the primary. */
export const PrimaryRestart = {
  None: "none",
  /** PostgreSQL restarts inside the primary's pod. */
  InPlace: "inPlaceRestart",
  /** A standby that has restarted already is promoted; the old primary comes back as a standby. */
  Switchover: "switchover",
  /** The standbys restart, the primary goes on until a person switches over or restarts it. */
  WaitsForUser: "waitsForUser",
} as const;
export type PrimaryRestart = (typeof PrimaryRestart)[keyof typeof PrimaryRestart];

/** How long writes pause: an estimate. */
export interface WriteInterruption {
  minSeconds: number;
  maxSeconds: number;
  /** What the time goes by, in sentences. */
  reason: string;
}

/**
 * Seconds from the last row that was written to the next one, for a client that writes every 10 ms and reconnects every 20 ms. Measured
 * on two cores with CloudNativePG 1.30 and servers with little to write out: in place 0.3 to 1.5 s idle and up to 8.7 s on a busy
 * machine, less the time sessions get to end; switchover 6.3 to 8.7 s, five of them until the Service follows. Much to write out at the
 * checkpoint, slow disks or slow probes take longer.
 */
export const measuredPauses = {
  /** Shutdown, start and readiness of one server, without the time sessions get to end. */
  inPlace: { minSeconds: 1, maxSeconds: 5 },
  /** Shutdown of the old primary, promotion, and the change of the Service's endpoint. */
  switchover: { minSeconds: 5, maxSeconds: 10 },
} as const;

/** CloudNativePG's default of `stopDelay`, seconds. A `smartShutdownTimeout` that is not smaller is ignored. */
const stopDelay = 1800;

/**
 * How the primary restarts. CloudNativePG restarts it in place, whatever the method, when a follower-sensitive parameter is lowered,
 * because it must be the first. Source: CloudNativePG 1.30, internal/controller/cluster_upgrade.go, rolloutRequiredInstances and
 * updatePrimaryPod; internal/management/controller/instance_controller.go, processConfigReloadAndManageRestart.
 * @param lowers whether a follower-sensitive parameter is lowered
 */
export function primaryRestart(facts: ServerFacts, lowers: boolean): PrimaryRestart {
  if (facts.primaryUpdateStrategy === PrimaryUpdateStrategy.Supervised) return PrimaryRestart.WaitsForUser;
  const switches = facts.primaryUpdateMethod === PrimaryUpdateMethod.Switchover && facts.instances > 1;
  return switches && !lowers ? PrimaryRestart.Switchover : PrimaryRestart.InPlace;
}

/** How long writes pause while the primary restarts. */
export function writeInterruption(
  primary: PrimaryRestart,
  facts: ServerFacts,
): WriteInterruption | undefined {
  switch (primary) {
    case PrimaryRestart.InPlace:
      return inPlace(facts.smartShutdownTimeout);
    case PrimaryRestart.Switchover:
      return { ...measuredPauses.switchover, reason: switchoverReason("A switchover") };
    case PrimaryRestart.WaitsForUser:
      return {
        ...measuredPauses.switchover,
        reason: switchoverReason("The switchover that a person starts"),
      };
    default:
      return undefined;
  }
}

/** While open sessions may end by themselves they go on writing, but new ones are not let in. */
function inPlace(smartShutdownTimeout: number): WriteInterruption {
  const { minSeconds, maxSeconds } = measuredPauses.inPlace;
  const drain = smartShutdownTimeout < stopDelay ? smartShutdownTimeout : 0;
  const restart = `A restart takes about ${minSeconds} to ${maxSeconds} s.`;
  const sessions =
    drain === 0
      ? "Open sessions are ended at once."
      : `Before it, open sessions get up to ${drain} s to end by themselves, and no new ones are let in.`;
  return { minSeconds, maxSeconds: maxSeconds + drain, reason: `${restart} ${sessions}` };
}

function switchoverReason(what: string): string {
  const { minSeconds, maxSeconds } = measuredPauses.switchover;
  return `${what} takes about ${minSeconds} to ${maxSeconds} s. Open sessions of the old primary are ended at once, without smartShutdownTimeout.`;
}
