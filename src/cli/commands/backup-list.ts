import { BackupKind, BackupState } from "../../backup/known-backup";
import type {
  ListBackupsRequest,
  ListedArchive,
  ListedBackup,
  ListedBackups,
} from "../../operations/backups";
import type { StatusRun } from "../../operations/status";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { bytesText, counted, durationText, filled, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";
import { windowText } from "../window";

/** Whose backups, and how many of them. */
export interface BackupListRequest extends ListBackupsRequest, Target {
  /** Backups shown at most, the newest; all when absent. */
  limit?: number;
}

/** The backups of an instance. */
export async function backupList(
  request: BackupListRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const listed = await readBackups(request, surroundings);
  return { exitCode: ExitCode.Done, text: textOf(listed, request.limit, layout).join("\n"), json: listed };
}

/** Everything about one backup. */
export async function backupDescribe(
  { id, ...request }: BackupListRequest & { id: string },
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { chooseListed } = await import("../../operations/backups.js");
  const listed = await readBackups(request, surroundings);
  const backup = chooseListed(listed, id);
  const window = listed.archives.find(({ archive }) => archive === backup.of)?.window;
  const restorable =
    backup.kind === BackupKind.Base && backup.state === BackupState.Completed && backup.end !== undefined
      ? windowText({ ...window, from: backup.end })
      : undefined;
  const rows = pairs(filled([...describeRows(backup), ["restorable", restorable]]), layout);
  return {
    exitCode: ExitCode.Done,
    text: [emphasised(backup.id, "bold", layout), "", ...rows].join("\n"),
    json: { ...backup, ...(restorable === undefined ? {} : { window }) },
  };
}

function readBackups(
  { context, ...request }: BackupListRequest,
  surroundings: ClusterSurroundings,
): Promise<ListedBackups> {
  const { namespace, instance } = request;
  return inCluster(
    `Reading the backups of ${namespace}/${instance}`,
    { context },
    surroundings,
    async around => {
      const { listBackups } = await import("../../operations/backups.js");
      return listBackups(request, around);
    },
  );
}

const columns = [
  { title: "backup", emphasis: "bold" as const },
  { title: "begun" },
  { title: "took", right: true },
  { title: "size", right: true },
  { title: "what" },
  { title: "state" },
  { title: "kept" },
  { title: "label" },
];

function textOf(listed: ListedBackups, limit: number | undefined, layout: Layout): string[] {
  const { namespace, instance, store, archives, backups, nextRuns } = listed;
  const shown = backups.slice(0, limit);
  const rows = shown.map(backup => [
    backup.id,
    timeText(backup.begin).replace("T", " ").slice(0, 16),
    backup.seconds === undefined ? "" : durationText(backup.seconds),
    backup.bytes === undefined ? "" : bytesText(backup.bytes),
    whatOf(backup, archives),
    stateText(backup),
    keptText(backup),
    backup.label ?? "",
  ]);
  const omitted = backups.length - shown.length;
  return [
    `${emphasised(`${namespace}/${instance}`, "bold", layout)}, ${counted(backups.length, "backup")}`,
    ...archives.flatMap(archive => prose(archiveLine(archive, store), "", layout)),
    ...(rows.length === 0 ? [] : ["", ...table(columns, rows, layout)]),
    ...(omitted === 0 ? [] : [`and ${counted(omitted, "older one")}; --all shows them`]),
    ...runLines(nextRuns, layout),
  ];
}

function archiveLine({ archive, asOf, bytes, window }: ListedArchive, store: string | undefined): string {
  const where = `archive ${archive}${store === undefined ? "" : ` in store ${store}`}`;
  if (asOf === undefined) return `${where}: not looked at yet; --refresh does`;
  const size = bytes === undefined ? "" : `, ${bytesText(bytes)}`;
  const restorable = window === undefined ? "nothing can be restored" : `restorable ${windowText(window)}`;
  return `${where}, as of ${timeText(asOf)}${size}: ${restorable}`;
}

/** The archive is only worth a word when there are several. */
function whatOf({ kind, of }: ListedBackup, archives: readonly ListedArchive[]): string {
  const title = { [BackupKind.Base]: "base", [BackupKind.Snapshot]: "snapshot", [BackupKind.Dump]: "dump" }[
    kind
  ];
  const isPlain = of === undefined || (kind !== BackupKind.Dump && archives.length < 2);
  return isPlain ? title : `${title} of ${of}`;
}

/** `good` is said of what was looked at only. */
function stateText({ state, good, problems }: ListedBackup): string {
  if (state !== BackupState.Completed) return state;
  if (good === false || problems.length > 0) return "damaged";
  return good === true ? "good" : "unchecked";
}

function keptText({ keep, decision }: ListedBackup): string {
  if (keep !== undefined) return keep;
  return decision ?? "";
}

/** What runs next, the nearest first. */
export function runLines(runs: readonly StatusRun[], layout: Layout): string[] {
  if (runs.length === 0) return [];
  const rows = runs.map(({ name, suspended, next, last }) => [
    name,
    suspended ? "suspended" : timeText(next),
    last === undefined ? "" : timeText(last),
  ]);
  return ["", ...table([{ title: "runs" }, { title: "next" }, { title: "last" }], rows, layout)];
}

function describeRows(backup: ListedBackup): [string, string | undefined][] {
  const { begin, end, seconds, bytes, beginWal, endWal, beginLsn, endLsn, timeline, snapshots, problems } =
    backup;
  return [
    ["what", `${backup.kind}${backup.of === undefined ? "" : ` of ${backup.of}`}`],
    ["state", stateText(backup)],
    ["label", backup.label],
    ["begun", timeText(begin)],
    ["ended", timeText(end)],
    ["took", seconds === undefined ? undefined : durationText(seconds)],
    ["size", bytes === undefined ? undefined : `${bytesText(bytes)} in the store`],
    ["Backup", backup.backup],
    ["taken from", backup.pod],
    ["snapshots", snapshots?.join(", ")],
    ["WAL", beginWal === undefined ? undefined : `${beginWal} to ${endWal}`],
    ["positions", beginLsn === undefined ? undefined : `${beginLsn} to ${endLsn}`],
    ["timeline", timeline === undefined ? undefined : String(timeline)],
    ["kept", backup.keep],
    ["retention", backup.decision === undefined ? undefined : `${backup.decision}: ${backup.reason}`],
    ["problems", problems.length === 0 ? undefined : problems.join("; ")],
  ];
}
