import { UsageError } from "./result";

/**
 * Parameters given as `name=value`.
 * @throws UsageError for anything else, and for a name given twice
 */
export function readAssignments(words: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const word of words) {
    const [, name, value] = /^\s*([^=\s]+)=([\s\S]*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) throw new UsageError(notAnAssignment(word));
    if (Object.keys(values).some(known => known.toLowerCase() === name.toLowerCase())) {
      throw new UsageError(`${name} is given twice.`);
    }
    values[name] = value;
  }
  return values;
}

function notAnAssignment(word: string): string {
  const example = /^[A-Za-z_][\w.$]*$/.test(word) ? `${word}=value` : "name=value";
  return `${JSON.stringify(word)} is not a parameter and its value. Write ${example}, without spaces around "=".`;
}
