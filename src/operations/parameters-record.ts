import type { ClusterObject } from "../cnpg/cluster";
import { ownAnnotations } from "../cnpg/metadata";
import type { PendingParameter } from "../parameters/pending-parameter";

/** What is known of held back parameters, as JSON in the annotation of the Cluster they belong to. */
export interface ParametersRecord {
  /** When restarts may happen: `immediate`, `scheduled`, `window` or `onNextRestart`. */
  mode: string;
  pending: PendingParameter[];
  /** RFC 3339 time at which parameters were last changed. */
  appliedAt?: string;
  /** RFC 3339 time from which the pending ones are due; absent when no time is set for them. */
  next?: string;
}

/** The record on a Cluster; undefined when nothing was ever held back, or when somebody made it illegible. */
export function readRecord(cluster: ClusterObject | undefined): ParametersRecord | undefined {
  const text = cluster?.metadata.annotations?.[ownAnnotations.parameters];
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as Partial<ParametersRecord> | null;
    if (typeof record?.mode !== "string" || !Array.isArray(record.pending)) return undefined;
    return { ...record, mode: record.mode, pending: record.pending };
  } catch {
    return undefined;
  }
}

/** The change that writes the record. */
export function recordChange(record: ParametersRecord): object {
  return { metadata: { annotations: { [ownAnnotations.parameters]: JSON.stringify(record) } } };
}
