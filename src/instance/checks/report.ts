import { nearest } from "../../nearest";

/** Takes down one problem: the path of the argument, its value, what is wrong and what to do. */
export type Report = (argument: string, value: unknown, problem: string, remedy?: string) => void;

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
