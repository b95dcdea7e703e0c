import type { RestorePlan } from "./plan";
import type { RestoreSource } from "./source-args";

/** What a plan says of a generation. */
export interface PlannedGeneration {
  restoredFrom?: RestoreSource;
  /** Name of the archive it writes, where that is not the name of its Cluster. */
  archive?: string;
}

/** What a plan says to `PostgresInstance`, for a new generation of the same instance. */
export interface GenerationArguments {
  generations: Record<string, PlannedGeneration>;
  activeGeneration: string;
}

/** What a plan says to a new `PostgresInstance`. */
export interface NewInstanceArguments {
  restore: RestoreSource;
}

/** Exactly what was planned: the base backup by name, whatever is archived in the meantime. */
export function plannedSource(
  plan: RestorePlan,
  origin: { generation: string } | { archive: string },
): RestoreSource {
  return { ...origin, backupId: plan.backup.id, target: plan.target };
}

/**
 * Arguments that restore into the existing instance.
 * @param existing generations there are; what they say of themselves stays in the program
 */
export function generationArguments(
  existing: readonly string[],
  next: string,
  own: PlannedGeneration,
): GenerationArguments {
  const others = [...existing].sort((one, other) => Number(one) - Number(other)).map(number => [number, {}]);
  return {
    generations: {
      ...(Object.fromEntries(others) as Record<string, object>),
      [next]: own,
    },
    activeGeneration: next,
  };
}

/** The number after the greatest one. */
export function nextGeneration(existing: readonly string[]): string {
  return String(Math.max(0, ...existing.map(Number)) + 1);
}

/** The arguments as they stand in a program. */
export function typeScriptArguments(value: object): string {
  return render(value, "");
}

function render(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  if (entries.length === 0) return "{}";
  const flat = `{ ${entries.map(([key, member]) => `${keyOf(key)}: ${render(member, "")}`).join(", ")} }`;
  if (!flat.includes("\n") && indent.length + flat.length <= widestLine && !isNested(entries)) return flat;
  const deeper = `${indent}  `;
  const lines = entries.map(([key, member]) => `${deeper}${keyOf(key)}: ${render(member, deeper)},`);
  return ["{", ...lines, `${indent}}`].join("\n");
}

/** Columns of a line with several members. */
const widestLine = 80;

function isNested(entries: [string, unknown][]): boolean {
  return entries.some(
    ([, member]) =>
      typeof member === "object" &&
      member !== null &&
      Object.values(member).some(inner => typeof inner === "object"),
  );
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
