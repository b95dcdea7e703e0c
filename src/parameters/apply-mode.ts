import { nearest } from "../nearest";
import { readTimestamp } from "../timestamp";
import {
  defaultDurationMinutes,
  defaultTimeZone,
  type MaintenanceWindowArgs,
  nextWindows,
  type WindowProblem,
  windowProblems,
} from "./maintenance-window";

/** When changed parameters take effect that restart the servers. Those that reload always do at once. */
export const ApplyMode = {
  /** With the update that changes them. */
  Immediate: "immediate",
  /** Once, at a given time; from then on at once. */
  Scheduled: "scheduled",
  /** In the next maintenance window. */
  Window: "window",
  /** With the next update that restarts the servers for another reason. A crash or a drained node does not apply them. */
  OnNextRestart: "onNextRestart",
} as const;
export type ApplyMode = (typeof ApplyMode)[keyof typeof ApplyMode];

/** When changed parameters take effect. */
export interface ParameterChangesArgs {
  /** What restarts wait for. A change of the mode alone restarts nothing, unless something that waited becomes due. @default "immediate" */
  mode?: ApplyMode;
  /**
   * With mode `scheduled`: the time, in ISO 8601 with its offset from UTC. When it has passed, changes are due at once.
   * @example "2026-12-06T03:00:00+01:00"
   */
  at?: string;
  /** With mode `window`: when the windows are. */
  window?: MaintenanceWindowArgs;
}

/** What is wrong with the arguments; the paths are relative to them. */
export function applyModeProblems(args: ParameterChangesArgs): WindowProblem[] {
  const mode = args.mode ?? ApplyMode.Immediate;
  if (!Object.values(ApplyMode).includes(mode)) return [modeProblem(mode)];
  return [...timeProblems(mode, args.at), ...ownWindowProblems(mode, args.window)];
}

function timeProblems(mode: ApplyMode, at: string | undefined): WindowProblem[] {
  if (mode !== ApplyMode.Scheduled)
    return at === undefined ? [] : [without("at", at, ApplyMode.Scheduled, mode)];
  if (at === undefined) return [missing("at", mode, '"2026-12-06T03:00:00+01:00"')];
  if (readTimestamp(at) !== undefined) return [];
  const naked = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?$/.test(at);
  return [
    {
      argument: "at",
      value: at,
      problem: naked ? "does not say which time zone is meant." : "is not a time in ISO 8601.",
      remedy: 'Write date, time and offset from UTC, for example "2026-12-06T03:00:00+01:00".',
    },
  ];
}

function ownWindowProblems(mode: ApplyMode, window: MaintenanceWindowArgs | undefined): WindowProblem[] {
  if (mode !== ApplyMode.Window) {
    return window === undefined ? [] : [without("window", window, ApplyMode.Window, mode)];
  }
  if (window === undefined) return [missing("window", mode, '{ schedule: "0 3 * * 0" }')];
  return windowProblems(window).map(problem => ({ ...problem, argument: `window.${problem.argument}` }));
}

function modeProblem(mode: string): WindowProblem {
  const modes = Object.values(ApplyMode);
  const near = nearest(mode, modes);
  const remedy = `Choose one of ${modes.join(", ")}${near === undefined ? "" : `; nearest is "${near}"`}.`;
  return { argument: "mode", value: mode, problem: "is not one of the choices.", remedy };
}

function missing(argument: string, mode: ApplyMode, example: string): WindowProblem {
  const remedy = `Write for example ${argument}: ${example}.`;
  return { argument, value: undefined, problem: `is needed with mode "${mode}".`, remedy };
}

function without(argument: string, value: unknown, needing: ApplyMode, mode: ApplyMode): WindowProblem {
  const remedy = `Set mode: "${needing}", or leave ${argument} out.`;
  return { argument, value, problem: `has no effect with mode "${mode}".`, remedy };
}

/** Whether restarts wait for something, so that Pulumi leaves the parameters of the Cluster to the Jobs. */
export function isHeld(args: ParameterChangesArgs): boolean {
  return (args.mode ?? ApplyMode.Immediate) !== ApplyMode.Immediate;
}

/** What a decision depends on besides the arguments. */
export interface DueFacts {
  now: Date;
  /** Whether this update restarts the servers for another reason. */
  rolloutChanged: boolean;
}

/** Whether changes that restart may be applied. */
export interface DueDecision {
  due: boolean;
  /** Why, as a sentence. */
  reason: string;
  /** When they will be, if that is known and not now. */
  next?: Date;
}

/** Whether changes that restart the servers are due. The arguments must have passed {@link applyModeProblems}. */
export function due(args: ParameterChangesArgs, { now, rolloutChanged }: DueFacts): DueDecision {
  switch (args.mode ?? ApplyMode.Immediate) {
    case ApplyMode.Scheduled:
      return dueAt(args.at, now);
    case ApplyMode.Window:
      return dueInWindow(args.window, now);
    case ApplyMode.OnNextRestart:
      return rolloutChanged
        ? { due: true, reason: "This update restarts the servers anyway." }
        : { due: false, reason: "Waits for the next update that restarts the servers." };
    default:
      return { due: true, reason: "Changes take effect at once." };
  }
}

function dueAt(at: string | undefined, now: Date): DueDecision {
  const time = readTimestamp(at ?? "");
  if (time === undefined) throw new RangeError(`"${at}" is not a time in ISO 8601.`);
  return time <= now
    ? { due: true, reason: `It is past ${text(time)}.` }
    : { due: false, reason: `Waits for ${text(time)}.`, next: time };
}

function dueInWindow(window: MaintenanceWindowArgs | undefined, now: Date): DueDecision {
  if (window === undefined) throw new RangeError('Mode "window" needs a window.');
  const [first] = nextWindows(window, now, 1);
  if (first === undefined) return { due: false, reason: `"${window.schedule}" has no further window.` };
  return first.begin <= now
    ? { due: true, reason: `The maintenance window is open until ${text(first.end)}.` }
    : { due: false, reason: `Waits for the maintenance window of ${text(first.begin)}.`, next: first.begin };
}

function text(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}

/** What starts the Job that applies what is due. */
export interface CronJobSchedule {
  schedule: string;
  timeZone: string;
  /** Seconds by which a start that was missed may be late. */
  startingDeadlineSeconds: number;
}

/** A day: the time has come anyway, so the control plane may be away for an evening. */
const lateForScheduled = 86_400;

/** When a CronJob has to look for what is due; undefined when no time makes anything due. */
export function cronJobSchedule(args: ParameterChangesArgs): CronJobSchedule | undefined {
  if (args.mode === ApplyMode.Window && args.window !== undefined) {
    const { schedule, timeZone = defaultTimeZone, durationMinutes = defaultDurationMinutes } = args.window;
    return { schedule: schedule.trim(), timeZone, startingDeadlineSeconds: durationMinutes * 60 };
  }
  if (args.mode !== ApplyMode.Scheduled) return undefined;
  const time = readTimestamp(args.at ?? "");
  if (time === undefined) return undefined;
  return { schedule: onceAYear(time), timeZone: "Etc/UTC", startingDeadlineSeconds: lateForScheduled };
}

/** The first whole minute that is not before the time. It comes again every year, when nothing is left to do. */
function onceAYear(time: Date): string {
  const minute = new Date(Math.ceil(time.getTime() / 60_000) * 60_000);
  return [
    minute.getUTCMinutes(),
    minute.getUTCHours(),
    minute.getUTCDate(),
    minute.getUTCMonth() + 1,
    "*",
  ].join(" ");
}
