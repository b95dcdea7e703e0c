import type { ArgumentProblem } from "../../argument-error";
import { nearest } from "../../nearest";
import { Severity } from "../../parameters/finding";
import { isPositiveQuantity } from "../../quantity";
import { cronJobProblem, scheduleProblems } from "../../schedule/problems";
import { timeZoneProblem } from "../../schedule/time-zone";
import { type DrillArgs, type DrillAssertion, DrillTarget } from "./args";

/** What is wrong with the arguments of drills; `argument` is relative to them. */
export type DrillProblem = Pick<ArgumentProblem, "argument" | "value" | "problem" | "remedy">;

interface Span {
  min: number;
  max: number;
  unit: string;
}

const spans = {
  timeoutSeconds: { min: 60, max: 604_800, unit: "seconds" },
  history: { min: 1, max: 100, unit: "reports" },
  maxRtoSeconds: { min: 1, max: 604_800, unit: "seconds" },
  maxAgeDays: { min: 1, max: 400, unit: "days" },
} as const satisfies Partial<Record<keyof DrillArgs, Span>>;

/** What is wrong with the arguments of drills; empty when nothing is. */
export function drillProblems(args: DrillArgs): DrillProblem[] {
  return [
    ...scheduleProblem(args),
    ...targetProblem(args),
    ...Object.entries(spans).flatMap(([argument, span]) =>
      spanProblem(argument, args[argument as keyof typeof spans], span),
    ),
    ...quantityProblems(args),
    ...assertionProblems(args.checks?.assertions ?? []),
  ];
}

/** What is allowed and ought to be known of the schedule, as sentences. */
export function drillWarnings({ schedule }: DrillArgs): string[] {
  if (schedule === undefined) return [];
  return scheduleProblems(schedule)
    .filter(({ severity }) => severity === Severity.Warning)
    .map(({ problem, remedy }) => `drill.schedule "${schedule}" ${problem} ${remedy}`);
}

function scheduleProblem({ schedule, timeZone }: DrillArgs): DrillProblem[] {
  const zone = timeZone === undefined ? undefined : timeZoneProblem(timeZone);
  const zones = zone === undefined ? [] : [{ argument: "timeZone", value: timeZone, ...zone }];
  if (schedule === undefined) return zones;
  const refused = scheduleProblems(schedule).find(({ severity }) => severity === Severity.Refused);
  const found = refused ?? cronJobProblem(schedule);
  if (found === undefined) return zones;
  const { problem, remedy } = found;
  return [{ argument: "schedule", value: schedule, problem, remedy }, ...zones];
}

function targetProblem({ target }: DrillArgs): DrillProblem[] {
  const known: string[] = Object.values(DrillTarget);
  if (target === undefined || known.includes(target)) return [];
  const meant = nearest(String(target), known);
  const remedy = meant === undefined ? `Write one of ${known.join(", ")}.` : `Did you mean "${meant}"?`;
  return [{ argument: "target", value: target, problem: "is no target of a drill.", remedy }];
}

function spanProblem(argument: string, value: number | undefined, { min, max, unit }: Span): DrillProblem[] {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return [];
  const problem = `is not a whole number of ${unit} from ${min} to ${max}.`;
  return [{ argument, value, problem, remedy: `Write a number from ${min} to ${max}.` }];
}

function quantityProblems({ storage, resources }: DrillArgs): DrillProblem[] {
  const amounts: [string, string | undefined][] = [
    ["storage.size", storage?.size],
    ["resources.cpu", resources?.cpu],
    ["resources.memory", resources?.memory],
    ["resources.requests.cpu", resources?.requests?.cpu],
    ["resources.requests.memory", resources?.requests?.memory],
  ];
  return amounts
    .filter(([, value]) => value !== undefined && !isPositiveQuantity(value))
    .map(([argument, value]) => ({
      argument,
      value,
      problem: "is not a quantity greater than zero.",
      remedy: argument.endsWith("cpu") ? 'Write for example "500m".' : 'Write for example "2Gi".',
    }));
}

function assertionProblems(assertions: readonly DrillAssertion[]): DrillProblem[] {
  return assertions.flatMap(({ name, sql }, index) => {
    const at = `checks.assertions[${index}]`;
    const twice = assertions.findIndex(other => other.name === name) < index;
    return [
      ...(typeof name === "string" && name.length >= 1 && name.length <= 63
        ? []
        : [problemOf(`${at}.name`, name, "is not a text of 1 to 63 characters.", "Give it a short name.")]),
      ...(twice ? [problemOf(`${at}.name`, name, "names two assertions.", "Give each its own name.")] : []),
      ...(typeof sql === "string" && sql.trim() !== ""
        ? []
        : [problemOf(`${at}.sql`, sql, "is empty.", 'Write for example "SELECT count(*) > 0 FROM orders".')]),
    ];
  });
}

function problemOf(argument: string, value: unknown, problem: string, remedy: string): DrillProblem {
  return { argument, value, problem, remedy };
}
