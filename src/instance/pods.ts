import type { Rule } from "../jobs/rule";

/** Numbers beyond that of the instances: those of pods that are made while the ones they replace are still there. */
const spareNumbers = 3;

/** Numbers that are allowed for at least: a primary keeps its number when the instance is made smaller. */
const leastNumbers = 9;

/**
 * The names that the pods of a Cluster can have. CloudNativePG numbers pods and takes the lowest number that is free, so the numbers stay near
 * that of the instances.
 */
export function podNames(cluster: string, instances: number): string[] {
  const numbers = Math.max(instances + spareNumbers, leastNumbers);
  return Array.from({ length: numbers }, (_, index) => `${cluster}-${index + 1}`);
}

/** May run commands in these pods, which is as much as being the superuser of their PostgreSQL. */
export function executeRule(pods: string[]): Rule {
  // Web sockets are opened with GET, for which the API server asks for either.
  return { apiGroups: [""], resources: ["pods/exec"], verbs: ["get", "create"], resourceNames: pods };
}
