import { DataDurability, SynchronousMethod } from "../cnpg/cluster";
import { Spread } from "../instance/args";
import { AvailabilityClass, type LeaseArgs } from "./args";

/** Times of the readiness probe. */
export interface CheckTimes {
  checkInterval: number;
  failureThreshold: number;
  checkTimeout: number;
}

/** Whether and how standbys confirm commits; how many depends on the number of instances. */
export interface ClassSynchronous {
  method: SynchronousMethod;
  dataDurability: DataDurability;
  failoverQuorum: boolean;
}

/** What one class sets. */
export interface ClassSettings {
  /** Number of instances when none is given. */
  instances: number;
  leastInstances: number;
  mostInstances: number;
  synchronous?: ClassSynchronous;
  hostSpread: Spread;
  zoneSpread: Spread;
  /** Absent: those of CloudNativePG. */
  check?: CheckTimes;
  /** Absent: those of CloudNativePG. */
  lease?: Required<LeaseArgs>;
  /** Seconds open sessions get to end by themselves when a server stops. */
  smartShutdownTimeout: number;
  /** Seconds a former primary gets to stop in order. Absent: that of CloudNativePG, an hour. */
  switchoverDelay?: number;
}

/**
 * Times of an instance that has standbys. How they were found, and what happens below them: docs/decisions/failover-timings.md.
 * A primary that is only slow must not be replaced, so a check may take long; one whose pod is gone is replaced when its Lease has run out.
 */
const standbys = {
  mostInstances: Infinity,
  check: { checkInterval: 3, failureThreshold: 3, checkTimeout: 5 },
  lease: { durationSeconds: 3, renewDeadlineSeconds: 2, retryPeriodSeconds: 1 },
  // New sessions are refused while old ones may end, which pools never do. A server that stops at once can also give the Lease up before
  // its pod is killed.
  smartShutdownTimeout: 0,
};

/** What each class sets, in order of what it promises. */
export const classSettings: Record<AvailabilityClass, ClassSettings> = {
  [AvailabilityClass.Single]: {
    instances: 1,
    leastInstances: 1,
    mostInstances: 1,
    hostSpread: Spread.None,
    zoneSpread: Spread.None,
    smartShutdownTimeout: 15,
  },
  [AvailabilityClass.Standard]: {
    ...standbys,
    instances: 2,
    leastInstances: 2,
    hostSpread: Spread.Preferred,
    zoneSpread: Spread.Preferred,
  },
  [AvailabilityClass.High]: {
    ...standbys,
    instances: 3,
    leastInstances: 3,
    synchronous: {
      method: SynchronousMethod.any,
      dataDurability: DataDurability.preferred,
      failoverQuorum: false,
    },
    hostSpread: Spread.Required,
    zoneSpread: Spread.Preferred,
  },
  [AvailabilityClass.ZeroLoss]: {
    ...standbys,
    instances: 3,
    leastInstances: 3,
    synchronous: {
      method: SynchronousMethod.any,
      dataDurability: DataDurability.required,
      failoverQuorum: true,
    },
    hostSpread: Spread.Required,
    zoneSpread: Spread.Preferred,
    // A stop at once loses nothing that was acknowledged, so a store that does not answer need not hold a failover up.
    switchoverDelay: 60,
  },
};

/** Times between two startup probes, seconds: a server is ready as soon as it can be. The probe ends with its first success. */
export const startupInterval = 1;

/**
 * Times of checks that also look at the lag. Standbys without a primary count as failed when these have run out; a lost node must be noticed
 * before that, which takes Kubernetes 40 to 50 s and the failover to be decided a moment more.
 */
export const lagCheck: CheckTimes = { checkInterval: 5, failureThreshold: 24, checkTimeout: 5 };

/** Seconds that checks with a lag limit must last at least, for a lost node to be replaced. */
export const leastLagCheckSeconds = 90;
