import type { FailoverStatus } from "../failover/status";
import type { Execute } from "./execute";
import type { KubernetesApi } from "./kubernetes";
import type { Clock } from "./waiting";

/** What a failover needs. */
export interface FailoverContext {
  api: KubernetesApi;
  /** Runs commands in the pods of the instance. */
  execute: Execute;
  clock: Clock;
  say: (sentence: string) => void;
  /** Awaited when everything is ready and the primary is about to stop taking writes. When it throws, nothing was changed. */
  beforeSwitch?: (status: FailoverStatus) => Promise<void>;
  /** Awaited when the new primary takes writes, and also when it came to nothing after `beforeSwitch`. */
  afterSwitch?: (status: FailoverStatus) => Promise<void>;
  /** Something that writes through the endpoint all the while. */
  probe?: WriteProbe;
  /** Writes through the endpoint as an application does; throws when that does not work. */
  tryWrite?: () => Promise<void>;
  /** Comes when it is told to stop. */
  signal?: AbortSignal;
  /** Name of the Job it runs in. */
  job?: string;
}

/** Measures how long nothing could be written. */
export interface WriteProbe {
  /** Longest time between two writes so far, milliseconds; undefined when it cannot tell. */
  longestGapMs(): Promise<number | undefined>;
}
