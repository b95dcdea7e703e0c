import type { LeaseArgs } from "./args";

/** What an update needs to know of the availability of the one before. */
export interface AvailabilityRecord {
  instances: number;
  lease?: LeaseArgs;
}

/**
 * What a change of the availability means, as sentences.
 * @param rolls whether this update re-creates the pods
 */
export function availabilityChanges(
  before: AvailabilityRecord | undefined,
  now: AvailabilityRecord | undefined,
  rolls: boolean,
): string[] {
  if (before === undefined || now === undefined || now.instances === 1 || before.instances === 1) return [];
  const same = JSON.stringify(sorted(before.lease)) === JSON.stringify(sorted(now.lease));
  if (same || rolls) return [];
  return [
    "The times of the Lease change. Standbys take them up when they are promoted, the primary when its pod restarts, which this update does not do.",
  ];
}

function sorted(lease: LeaseArgs = {}): [string, number][] {
  return Object.entries(lease).sort(([a], [b]) => (a < b ? -1 : 1));
}
