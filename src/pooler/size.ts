import { loadCatalogue } from "../parameters/catalogue";
import { effectiveNumber } from "../parameters/effective";

/** Connections of a server, and what of them poolers may have. */
export interface ConnectionBudget {
  /** `max_connections` of the server. */
  most: number;
  /** Kept by the server for superusers and privileged roles. */
  reserved: number;
  /** Left for those who connect directly: CloudNativePG, the Jobs of the instance, people. */
  direct: number;
}

/** Share of `max_connections` that is left for direct connections, and the least of it. */
const directShare = 0.1;
const leastDirect = 3;

/**
 * Pools of each pod: that of the application, and one with which it looks up passwords, in database `postgres`. When many clients log in at once,
 * the second grows as large as the first: PgBouncer has one size for all.
 */
const pools = 2;

/** Connections of a server with these parameters. */
export function connectionBudget(
  major: number,
  parameters: Readonly<Record<string, string>>,
): ConnectionBudget {
  const catalogue = loadCatalogue(major);
  const count = (name: string): number => effectiveNumber(catalogue, parameters, name) ?? 0;
  const most = count("max_connections");
  return {
    most,
    reserved: count("superuser_reserved_connections") + count("reserved_connections"),
    direct: Math.max(leastDirect, Math.ceil(most * directShare)),
  };
}

/** Pods that have connections at one time: while one is replaced, its successor is there already. */
export function podsAtOnce(instances: number): number {
  return instances + 1;
}

/** The largest pool that every pod may have; 0 or less when there is no room for any. */
export function largestPool({ most, reserved, direct }: ConnectionBudget, instances: number): number {
  return Math.floor((most - reserved - direct) / podsAtOnce(instances) / pools);
}

/** Most connections that the pods ask the server for. */
export function askedFor(poolSize: number, instances: number): number {
  return podsAtOnce(instances) * pools * poolSize;
}

/** The budget as a sentence. */
export function budgetText(budget: ConnectionBudget, instances: number): string {
  const { most, reserved, direct } = budget;
  return (
    `max_connections is ${most}; ${reserved} of them are reserved and ${direct} are left for direct connections, ` +
    `which leaves ${Math.max(0, most - reserved - direct)} for ${podsAtOnce(instances)} pods (one more than instances while pods are replaced), ` +
    `each with a pool for the application and one as large to look up passwords`
  );
}
