import type { ArgumentProblem } from "../argument-error";
import { nearest } from "../nearest";
import { cronJobArgumentProblems, scheduleWarnings } from "../schedule/cron-job-argument";
import { wholeNumberProblem, type WholeNumbers } from "../whole-number";
import { type RehearsalArgs, RehearsalEndpoint, RehearsalKind, type RehearsalLimits } from "./args";

/** What is wrong with the arguments of rehearsals; `argument` is relative to them. */
export type RehearsalProblem = Pick<ArgumentProblem, "argument" | "value" | "problem" | "remedy">;

/** What rehearsals need to know of the instance. */
export interface RehearsedInstance {
  /** Number of PostgreSQL instances. */
  instances: number;
  /** Whether there is a connection pooler. */
  hasPooler: boolean;
}

const milliseconds = { min: 1, max: 3_600_000, unit: "milliseconds" };

const numbers = {
  intervalMs: { min: 1, max: 1000, unit: "milliseconds" },
  settleSeconds: { min: 1, max: 600, unit: "seconds" },
  timeoutSeconds: { min: 60, max: 3600, unit: "seconds" },
  history: { min: 1, max: 100, unit: "reports" },
  maxAgeDays: { min: 1, max: 400, unit: "days" },
} as const satisfies Partial<Record<keyof RehearsalArgs, WholeNumbers>>;

const limitNumbers = {
  maxWriteGapMs: milliseconds,
  maxReadGapMs: milliseconds,
  maxFailedStatements: { min: 0, max: 1_000_000, unit: "writes" },
  maxLostWrites: { min: 0, max: 1_000_000, unit: "writes" },
} as const satisfies Record<keyof RehearsalLimits, WholeNumbers>;

/** What is wrong with the arguments of rehearsals; empty when nothing is. */
export function rehearsalProblems(args: RehearsalArgs, instance: RehearsedInstance): RehearsalProblem[] {
  const { limits = {} } = args;
  return [
    ...cronJobArgumentProblems(args),
    ...choiceProblems("kind", args.kind, RehearsalKind, "is no kind of rehearsal."),
    ...choiceProblems("via", args.via, RehearsalEndpoint, "is no endpoint that is written through."),
    ...instanceProblems(args, instance),
    ...Object.entries(numbers).flatMap(([name, allowed]) =>
      numberProblems(name, args[name as keyof typeof numbers], allowed),
    ),
    ...Object.entries(limitNumbers).flatMap(([name, allowed]) =>
      numberProblems(`limits.${name}`, limits[name as keyof RehearsalLimits], allowed),
    ),
  ];
}

/** What may not be meant by the schedule, as sentences. */
export function rehearsalWarnings({ schedule }: RehearsalArgs): string[] {
  return scheduleWarnings("failover.rehearsal.schedule", schedule);
}

function choiceProblems(
  argument: string,
  value: string | undefined,
  choices: Record<string, string>,
  problem: string,
): RehearsalProblem[] {
  const known = Object.values(choices);
  if (value === undefined || known.includes(value)) return [];
  const meant = nearest(String(value), known);
  const remedy = meant === undefined ? `Write one of ${known.join(", ")}.` : `Did you mean "${meant}"?`;
  return [{ argument, value, problem, remedy }];
}

function instanceProblems({ kind, via }: RehearsalArgs, instance: RehearsedInstance): RehearsalProblem[] {
  const problems: RehearsalProblem[] = [];
  if (kind === RehearsalKind.Switchover && instance.instances < 2)
    problems.push({
      argument: "kind",
      value: kind,
      problem: "needs a standby to switch over to.",
      remedy: `Set instances to 2 or more, or rehearse "${RehearsalKind.Kill}".`,
    });
  if (via === RehearsalEndpoint.Pooler && !instance.hasPooler)
    problems.push({
      argument: "via",
      value: via,
      problem: "needs a connection pooler, and the instance has none.",
      remedy: `Give the instance the argument pooler, or write through "${RehearsalEndpoint.Primary}".`,
    });
  return problems;
}

function numberProblems(
  argument: string,
  value: number | undefined,
  allowed: WholeNumbers,
): RehearsalProblem[] {
  const found = wholeNumberProblem(value, allowed);
  return found === undefined ? [] : [{ argument, value, ...found }];
}
