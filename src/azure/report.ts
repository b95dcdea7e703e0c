import type { Report } from "../report";

/** What is wrong with a value, and what to do. */
export type ValueProblem = [problem: string, remedy: string];

/** Reports what `find` finds, when the value is given and known while the program runs. */
export function checkText(
  argument: string,
  value: unknown,
  find: (text: string) => ValueProblem | undefined,
  report: Report,
): void {
  if (typeof value !== "string") return;
  const found = find(value);
  if (found !== undefined) report(argument, value, ...found);
}

/** Reports a number that is not whole or lies outside its range. */
export function checkCount(
  argument: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
  meaning: string,
  report: Report,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  const near = Number.isFinite(value) ? Math.min(most, Math.max(least, Math.round(value))) : least;
  report(
    argument,
    value,
    `is not a whole number from ${least} to ${most}, ${meaning}.`,
    `Nearest is ${near}.`,
  );
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function guidProblem(text: string): ValueProblem | undefined {
  if (guid.test(text)) return undefined;
  return ["is no id.", 'Write it as Azure shows it, "00000000-0000-0000-0000-000000000000".'];
}
