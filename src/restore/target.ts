import { readTimestamp } from "../timestamp";
import type { RestoreTargetArgs } from "./source-args";

/** Where replay stops, by kind. */
export const MomentKind = {
  Time: "time",
  TransactionId: "transactionId",
  RestorePoint: "restorePoint",
  Lsn: "lsn",
  /** The end of the base backup. */
  Immediate: "immediate",
  /** The end of the archive. */
  Latest: "latest",
} as const;
export type MomentKind = (typeof MomentKind)[keyof typeof MomentKind];

/** The kinds a target names; `false` and undefined name none. One is right, none and several are mistakes. */
export function momentsOf(target: RestoreTargetArgs): MomentKind[] {
  return Object.values(MomentKind).filter(kind => target[kind] !== undefined && target[kind] !== false);
}

/** Those right before which replay can stop; PostgreSQL ignores `recovery_target_inclusive` for the others. */
export const exclusiveMoments: readonly MomentKind[] = [
  MomentKind.Time,
  MomentKind.TransactionId,
  MomentKind.Lsn,
];

/** Those from which CloudNativePG cannot tell which base backup comes before. */
export const momentsWithoutBackup: readonly MomentKind[] = [
  MomentKind.TransactionId,
  MomentKind.RestorePoint,
  MomentKind.Immediate,
];

/** Transaction ids below are reserved by PostgreSQL. */
export const firstTransactionId = 3;

/** Transaction ids have 32 bits. */
export const lastTransactionId = 2 ** 32 - 1;

/** Bytes of PostgreSQL's MAXFNAMELEN, without the byte that ends the text. */
export const maxRestorePointBytes = 63;

/** The time of a target; undefined for a text that is none, or that CloudNativePG would read differently. */
export function readTargetTime(text: string): Date | undefined {
  // JavaScript reads 24:00 as the next midnight, Go not at all.
  return /T24:/.test(text) ? undefined : readTimestamp(text);
}

/** A transaction id; undefined for a text that is none. */
export function readTransactionId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id >= firstTransactionId && id <= lastTransactionId ? id : undefined;
}

/** A target in words: `the time 2026-11-20T14:30:00Z, exclusive`. */
export function describeTarget(target: RestoreTargetArgs): string {
  const [kind] = momentsOf(target);
  const before = target.exclusive === true ? "right before " : "";
  const timeline =
    target.timeline === undefined || target.timeline === "latest" ? "" : ` on timeline ${target.timeline}`;
  return `${before}${momentText(kind, target)}${timeline}`;
}

function momentText(kind: MomentKind | undefined, target: RestoreTargetArgs): string {
  switch (kind) {
    case MomentKind.Time:
      return `${target.time}`;
    case MomentKind.TransactionId:
      return `transaction ${target.transactionId}`;
    case MomentKind.RestorePoint:
      return `restore point ${target.restorePoint}`;
    case MomentKind.Lsn:
      return `position ${target.lsn}`;
    case MomentKind.Immediate:
      return "the end of the base backup";
    case MomentKind.Latest:
    case undefined:
      return "the end of the archive";
  }
}
