/** What a backup holds. */
export const BackupType = {
  /** A base backup: the start from which every later moment can be restored. */
  Full: "full",
  /** What was written since: the current WAL segment is ended and archived, and a restore point is set. */
  Incremental: "incremental",
  /** Logical dumps of databases. */
  Logical: "logical",
} as const;
export type BackupType = (typeof BackupType)[keyof typeof BackupType];
