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

/** Switchovers and failovers of an instance with more than one server. */
export interface FailoverArgs {
  /** Switches over, or fails over, when its `id` changes. */
  trigger?: FailoverTriggerArgs;
  /** Rehearsals of switchovers and failovers, on demand and by the clock. @default on demand only */
  rehearsal?: RehearsalArgs;
}
