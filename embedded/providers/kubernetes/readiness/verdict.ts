import type { Cluster } from "../cluster";
import { list, text } from "../manifest";
import type { Manifest } from "../manifest";

/** What an object's present state means for somebody who waits for it. */
export interface Verdict {
  ready: boolean;
  /** What is being waited for, as one line. */
  message: string;
  /** It can never become ready. */
  failed?: boolean;
  /** What stands in the way, one sentence each. */
  reasons?: string[];
}

/** Judges a live object; may look at what belongs to it. `updating` tells an update from a creation. */
export type Readiness = (
  object: Manifest,
  context: { cluster: Cluster; updating: boolean },
) => Promise<Verdict>;

export function condition(object: Manifest, type: string): Manifest | undefined {
  return list(object, "status", "conditions").find(entry => text(entry, "type") === type) as
    Manifest | undefined;
}

export const conditionIs = (object: Manifest, type: string, status: string): boolean =>
  text(condition(object, type), "status") === status;
