import { MiB } from "./amount";
import type { PodSize } from "./pod-size";

/** Sizes of WAL, bytes. */
export interface WalSizes {
  maxWal: number;
  minWal: number;
  walKeep: number;
  slotWalKeep: number;
}

/** Share of the data volume that WAL may use where it has no volume of its own. */
export const walShare = 0.4;

/** Room for WAL, bytes. */
export function walRoom({ storage, walStorage }: PodSize): number {
  return walStorage ?? walShare * storage;
}

/**
 * WAL between checkpoints, for standbys and for slots: together at most 75 % of the room, so that a burst still fits.
 * Whole segments, because the server counts in them; `min_wal_size` must be two segments at least.
 */
export function walSizes(mostWal: number, pod: PodSize, given: Partial<WalSizes>): WalSizes {
  const room = walRoom(pod);
  const segment = pod.walSegment ?? 16 * MiB;
  const whole = (amount: number): number => Math.floor(amount / segment) * segment;
  const maxWal = given.maxWal ?? Math.max(whole(Math.min(0.4 * room, mostWal)), 3 * segment);
  const walKeep = given.walKeep ?? whole(Math.min(0.05 * room, 512 * MiB));
  return {
    maxWal,
    minWal: given.minWal ?? Math.max(whole(maxWal / 4), 2 * segment),
    walKeep,
    slotWalKeep: given.slotWalKeep ?? Math.max(whole(0.75 * room - maxWal - walKeep), segment),
  };
}
