import { isRecord } from "../backup/record";
import { ownAnnotations } from "../cnpg/metadata";
import type { EmbeddedMetadata } from "../cnpg/object";
import type { FailoverArgs } from "./args";

/** What the watch is to do about failovers of an instance. */
export interface FailoverPolicy {
  flapping: { failovers: number; withinMinutes: number; fence: boolean };
  /** Seconds the next automatic failover is held back after one; 0 for none. */
  coolDownSeconds: number;
}

export const defaultPolicy: FailoverPolicy = {
  flapping: { failovers: 3, withinMinutes: 60, fence: false },
  coolDownSeconds: 0,
};

/** The policy with its defaults. */
export function resolvePolicy({ flapping, coolDownSeconds }: FailoverArgs = {}): FailoverPolicy {
  return {
    flapping: { ...defaultPolicy.flapping, ...flapping },
    coolDownSeconds: coolDownSeconds ?? defaultPolicy.coolDownSeconds,
  };
}

/**
 * The policy that stands on a Cluster. Only the Cluster that serves clients has one.
 * @returns undefined when there is none; the default when somebody made it illegible
 */
export function policyOf({ annotations }: EmbeddedMetadata): FailoverPolicy | undefined {
  const text = annotations?.[ownAnnotations.failoverPolicy];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? resolvePolicy(value as FailoverArgs) : defaultPolicy;
  } catch {
    return defaultPolicy;
  }
}
