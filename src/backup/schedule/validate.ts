import type { ArgumentProblem } from "../../argument-error";
import { BackupMethod, BackupTarget } from "../../cnpg/backup";
import { reservedEndings } from "../../instance/names";
import type { InstanceReference } from "../../instance/reference";
import { Severity } from "../../parameters/finding";
import { checkChoice, refuse, type Report, reporter } from "../../report";
import { cronJobProblem, scheduleProblems, timeZoneProblem } from "../../schedule";
import { defaultTimeZone } from "../../schedule/time-zone";
import { BackupType } from "../backup-type";
import { drillProblems, drillWarnings } from "../drill/validate";
import { checkDump } from "../dump/validate";
import { policyProblems } from "../retention-policy";
import type { BackupScheduleArgs, ScheduledBackupArgs } from "./args";
import { coverageWarnings } from "./coverage";
import {
  backupScheduleNames,
  maxCronJobName,
  maxEntryLength,
  maxSnapshotScheduleName,
  restoreEntry,
} from "./names";
import { isBase, type ResolvedBackupSchedule, resolveBackupSchedule, typeOf } from "./resolve";

const component = "BackupSchedule";

/** Everything that is wrong with the arguments, as far as it can be said without the instance. Pure. */
export function backupScheduleProblems(resource: string, args: BackupScheduleArgs): ArgumentProblem[] {
  const { problems, report } = reporter(component, resource);
  for (const [name, entry] of Object.entries(args.schedules ?? {})) {
    checkEntryName(`schedules.${name}`, name, report);
    checkEntry(`schedules.${name}`, entry, report);
  }
  for (const [name, dump] of Object.entries(args.dumps ?? {})) {
    checkEntryName(`dumps.${name}`, name, report);
    if (name === restoreEntry)
      report(`dumps.${name}`, name, "is the name of what restores dumps.", "Choose another one.");
    checkCronJob(`dumps.${name}`, dump, report);
    checkDump(`dumps.${name}`, dump, report);
  }
  if (args.timeZone !== undefined) checkTimeZone("timeZone", args.timeZone, report);
  checkRetention(args, report);
  for (const { argument, value, problem, remedy } of drillProblems(args.drill ?? {}))
    report(`drill.${argument}`, value, problem, remedy);
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateBackupSchedule(resource: string, args: BackupScheduleArgs): void {
  refuse(backupScheduleProblems(resource, args));
}

/** What is allowed and ought to be known, as sentences. The arguments must have passed validation. */
export function backupScheduleWarnings(args: BackupScheduleArgs): string[] {
  const schedule = resolveBackupSchedule(args);
  const written = [
    ...[...schedule.full, ...schedule.incremental].map(entry => ({ path: `schedules.${entry.name}`, entry })),
    ...schedule.dumps.map(entry => ({ path: `dumps.${entry.name}`, entry })),
  ];
  const texts = written.flatMap(({ path, entry }) =>
    scheduleProblems(entry.schedule)
      .filter(({ severity }) => severity === Severity.Warning)
      .map(({ problem, remedy }) => `${path}.schedule = "${entry.schedule}" ${problem} ${remedy}`),
  );
  const drills = drillWarnings(args.drill ?? {});
  return [
    ...texts,
    ...drills,
    ...zoneWarnings(schedule),
    ...baseWarnings(schedule),
    ...coverageWarnings(schedule),
  ];
}

function zoneWarnings({ full, timeZone }: ResolvedBackupSchedule): string[] {
  if (isUtc(timeZone) || full.length === 0) return [];
  const names = full.map(({ name }) => `schedules.${name}`).join(", ");
  return [
    `timeZone = "${timeZone}" is not that of ${names}: CloudNativePG takes full backups and counts in UTC.`,
  ];
}

function baseWarnings(schedule: ResolvedBackupSchedule): string[] {
  if (schedule.full.some(isBase) || schedule.incremental.length === 0) return [];
  return [
    'schedules has incremental backups without a full one: nothing can be restored before a base backup is taken. Add { type: "full" }.',
  ];
}

/**
 * What is wrong with the instance for this schedule.
 * @throws ArgumentError
 */
export function checkReference(
  resource: string,
  schedule: ResolvedBackupSchedule,
  reference: InstanceReference,
): InstanceReference {
  refuse(referenceProblems(resource, schedule, reference));
  return reference;
}

export function referenceProblems(
  resource: string,
  schedule: ResolvedBackupSchedule,
  reference: InstanceReference,
): ArgumentProblem[] {
  const { problems, report } = reporter(component, resource);
  if (schedule.needsStore && reference.store === undefined)
    report(
      "instance",
      reference.name,
      "does not archive, so there is nothing to take backups to.",
      "Give the PostgresInstance backup: { store: store.reference } of a BackupStore, or ask only for dumps with a volume and schedules: {}.",
    );
  checkNames(schedule, reference, report);
  return problems;
}

function checkNames(schedule: ResolvedBackupSchedule, reference: InstanceReference, report: Report): void {
  const names = backupScheduleNames(reference, schedule);
  const check = (path: string, made: string | undefined, most: number): void => {
    if (made === undefined || made.length <= most) return;
    const problem = `makes the name "${made}", which is longer than ${most} characters.`;
    report(path, path.split(".").at(-1), problem, `Shorten it by ${made.length - most}.`);
  };
  for (const { name: entry, args } of schedule.full)
    if (args.method === BackupMethod.volumeSnapshot)
      check(`schedules.${entry}`, names.scheduledBackups[entry], maxSnapshotScheduleName);
  for (const { name: entry } of schedule.incremental)
    check(`schedules.${entry}`, names.incremental[entry], maxCronJobName);
  for (const { name: entry } of schedule.dumps) check(`dumps.${entry}`, names.dumps[entry], maxCronJobName);
}

function checkEntryName(path: string, name: string, report: Report): void {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > maxEntryLength)
    report(
      path,
      name,
      `is not a DNS label of at most ${maxEntryLength} characters.`,
      "Use lower case letters, digits and hyphens, with a letter or digit at both ends.",
    );
  else if (path.startsWith("schedules.") && (reservedEndings.includes(name) || name.startsWith("dump-")))
    report(path, name, "is the name of something else that belongs to the instance.", "Choose another one.");
}

function checkEntry(path: string, entry: ScheduledBackupArgs, report: Report): void {
  const type = typeOf(entry);
  if (type === BackupType.Logical) {
    report(
      `${path}.type`,
      type,
      "is a dump.",
      `Write it as an entry of dumps, for example dumps: { nightly: {} }.`,
    );
    return;
  }
  checkChoice(`${path}.type`, entry.type, BackupType, report);
  checkChoice(`${path}.method`, entry.method, BackupMethod, report);
  checkChoice(`${path}.target`, entry.target, BackupTarget, report);
  if (type === BackupType.Incremental) checkIncremental(path, entry, report);
  else checkFull(path, entry, report);
}

function checkFull(path: string, entry: ScheduledBackupArgs, report: Report): void {
  checkSchedule(`${path}.schedule`, entry.schedule, report);
  const { timeZone, snapshot } = entry;
  if (timeZone !== undefined && !isUtc(timeZone))
    report(
      `${path}.timeZone`,
      timeZone,
      "cannot be kept: CloudNativePG starts full backups and counts in UTC, and where clocks change no hour in UTC is the same all year.",
      "Leave it out and write the hours in UTC.",
    );
  if (snapshot !== undefined)
    report(
      `${path}.snapshot`,
      snapshot,
      "is for incremental backups.",
      `Set ${path}.method: "${BackupMethod.volumeSnapshot}" in an entry of its own for snapshots by the clock.`,
    );
}

function checkIncremental(path: string, entry: ScheduledBackupArgs, report: Report): void {
  checkCronJob(path, entry, report);
  for (const member of ["immediate", "method", "target"] as const) {
    if (entry[member] === undefined || entry[member] === false) continue;
    const problem = "is for full backups; an incremental one ends the WAL segment of the primary.";
    report(`${path}.${member}`, entry[member], problem, "Leave it out.");
  }
}

function checkCronJob(
  path: string,
  { schedule, timeZone }: Pick<ScheduledBackupArgs, "schedule" | "timeZone">,
  report: Report,
): void {
  if (timeZone !== undefined) checkTimeZone(`${path}.timeZone`, timeZone, report);
  if (!checkSchedule(`${path}.schedule`, schedule, report) || schedule === undefined) return;
  const problem = cronJobProblem(schedule);
  if (problem !== undefined) report(`${path}.schedule`, schedule, problem.problem, problem.remedy);
}

/** @returns whether nothing is wrong with it */
function checkSchedule(path: string, schedule: string | undefined, report: Report): boolean {
  if (schedule === undefined) return true;
  const refused = scheduleProblems(schedule).filter(({ severity }) => severity === Severity.Refused);
  for (const { problem, remedy } of refused) report(path, schedule, problem, remedy);
  return refused.length === 0;
}

function checkTimeZone(path: string, timeZone: string, report: Report): void {
  const problem = timeZoneProblem(timeZone);
  if (problem !== undefined) report(path, timeZone, problem.problem, problem.remedy);
}

function checkRetention({ retention }: BackupScheduleArgs, report: Report): void {
  const { recoveryWindowDays, ...tiers } = { ...retention } as { recoveryWindowDays?: unknown };
  if (recoveryWindowDays !== undefined)
    report(
      "retention.recoveryWindowDays",
      recoveryWindowDays,
      "belongs to the store, whose sidecars carry it out.",
      "Set recoveryWindowDays of the BackupStore.",
    );
  for (const { argument, value, problem, remedy } of policyProblems(tiers))
    report(`retention.${argument}`, value, problem, remedy);
}

/** The zones in which every clock shows UTC. */
function isUtc(timeZone: string): boolean {
  return [defaultTimeZone, "UTC", "GMT", "Etc/GMT", "Etc/UCT", "Etc/Zulu", "Zulu"].includes(timeZone);
}
