import type { Seen } from "../failover/observation";

/** Key in the ConfigMap of an instance's failovers: what the watch last saw, so that it misses nothing while it is away. */
export const watchStateKey = "watch.json";

/** Key in the same ConfigMap: decisions against a failover, newest first. */
export const decisionsKey = "decisions.json";

/** What stands under {@link watchStateKey}. */
export interface WatchState extends Seen {
  /** RFC 3339. */
  at: string;
}
