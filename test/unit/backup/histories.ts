import fc from "fast-check";
import { BackupKind, BackupState, KeepTarget, type KnownBackup } from "../../../src/backup/known-backup";
import type { RetentionPolicyArgs } from "../../../src/backup/retention-policy";

const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Zones with whole, half and quarter hours, changes of the clock at midnight and by half an hour, and a day that never was. */
export const zones = [
  "Etc/UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "Pacific/Kiritimati",
];

/** Around changes of the clock, of the year, of the ISO year, and the day that Apia skipped. */
const epochs = [
  "2011-12-20T00:00:00Z",
  "2018-10-25T12:00:00Z",
  "2020-12-20T00:00:00Z",
  "2024-02-20T00:00:00Z",
  "2026-03-20T00:00:00Z",
  "2026-10-18T00:00:00Z",
].map(text => Date.parse(text));

export const policies: fc.Arbitrary<RetentionPolicyArgs> = fc.record(
  {
    recoveryWindowDays: fc.integer({ min: 1, max: 20 }),
    dailyRetentionDays: fc.integer({ min: 0, max: 15 }),
    weeklyRetentionWeeks: fc.integer({ min: 0, max: 9 }),
    monthlyRetentionMonths: fc.integer({ min: 0, max: 6 }),
    yearlyRetentionYears: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: [] },
);

interface Run {
  /** Hours since the run before; long ones are gaps. */
  after: number;
  minutes: number;
  state: BackupState;
  /** What the clock is set forward or back by before the run, in hours. */
  clockChange: number;
  ours: boolean;
  keep: KnownBackup["keep"] | undefined;
}

const states = fc.constantFrom(
  ...Array.from({ length: 6 }, () => BackupState.Completed),
  BackupState.Failed,
  BackupState.Running,
);

const marks = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  { target: KeepTarget.Standalone, ours: true },
  { target: KeepTarget.Standalone, ours: true },
  { target: KeepTarget.Standalone, ours: false },
  { target: KeepTarget.Full, ours: false },
  { target: KeepTarget.Full, ours: true },
);

const runs = (clockChanges: boolean): fc.Arbitrary<Run> =>
  fc.record({
    after: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(6, 12, 24, 24, 24, 168) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 60 * 24 }) },
    ),
    minutes: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 30 * 60 })),
    state: states,
    clockChange: clockChanges
      ? fc.oneof(
          { weight: 15, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: -40 * 24, max: 40 * 24 }) },
        )
      : fc.constant(0),
    ours: fc.constantFrom(true, true, true, false),
    keep: marks,
  });

/**
 * Backups of one series, in the order in which they were begun. Where clocks are changed they may overlap; CloudNativePG itself takes one
 * of a Cluster at a time.
 */
function seriesOf(
  kind: BackupKind,
  clockChanges: boolean,
  series: string | undefined,
): fc.Arbitrary<KnownBackup[]> {
  const start = fc.tuple(fc.constantFrom(...epochs), fc.integer({ min: 0, max: 60 * 24 }));
  return fc.tuple(start, fc.array(runs(clockChanges), { maxLength: 14 })).map(([[epoch, shift], list]) => {
    let clock = epoch + shift * minute;
    return list.map((run, i): KnownBackup => {
      clock += (run.after + run.clockChange) * hour;
      const begin = new Date(clock);
      const end = new Date(clock + run.minutes * minute);
      if (!clockChanges) clock = +end;
      const ended = run.state !== BackupState.Running;
      return {
        id: `${series ?? kind}-${String(i).padStart(2, "0")}`,
        kind,
        ...(series === undefined ? {} : { series }),
        state: run.state,
        begin,
        ...(ended ? { end } : {}),
        ...(run.ours ? { ours: true } : {}),
        ...(kind === BackupKind.Base && run.keep !== undefined ? { keep: run.keep } : {}),
      };
    });
  });
}

/** What a plan is made of. */
export interface Situation {
  backups: KnownBackup[];
  policy: RetentionPolicyArgs;
  now: Date;
  timeZone: string;
}

/** Backups of all kinds with gaps, failures, others' marks and clocks that were changed; `now` lies anywhere from their begin on. */
export const situations: fc.Arbitrary<Situation> = fc
  .tuple(
    seriesOf(BackupKind.Base, true, undefined),
    seriesOf(BackupKind.Snapshot, true, undefined),
    seriesOf(BackupKind.Dump, true, "orders"),
    seriesOf(BackupKind.Dump, true, "users"),
  )
  .chain(series => {
    const backups = series.flat();
    const newest = Math.max(epochs[0] as number, ...backups.map(({ begin, end }) => +(end ?? begin)));
    return fc.record({
      backups: fc.constant(backups),
      policy: policies,
      now: fc
        .oneof(
          { weight: 8, arbitrary: fc.integer({ min: 0, max: 90 * 24 * 60 }) },
          { weight: 2, arbitrary: fc.integer({ min: -60 * 24 * 60, max: 0 }) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 6000 * 24 * 60 }) },
        )
        .map(minutes => new Date(newest + minutes * minute)),
      timeZone: fc.constantFrom(...zones),
    });
  });

/** A history under a clock that runs on, as somebody who looks at several times sees it. */
export interface History {
  backups: KnownBackup[];
  policy: RetentionPolicyArgs;
  timeZone: string;
}

/** Backups that are all ours and unmarked. */
export function histories(kind: BackupKind): fc.Arbitrary<History> {
  return fc.record({
    backups: seriesOf(kind, false, undefined).map(list =>
      list.map(({ keep: _keep, ...backup }) => ({ ...backup, ours: true })),
    ),
    policy: policies,
    timeZone: fc.constantFrom(...zones),
  });
}

/** What is seen of a history at a time: later backups are not there, those that have not ended are running. */
export function seenAt(backups: readonly KnownBackup[], now: Date): KnownBackup[] {
  return backups
    .filter(({ begin }) => begin <= now)
    .map(({ end, ...backup }) =>
      end !== undefined && end <= now ? { ...backup, end } : { ...backup, state: BackupState.Running },
    );
}

/**
 * What Barman's own retention deletes, by its rule read from RecoveryWindowRetentionPolicy._backup_report: from the newest on, all completed
 * ones up to the first that ended before the window begins are valid; older ones are obsolete unless they are kept.
 */
export function deletedByBarman(
  backups: readonly KnownBackup[],
  windowDays: number,
  now: Date,
): KnownBackup[] {
  const deleted: KnownBackup[] = [];
  let found = false;
  for (const backup of [...backups].sort((a, b) => +b.begin - +a.begin || (a.id < b.id ? 1 : -1))) {
    if (backup.kind !== BackupKind.Base || backup.state !== BackupState.Completed) continue;
    if (found && backup.keep === undefined) deleted.push(backup);
    if (!found && backup.end !== undefined && +backup.end < +now - windowDays * day) found = true;
  }
  return deleted;
}
