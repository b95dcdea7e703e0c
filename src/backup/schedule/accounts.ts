/** ServiceAccounts of the Jobs of a BackupSchedule, which enter the store. They carry no generation. */
export interface BackupAccounts {
  /** Checks backups and carries out retention. */
  keeper: string;
  /** Writes dumps. */
  dumps: string;
  /** Restores dumps. */
  dumpRestore: string;
}

export function backupAccounts(instance: string): BackupAccounts {
  return {
    keeper: `${instance}-backups`,
    dumps: `${instance}-dumps`,
    dumpRestore: `${instance}-dump-restore`,
  };
}
