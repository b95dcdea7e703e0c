import { type EventType, recordEvent, subjectOf } from "./event";
import type { KubernetesApi } from "./kubernetes";
import type { ClusterManifest } from "./settle";
import type { Clock } from "./waiting";

/** The API server forgets Events after an hour: what goes on is told again. */
export const tellAgainAfter = 30 * 60_000;

export function nameOf({ metadata }: ClusterManifest): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Records an Event of a Cluster, and says it. */
export async function tellOf(
  cluster: ClusterManifest,
  type: EventType,
  reason: string,
  message: string,
  { api, clock, say }: { api: KubernetesApi; clock: Clock; say: (sentence: string) => void },
): Promise<void> {
  await recordEvent(api, clock, { about: subjectOf(cluster), type, reason, message });
  say(`${nameOf(cluster)}: ${reason}: ${message}`);
}
