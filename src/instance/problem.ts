import type { ArgumentProblem } from "../argument-error";

/** A problem that does not say yet whose it is. */
export type OwnerlessProblem = Omit<ArgumentProblem, "component" | "resource">;

/** The problem of an instance. */
export function instanceProblem(resource: string, found: OwnerlessProblem): ArgumentProblem {
  return { component: "PostgresInstance", resource, ...found };
}
