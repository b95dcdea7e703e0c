import type { Report } from "../../report";
import type { PostgresInstanceArgs } from "../args";

export function checkConsents(name: string, args: PostgresInstanceArgs, report: Report): void {
  const { confirmDestructive } = args;
  if (confirmDestructive === undefined || confirmDestructive === name) return;
  report(
    "confirmDestructive",
    confirmDestructive,
    "does not repeat the name of the instance.",
    `Write "${name}", and take it out after the update.`,
  );
}

export function checkRemoval(name: string, args: PostgresInstanceArgs, report: Report): void {
  if (args.deletion !== undefined && args.deletion.confirm !== name) {
    report(
      "deletion.confirm",
      args.deletion.confirm,
      "does not repeat the name of the instance.",
      `Write "${name}" to delete its data.`,
    );
  }
  if (args.deletion?.finalBackup === true && args.backup === undefined) {
    report(
      "deletion.finalBackup",
      true,
      "needs an archive to put the backup into.",
      "Set backup: { store } in an update before, or leave finalBackup out to delete the data without a backup.",
    );
  }
}
