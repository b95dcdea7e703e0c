import { createHash } from "node:crypto";
import { type CronFields, readFields, splitFields } from "./cron-field";
import { CronReader, dayRule } from "./cron-runs";
import { fieldsAt } from "./recurrence";
import { readSchedule } from "./schedule-text";

/** A schedule as it is written into objects. */
export interface ResolvedSchedule {
  /** What CloudNativePG's ScheduledBackup gets: second, minute, hour, day of the month, month, day of the week. */
  sixFields: string;
  /** What a CronJob gets, if it can mean the same: {@link cronJobProblem} says why not. */
  fiveFields?: string;
  /** Whether the minute is the one that was written; else the seed chose it. */
  explicit: boolean;
}

/**
 * What a schedule is written as. Fields stay as they are, five get second 0 in front; a minute that was left open is chosen by the seed.
 * @param text must have passed {@link scheduleProblems}
 * @param seed what the minute depends on: namespace and name of the object, so that two schedules of one instance differ too
 */
export function resolveSchedule(text: string, seed: string): ResolvedSchedule {
  const read = readSchedule(text);
  if ("problem" in read) throw new RangeError(`Schedule "${text}" ${read.problem}`);
  const explicit = read.kind === "fixed";
  const sixFields = explicit
    ? read.text
    : fieldsAt(read.recurrence, Math.floor(share(seed) * read.recurrence.length));
  const parts = splitFields(sixFields);
  if (cronJobDifference(readFields(parts) as CronFields) !== undefined) return { sixFields, explicit };
  return { sixFields, fiveFields: parts.slice(1).join(" "), explicit };
}

/** Why a CronJob would not run when a ScheduledBackup does. */
export const CronJobDifference = {
  /** It has no field for them. */
  Seconds: "seconds",
  /** It takes either day where CloudNativePG wants both. */
  Days: "days",
} as const;
export type CronJobDifference = (typeof CronJobDifference)[keyof typeof CronJobDifference];

export function cronJobDifference(fields: CronFields): CronJobDifference | undefined {
  if (fields.second.values.join() !== "0") return CronJobDifference.Seconds;
  const same = dayRule(fields, CronReader.ScheduledBackup) === dayRule(fields, CronReader.CronJob);
  return same ? undefined : CronJobDifference.Days;
}

/** A number from 0 to 1, 1 excluded, evenly distributed over seeds. */
function share(seed: string): number {
  return createHash("sha256").update(seed).digest().readUIntBE(0, 6) / 2 ** 48;
}
