import { Severity } from "../parameters/finding";
import { cronJobProblem, scheduleProblems } from "./problems";
import { timeZoneProblem } from "./time-zone";

/** When something runs by a CronJob, as arguments say it. */
export interface CronJobArguments {
  schedule?: string;
  timeZone?: string;
}

/** Something that is wrong with one of the two. */
export interface CronJobArgumentProblem {
  argument: keyof CronJobArguments;
  value: string | undefined;
  problem: string;
  remedy: string;
}

/** What is wrong with a schedule that a CronJob is to run by, and with its time zone; empty when nothing is. */
export function cronJobArgumentProblems({ schedule, timeZone }: CronJobArguments): CronJobArgumentProblem[] {
  const zone = timeZone === undefined ? undefined : timeZoneProblem(timeZone);
  const zones = zone === undefined ? [] : [{ argument: "timeZone" as const, value: timeZone, ...zone }];
  if (schedule === undefined) return zones;
  const refused = scheduleProblems(schedule).find(({ severity }) => severity === Severity.Refused);
  const found = refused ?? cronJobProblem(schedule);
  if (found === undefined) return zones;
  const { problem, remedy } = found;
  return [{ argument: "schedule", value: schedule, problem, remedy }, ...zones];
}

/**
 * What may not be meant by a schedule, as sentences.
 * @param path of the argument. @example "drill.schedule"
 */
export function scheduleWarnings(path: string, schedule: string | undefined): string[] {
  if (schedule === undefined) return [];
  return scheduleProblems(schedule)
    .filter(({ severity }) => severity === Severity.Warning)
    .map(({ problem, remedy }) => `${path} "${schedule}" ${problem} ${remedy}`);
}
