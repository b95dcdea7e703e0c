/** Which whole numbers an argument takes. */
export interface WholeNumbers {
  min: number;
  max: number;
  /** What is counted. @example "seconds" */
  unit: string;
}

/** Why a value is none of them, and what to write; undefined when it is one, or is left out. */
export function wholeNumberProblem(
  value: number | undefined,
  { min, max, unit }: WholeNumbers,
): { problem: string; remedy: string } | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return undefined;
  return {
    problem: `is not a whole number of ${unit} from ${min} to ${max}.`,
    remedy: `Write a number from ${min} to ${max}.`,
  };
}
