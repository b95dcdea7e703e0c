import type { ArgumentProblem } from "../../argument-error";
import { nearest } from "../../nearest";
import { isPositiveQuantity } from "../../quantity";
import { cronJobArgumentProblems, scheduleWarnings } from "../../schedule/cron-job-argument";
import { wholeNumberProblem, type WholeNumbers } from "../../whole-number";
import { type DrillArgs, type DrillAssertion, DrillTarget } from "./args";

/** What is wrong with the arguments of drills; `argument` is relative to them. */
export type DrillProblem = Pick<ArgumentProblem, "argument" | "value" | "problem" | "remedy">;

const spans = {
  timeoutSeconds: { min: 60, max: 604_800, unit: "seconds" },
  history: { min: 1, max: 100, unit: "reports" },
  maxRtoSeconds: { min: 1, max: 604_800, unit: "seconds" },
  maxAgeDays: { min: 1, max: 400, unit: "days" },
} as const satisfies Partial<Record<keyof DrillArgs, WholeNumbers>>;

/** What is wrong with the arguments of drills; empty when nothing is. */
export function drillProblems(args: DrillArgs): DrillProblem[] {
  return [
    ...cronJobArgumentProblems(args),
    ...targetProblem(args),
    ...Object.entries(spans).flatMap(([argument, numbers]) => {
      const value = args[argument as keyof typeof spans];
      const found = wholeNumberProblem(value, numbers);
      return found === undefined ? [] : [{ argument, value, ...found }];
    }),
    ...quantityProblems(args),
    ...assertionProblems(args.checks?.assertions ?? []),
  ];
}

/** What is allowed and ought to be known of the schedule, as sentences. */
export function drillWarnings({ schedule }: DrillArgs): string[] {
  return scheduleWarnings("drill.schedule", schedule);
}

function targetProblem({ target }: DrillArgs): DrillProblem[] {
  const known: string[] = Object.values(DrillTarget);
  if (target === undefined || known.includes(target)) return [];
  const meant = nearest(String(target), known);
  const remedy = meant === undefined ? `Write one of ${known.join(", ")}.` : `Did you mean "${meant}"?`;
  return [{ argument: "target", value: target, problem: "is no target of a drill.", remedy }];
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
