import { BackupType } from "../../backup/backup-type";
import type { BackupRequest, BackupResult } from "../../operations/backup";
import type { DumpResult } from "../../operations/dump";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { bytesText, durationText, filled, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** A backup to be taken. */
export interface BackupNowRequest extends BackupRequest, Target {
  /** Entry of `dumps` of the BackupSchedule; only of logical ones. */
  entry?: string;
  /** Databases to dump; only of logical ones. */
  databases?: string[];
}

/** Takes a backup now, and waits until it is done. */
export async function backupNow(
  { context, entry, databases, ...request }: BackupNowRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { namespace, instance, type, timeoutSeconds } = request;
  const result = await inCluster(
    `Taking a backup of ${namespace}/${instance}`,
    { context },
    surroundings,
    async around => {
      const { backupNow: take } = await import("../../operations/backup.js");
      const { startDump } = await import("../../operations/start-dump.js");
      return take(request, {
        ...around,
        startDump: ({ label }) =>
          startDump({ namespace, instance, timeoutSeconds, ...defined({ entry, databases, label }) }, around),
      });
    },
  );
  const isBad = result.check?.good === false;
  return {
    exitCode: isBad ? ExitCode.Failed : ExitCode.Done,
    text: textOf(result, type, layout).join("\n"),
    json: result,
  };
}

function defined<T extends object>(members: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: NonNullable<T[K]>;
  }>;
}

const titles: Record<BackupType, string> = {
  [BackupType.Full]: "base backup",
  [BackupType.Incremental]: "incremental backup",
  [BackupType.Logical]: "logical backup",
};

function textOf(result: BackupResult, type: BackupType, layout: Layout): string[] {
  const { namespace, instance, label, backup, snapshot, restorePoint, lsn, wal, seconds, begin } = result;
  const { good, problems = [] } = result.check ?? {};
  const check = good === undefined ? problems.join("; ") : good ? "good" : `damaged: ${problems.join("; ")}`;
  const dumps = (result.dump as DumpResult | undefined)?.dumps ?? [];
  return [
    `${emphasised(`${namespace}/${instance}`, "bold", layout)}, ${titles[type]} done`,
    "",
    ...pairs(
      filled([
        ["backup", backup?.backupId],
        ["Backup", backup?.name],
        ["label", label],
        ["begun", timeText(begin)],
        ["took", durationText(seconds)],
        ["restore point", restorePoint],
        ["position", lsn],
        ["last segment", wal],
        ["snapshot", snapshot?.name],
        ["restorable", backup === undefined ? undefined : `from ${timeText(backup.end)}`],
        ["check", check],
        ...dumps.map(({ database, id, bytes }): [string, string] => [
          "dump",
          `${id} of ${database}, ${bytesText(bytes)}`,
        ]),
      ]),
      layout,
    ),
    ...(restorePoint === undefined
      ? []
      : [
          "",
          ...prose(
            `pulumi-cnpg restore plan ${instance} --name ${inShell(restorePoint)} leads back to it.`,
            "",
            layout,
          ),
        ]),
  ];
}

/** A text as one word of a shell. */
function inShell(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
