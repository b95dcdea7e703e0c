import { BackupMethod } from "../../cnpg/backup";
import { daily, weekly } from "../../schedule";
import { defaultTimeZone } from "../../schedule/time-zone";
import { BackupType } from "../backup-type";
import type { DrillArgs } from "../drill/args";
import { DumpFormat } from "../dump/args";
import type { DumpArgs, DumpVolumeArgs } from "../dump/args";
import type { RetentionTiersArgs } from "../retention-policy";
import type { BackupScheduleArgs, ScheduledBackupArgs } from "./args";

/** Base backups, and what was written since. */
export interface ResolvedEntry {
  name: string;
  schedule: string;
  timeZone: string;
  suspend: boolean;
  args: ScheduledBackupArgs;
}

/** Dumps with their defaults. */
export interface ResolvedDump {
  name: string;
  schedule: string;
  timeZone: string;
  suspend: boolean;
  databases: string[];
  format: DumpFormat;
  schemaOnly: boolean;
  compressionLevel: number;
  jobs: number;
  roles: boolean;
  volume?: ResolvedDumpVolume;
  timeoutSeconds: number;
  resources: NonNullable<DumpArgs["resources"]>;
}

/** A volume that is there, or one that is made of that size. */
export type ResolvedDumpVolume = DumpVolumeArgs & { size: string };

/** A BackupSchedule with its defaults filled in; nothing of it depends on the instance. */
export interface ResolvedBackupSchedule {
  full: ResolvedEntry[];
  incremental: ResolvedEntry[];
  dumps: ResolvedDump[];
  drill?: DrillArgs;
  tiers: RetentionTiersArgs;
  timeZone: string;
  /** Whether anything of it reads or writes the store. */
  needsStore: boolean;
}

/** What is taken when nobody says otherwise. */
export const defaultSchedules: Record<string, ScheduledBackupArgs> = {
  full: { type: BackupType.Full, schedule: weekly("sun", "02:00-03:00"), immediate: true },
  incremental: { type: BackupType.Incremental, schedule: daily("02:00-03:00") },
};

const entrySchedules: Record<string, string> = {
  [BackupType.Full]: weekly("sun", "02:00-03:00"),
  [BackupType.Incremental]: daily("02:00-03:00"),
};
const dumpSchedule = daily("03:00-04:00");

/** Memory of pg_dump, and of the program that hands its output on to the store. */
const dumpResources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } };

/** Fills in the defaults. */
export function resolveBackupSchedule(args: BackupScheduleArgs): ResolvedBackupSchedule {
  const timeZone = args.timeZone ?? defaultTimeZone;
  const suspended = args.suspend ?? false;
  const entries = Object.entries(args.schedules ?? defaultSchedules);
  const full = entries.filter(([, entry]) => typeOf(entry) === BackupType.Full);
  const incremental = entries.filter(([, entry]) => typeOf(entry) === BackupType.Incremental);
  const dumps = Object.entries(args.dumps ?? {}).map(([name, dump]) =>
    resolveDump(name, dump, timeZone, suspended),
  );
  const { drill } = args;
  return {
    full: full.map(([name, entry]) =>
      resolveEntry(name, entry, entry.timeZone ?? defaultTimeZone, suspended),
    ),
    incremental: incremental.map(([name, entry]) =>
      resolveEntry(name, entry, entry.timeZone ?? timeZone, suspended),
    ),
    dumps,
    ...(drill === undefined
      ? {}
      : { drill: { timeZone, ...drill, suspend: suspended || (drill.suspend ?? false) } }),
    tiers: { timeZone, ...args.retention },
    timeZone,
    needsStore: entries.length > 0 || drill !== undefined || dumps.some(({ volume }) => volume === undefined),
  };
}

/** What kind of backup an entry takes. */
export function typeOf(entry: ScheduledBackupArgs): BackupType {
  return entry.type ?? BackupType.Full;
}

/** Whether the entry makes base backups in the store, from which any moment is restored. */
export function isBase({ args }: ResolvedEntry): boolean {
  return typeOf(args) === BackupType.Full && args.method !== BackupMethod.volumeSnapshot;
}

function resolveEntry(
  name: string,
  args: ScheduledBackupArgs,
  timeZone: string,
  suspended: boolean,
): ResolvedEntry {
  const schedule = args.schedule ?? entrySchedules[typeOf(args)] ?? dumpSchedule;
  return { name, schedule, timeZone, suspend: suspended || (args.suspend ?? false), args };
}

function resolveDump(name: string, args: DumpArgs, timeZone: string, suspended: boolean): ResolvedDump {
  const { volume } = args;
  return {
    name,
    schedule: args.schedule ?? dumpSchedule,
    timeZone: args.timeZone ?? timeZone,
    suspend: suspended || (args.suspend ?? false),
    databases: args.databases ?? [],
    format: args.format ?? DumpFormat.Custom,
    schemaOnly: args.schemaOnly ?? false,
    compressionLevel: args.compressionLevel ?? 3,
    jobs: args.jobs ?? 1,
    roles: args.roles ?? true,
    ...(volume === undefined ? {} : { volume: { ...volume, size: volume.size ?? "50Gi" } }),
    timeoutSeconds: args.timeoutSeconds ?? 21_600,
    resources: args.resources ?? dumpResources,
  };
}
