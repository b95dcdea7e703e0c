import { followerSensitive } from "../parameters/change-plan";
import type { ReplicaRequirements } from "./follow-args";

/** Parameters by which a source bounds who may follow it, besides those that must not be lower. */
const bounds = ["wal_level", "max_replication_slots"];

/** What those must at least have that follow a server with this volume and these parameters. */
export function requirementsOf(storage: string, parameters: Record<string, string>): ReplicaRequirements {
  const named = [...followerSensitive, ...bounds].flatMap(name => {
    const value = parameters[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { storage, parameters: Object.fromEntries(named) };
}
