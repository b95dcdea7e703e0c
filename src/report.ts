import { ArgumentError, type ArgumentProblem } from "./argument-error";
import { nearest } from "./nearest";

/** Takes down one problem: the path of the argument, its value, what is wrong and what to do. */
export type Report = (argument: string, value: unknown, problem: string, remedy?: string) => void;

/** A list of what is wrong with the arguments of a component, and what adds to it. */
export function reporter(
  component: string,
  resource: string,
): { readonly problems: ArgumentProblem[]; readonly report: Report } {
  const problems: ArgumentProblem[] = [];
  const report: Report = (argument, value, problem, remedy) =>
    problems.push({ component, resource, argument, value, problem, remedy });
  return { problems, report };
}

/** @throws ArgumentError when there is any problem */
export function refuse(problems: ArgumentProblem[]): void {
  if (problems.length > 0) throw new ArgumentError(problems);
}

export function checkChoice(
  path: string,
  value: string | undefined,
  choices: Record<string, string>,
  report: Report,
): void {
  const allowed = Object.values(choices);
  if (value === undefined || allowed.includes(value)) return;
  const near = nearest(value, allowed);
  report(
    path,
    value,
    "is not one of the choices.",
    `Choose one of ${allowed.join(", ")}${near === undefined ? "" : `; nearest is "${near}"`}.`,
  );
}
