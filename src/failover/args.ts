import type { RehearsalArgs } from "../rehearsal/args";
import type { FailoverOptions } from "./request";

/**
 * A switchover or failover as part of an update, for pipelines: it is done once when `id` changes, after the instance has settled. The update
 * fails when it is refused or fails.
 */
export interface FailoverTriggerArgs extends FailoverOptions {
  /**
   * Any text of 1 to 100 characters. One that the instance has when it is created, or when it gets its first standby, is recorded and not run;
   * the same one again does nothing.
   * @example "2026-12-01 maintenance"
   */
  id: string;
}

/** Automatic failovers that come too often point to a cause that another failover does not remove. */
export interface FlappingArgs {
  /** That many automatic failovers, 2 to 20, ... @default 3 */
  failovers?: number;
  /** ... within so many minutes, 1 to 1440, are too many: Event `FailoverFlapping`. @default 60 */
  withinMinutes?: number;
  /**
   * Stop every server of the instance then (fencing), so that a person looks at it before more is broken: nobody can read or write until the
   * fence is lifted.
   * @default false
   */
  fence?: boolean;
}

/** Switchovers and failovers of an instance with more than one server. */
export interface FailoverArgs {
  /** Switches over, or fails over, when its `id` changes. */
  trigger?: FailoverTriggerArgs;
  /** Rehearsals of switchovers and failovers, on demand and by the clock. @default on demand only */
  rehearsal?: RehearsalArgs;
  /** When automatic failovers come too often. A change takes effect at once and restarts nothing. */
  flapping?: FlappingArgs;
  /**
   * Seconds after an automatic failover in which the next one is held back, 0 to 86400: a primary that fails again is given that long to come
   * back by itself. Nobody can write while it does. A change takes effect with the next failover.
   * @default 0
   */
  coolDownSeconds?: number;
  /**
   * Make a PrometheusRule with alerts for servers that run, replication, failovers and maintenance, where there are standbys; and for the lag
   * of an instance that follows another one, with `maxLagBytes`. Needs the Prometheus operator's definitions in the cluster, and the metrics
   * of the pods collected.
   * @default false
   */
  alerts?: boolean;
}
