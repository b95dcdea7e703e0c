/** Kinds of backup, as far as retention treats them differently. */
export const BackupKind = {
  /** Base backup in Barman's archive: the start of point-in-time recovery. Barman alone deletes it. */
  Base: "base",
  /** Volume snapshots of one backup. */
  Snapshot: "snapshot",
  /** Logical dump. */
  Dump: "dump",
} as const;
export type BackupKind = (typeof BackupKind)[keyof typeof BackupKind];

/** What became of a backup. */
export const BackupState = {
  /** Whole; only these count as good. */
  Completed: "completed",
  Failed: "failed",
  /** Not yet ended, or not known to have. */
  Running: "running",
} as const;
export type BackupState = (typeof BackupState)[keyof typeof BackupState];

/** What Barman keeps with a base backup that carries its annotation `keep`. */
export const KeepTarget = {
  /** All WAL since. */
  Full: "full",
  /** Only the WAL that makes it consistent: a point, not the time after it. */
  Standalone: "standalone",
} as const;
export type KeepTarget = (typeof KeepTarget)[keyof typeof KeepTarget];

/** Barman's annotation `keep` on a base backup. */
export interface KeepMark {
  target: KeepTarget;
  /** Whether retention set it. Only then does it ever release it. */
  ours: boolean;
}

/** One backup, as far as retention must know it. */
export interface KnownBackup {
  /** Name in the archive, of the Backup or of the dump; unique within kind and series. */
  id: string;
  kind: BackupKind;
  /**
   * What it is a backup of, where several things are: the archive's server name, the database of a dump. Each series of a kind has
   * tiers and a last good backup of its own.
   */
  series?: string;
  state: BackupState;
  /** Its day, week, month and year are those of this time. */
  begin: Date;
  /** Known of every completed one. */
  end?: Date;
  /** Whether we made it. Others are never pruned. Of base backups the owner of the mark counts instead. @default false */
  ours?: boolean;
  /** Of base backups. */
  keep?: KeepMark;
  /** First WAL segment a base backup needs. */
  beginWal?: string;
}

/** Backups that no plan can be made for: a wrong decision would be worse than none. */
export class UnusableBackups extends Error {
  override readonly name = "UnusableBackups";
}

/** @throws UnusableBackups for one that is there twice, whose times are unknown, or that is marked without being a base backup */
export function refuseUnusable(backups: readonly KnownBackup[]): void {
  const seen = new Set<string>();
  for (const backup of backups) {
    const name = nameOf(backup);
    const key = JSON.stringify([backup.kind, backup.series, backup.id]);
    // The second of two would be removed as superfluous, and with it the first.
    if (seen.has(key)) throw new UnusableBackups(`${name} is there twice.`);
    seen.add(key);
    const problem = problemOf(backup);
    if (problem !== undefined) throw new UnusableBackups(`${name} ${problem}`);
  }
}

function problemOf({ kind, state, begin, end, keep }: KnownBackup): string | undefined {
  if (Number.isNaN(begin.getTime())) return "has no valid time of begin.";
  if (end !== undefined && Number.isNaN(end.getTime())) return "has no valid time of end.";
  if (state === BackupState.Completed && end === undefined) return "is completed without a time of end.";
  if (kind !== BackupKind.Base && keep !== undefined)
    return "is marked as kept, which only base backups can be.";
  return undefined;
}

const kindNames: Record<BackupKind, string> = {
  [BackupKind.Base]: "base backup",
  [BackupKind.Snapshot]: "snapshot",
  [BackupKind.Dump]: "dump",
};

/** `base backup`, `dump of orders`. */
export function seriesName({ kind, series }: Pick<KnownBackup, "kind" | "series">): string {
  return series === undefined ? kindNames[kind] : `${kindNames[kind]} of ${series}`;
}

/** `base backup 20260209T020003`. */
export function nameOf({ id, kind, series }: KnownBackup): string {
  return series === undefined ? `${kindNames[kind]} ${id}` : `${kindNames[kind]} ${id} of ${series}`;
}
