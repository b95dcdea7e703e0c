import { DataDurability, type SynchronousReplication } from "../cnpg/cluster";
import type { AvailabilityClass } from "./args";
import type { Availability } from "./resolve";

/** What loss and what interruption an instance is made for, in numbers. Its own arguments are counted in, not only its class. */
export interface AvailabilityFigures {
  class: AvailabilityClass;
  /** Seconds of acknowledged commits that can be lost while the standbys follow (RPO); absent without a standby. */
  lossSeconds?: number;
  /** Seconds until writes go on after the pod of the primary is gone, at most (RTO); absent without a standby. */
  failoverSeconds?: number;
  /** Seconds writes pause in a switchover, at most; absent without a standby. */
  switchoverSeconds?: number;
  /** Seconds until writes go on after the node of the primary is gone, at most; absent without a standby. */
  nodeLossSeconds?: number;
}

/** What loss and what interruption an instance is made for. */
export interface AvailabilityPromise extends AvailabilityFigures {
  /** What can be lost when the primary is gone for good, in words. */
  loss: string;
  /** How long writes pause, in words. */
  interruption: string;
}

/** Times of the Lease in CloudNativePG 1.30, seconds. */
const usualLease = { durationSeconds: 15, retryPeriodSeconds: 2 };

/**
 * Seconds besides the Lease, measured with little to write out and nothing to archive: docs/decisions/failover-timings.md.
 * Much to write out, a slow disk or a slow store take longer.
 */
const measured = {
  /** The operator decides, the standby is promoted, the Service follows. */
  failover: 6,
  /** The primary stops, the standby is promoted, the Service follows. */
  switchover: 7,
  /** Kubernetes takes a node that does not answer for lost. Source: kube-controller-manager, node-monitor-grace-period, 50 s since 1.32. */
  nodeLoss: 55,
};

export function availabilityPromise(availability: Availability): AvailabilityPromise {
  const { class: name, instances, synchronous, failoverDelay = 0 } = availability;
  if (instances === 1) return alone(name);
  const { durationSeconds, retryPeriodSeconds } = { ...usualLease, ...availability.lease };
  const failoverSeconds = durationSeconds + retryPeriodSeconds + failoverDelay + measured.failover;
  const switchoverSeconds = retryPeriodSeconds + measured.switchover;
  const nodeLossSeconds = measured.nodeLoss + failoverSeconds;
  return {
    class: name,
    ...loss(synchronous),
    interruption:
      `At most about ${failoverSeconds} s when the primary's pod fails and ${switchoverSeconds} s in a switchover; about ` +
      `${nodeLossSeconds} s when its node is lost, most of which Kubernetes takes to notice.`,
    failoverSeconds,
    switchoverSeconds,
    nodeLossSeconds,
  };
}

/** The promise without its words. */
export function availabilityFigures(availability: Availability): AvailabilityFigures {
  const {
    class: name,
    lossSeconds,
    failoverSeconds,
    switchoverSeconds,
    nodeLossSeconds,
  } = availabilityPromise(availability);
  return { class: name, lossSeconds, failoverSeconds, switchoverSeconds, nodeLossSeconds };
}

function alone(name: AvailabilityClass): AvailabilityPromise {
  return {
    class: name,
    loss: "None while the volume is there. With the volume is lost what is in no backup.",
    interruption:
      "Until the server runs again: seconds where its pod restarts, minutes where its volume moves to another node.",
  };
}

function loss(synchronous: SynchronousReplication | undefined): { loss: string; lossSeconds: number } {
  if (synchronous === undefined) {
    return {
      loss: "Commits of the last moments that no standby had received, usually well below a second.",
      lossSeconds: 1,
    };
  }
  const { number, dataDurability, failoverQuorum } = synchronous;
  const standbys = number === 1 ? "one standby" : `${number} standbys`;
  if (dataDurability === DataDurability.preferred) {
    return {
      loss: `None while ${standbys} can confirm commits. With fewer, writes go on, and those commits can be lost with the primary.`,
      lossSeconds: 0,
    };
  }
  const waits = `Commits wait while fewer than ${standbys} can confirm them`;
  return failoverQuorum === true
    ? {
        loss: `None. ${waits}, and only a standby that surely has all of them is promoted.`,
        lossSeconds: 0,
      }
    : {
        loss: `None while a standby that confirmed is there to be promoted. ${waits}; without failoverQuorum one that did not can be promoted when the others are gone too.`,
        lossSeconds: 0,
      };
}
