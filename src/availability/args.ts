import type { CustomCheckArgs } from "../health/custom-check";
import type { DataDurability, SynchronousMethod } from "../cnpg/cluster";

/**
 * How much loss and how long an interruption an instance may have. A class sets the number of instances, synchronous replication, the spread,
 * the timings of probes and lease together; each of these arguments wins over it where it is given.
 */
export const AvailabilityClass = {
  /** One server. A failed pod or node is waited for. */
  Single: "single",
  /** A primary and at least one standby, asynchronous: a failover within seconds, which can lose the commits of the last moments. */
  Standard: "standard",
  /** At least two standbys, one of which confirms each commit while one is ready. Writes never wait for a standby that is gone. */
  High: "high",
  /** At least two standbys. No commit that was acknowledged is ever lost; writes wait while no standby can confirm them. */
  ZeroLoss: "zero-loss",
} as const;
export type AvailabilityClass = (typeof AvailabilityClass)[keyof typeof AvailabilityClass];

/**
 * Synchronous replication: which standbys confirm a commit before the client hears of it. A change is a reload; CloudNativePG fails over to
 * nobody for the moment it takes.
 * @example { number: 1, dataDurability: "required", failoverQuorum: true }
 */
export interface SynchronousArgs {
  /** `any`: whichever standbys are first to confirm; `first`: those that come first in the list, the others stand in for them. @default "any" */
  method?: SynchronousMethod;
  /**
   * Standbys that must confirm, at least 1. With `required` fewer than there are standbys, so that one of them can be away; with `preferred`
   * at most as many.
   * @default 1, or half of the instances in class zero-loss: 1 of 3, 2 of 4 or 5, 3 of 6 or 7
   */
  number?: number;
  /**
   * `required`: commits wait until enough standbys confirm, without end. `preferred`: CloudNativePG lowers the number when too few
   * standbys are ready, and what is written then is lost with the primary.
   * @default "required", "preferred" in class high
   */
  dataDurability?: DataDurability;
  /**
   * Promote only when a standby that can be promoted surely has every confirmed commit; otherwise there is no failover. Needs three
   * instances or more.
   * @default false, true in class zero-loss
   */
  failoverQuorum?: boolean;
  /** Most servers of this instance in the list of standbys. @default all */
  maxStandbyNamesFromCluster?: number;
  /** Names (`application_name`) of standbys elsewhere, put before those of this instance. Only with `required`. */
  standbyNamesPre?: string[];
  /** Names (`application_name`) of standbys elsewhere, put after those of this instance. Only with `required`. */
  standbyNamesPost?: string[];
}

/**
 * Times of the Lease without which no server becomes primary, in whole seconds. A new primary takes over `durationSeconds` after the
 * former one failed without giving the Lease up. A change is taken up by a standby when it is promoted, and by the primary when its pod
 * restarts, because it keeps the times with which it got the Lease.
 * Source: CloudNativePG 1.30, `spec.primaryLease`.
 */
export interface LeaseArgs {
  /** Seconds without renewal after which another server may take it; more than `renewDeadlineSeconds`. Least 3. @default that of the class */
  durationSeconds?: number;
  /** Seconds the primary tries to renew it before it looks who holds it; more than 1.2 times `retryPeriodSeconds`. @default that of the class */
  renewDeadlineSeconds?: number;
  /** Seconds between two attempts to renew it or to get it; a switchover waits for up to one. At least 1. @default that of the class */
  retryPeriodSeconds?: number;
}

/**
 * When a server counts as failed, and when the primary is replaced. Times of checks and lag are those of the readiness probe; a change
 * restarts the pods one after the other, the primary last. Members of `probes` win over these.
 */
export interface HealthMonitorArgs {
  /** Seconds between two checks of each server, at least 1. Each is a request to the API server, too. @default that of the class */
  checkInterval?: number;
  /** Failed checks in a row after which a server has failed, at least 1. @default that of the class */
  failureThreshold?: number;
  /** Seconds after which a check has failed, at least 1. Below 3 a busy node looks like a failed one. @default that of the class */
  checkTimeout?: number;
  /**
   * Lag in bytes, rounded up to KiB, above which a standby counts as failed: it leaves the read-only Service and is not promoted until
   * it has caught up. The same happens to a standby that is not connected to the primary, also because the primary is gone: a failover must be
   * decided within `checkInterval` × `failureThreshold` seconds, or none happens at all. So with this argument these are 5 s and 24 by default:
   * longer than Kubernetes takes to notice that a node is lost. With `failoverQuorum` a standby that lags can keep a failover from happening.
   * @default no limit
   */
  maxEligibleLagBytes?: number;
  /** Seconds a failed primary is given to come back before a standby is promoted. 0 or more. A change restarts nothing. @default 0 */
  failoverDelay?: number;
  /**
   * Seconds the former primary gets to stop in order in a switchover or a failover; then it is stopped at once. The new primary waits for
   * that. An orderly stop sends all WAL to the standbys and the store, so a short time can lose commits, except in class zero-loss.
   * At least 1. A change restarts nothing.
   * @default 3600, CloudNativePG's; 60 in class zero-loss
   */
  switchoverDelay?: number;
  /** Times of the Lease of the primary. */
  lease?: LeaseArgs;
  /** A query that says whether the instance is well, for `pulumi-cnpg status`. A change restarts nothing. @default none */
  customCheck?: CustomCheckArgs;
}
