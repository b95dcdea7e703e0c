import { createHash } from "node:crypto";
import { managedBy } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { timestampText } from "../timestamp";
import type { Clock } from "./waiting";

/** Whether an Event is news or asks for somebody's attention. */
export const EventType = { Normal: "Normal", Warning: "Warning" } as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** The object an Event is about. */
export interface EventSubject {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** `kubectl describe` shows only Events that name it. */
  uid?: string;
}

/** Something that happened to an object. */
export interface EventFacts {
  about: EventSubject;
  type: EventType;
  /** One CamelCase word. */
  reason: string;
  message: string;
}

interface EventManifest extends Manifest {
  count?: number;
}

/** Characters the API server takes in a message. */
const messageLength = 1024;

/**
 * Records an Event. The same one again, same object, reason and message, counts up; the API server forgets Events after an hour, and counting
 * begins anew.
 */
export async function recordEvent(api: KubernetesApi, clock: Clock, facts: EventFacts): Promise<void> {
  const event = eventManifest(facts, clock.now());
  const { namespace = "", name = "" } = event.metadata;
  try {
    await api.create(kinds.event, event);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const known = await api.get<EventManifest>(kinds.event, namespace, name);
    const change = { count: (known?.count ?? 0) + 1, lastTimestamp: event.lastTimestamp };
    await api.patch(kinds.event, namespace, name, change);
  }
}

/** An object as the subject of an Event. */
export function subjectOf({ apiVersion, kind, metadata }: Manifest): EventSubject {
  const { namespace = "", name = "", uid } = metadata;
  return { apiVersion, kind, namespace, name, ...present({ uid }) };
}

/** The name is made of the content, so that the same Event is the same object. */
function eventManifest({ about, type, reason, message }: EventFacts, now: Date): EventManifest {
  const time = timestampText(now);
  const digits = createHash("sha256")
    .update(JSON.stringify([about.kind, about.uid, about.name, type, reason, message]))
    .digest("hex")
    .slice(0, 16);
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${about.name}.${digits}`, namespace: about.namespace },
    involvedObject: about,
    type,
    reason,
    message: shortened(message),
    source: { component: managedBy },
    reportingComponent: managedBy,
    reportingInstance: managedBy,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
  };
}

function shortened(message: string): string {
  return message.length <= messageLength ? message : `${message.slice(0, messageLength - 1)}…`;
}
