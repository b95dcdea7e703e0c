import { type Standby, StandbyState } from "../standby/standby";

/** The five questions whether an instance is well. */
export const HealthCheckName = {
  /** Clients can connect to the primary through the Service. */
  Connectivity: "connectivity",
  /** The primary answers a query in time. */
  QueryResponsive: "queryResponsive",
  /** Every standby follows the primary within the limit; true without standbys. */
  ReplicationHealthy: "replicationHealthy",
  /** No volume is about to be full. */
  DiskSpaceOk: "diskSpaceOk",
  /** The query that was named in the arguments says so; true without one. */
  CustomCheckOk: "customCheckOk",
} as const;
export type HealthCheckName = (typeof HealthCheckName)[keyof typeof HealthCheckName];

/** How full a volume is. */
export interface DiskUse {
  /** Name of the pod. */
  pod: string;
  /** Where it is mounted. */
  mount: string;
  /** Of 100. */
  usedPercent: number;
  sizeBytes: number;
}

/** The answers. A question that could not be asked is answered with false, and the reason says so. */
export interface HealthChecks extends Record<HealthCheckName, boolean> {
  /** Why, for each that is false. */
  reasons: Partial<Record<HealthCheckName, string>>;
  disks: DiskUse[];
}

/** Share of a volume above which it counts as nearly full. */
export const diskLimitPercent = 90;

/** What each question came to: true, or why not. */
export type HealthAnswers = Record<HealthCheckName, true | string>;

/** The answers as booleans and reasons. */
export function healthChecks(answers: HealthAnswers, disks: DiskUse[]): HealthChecks {
  const names = Object.values(HealthCheckName);
  const values = Object.fromEntries(names.map(name => [name, answers[name] === true])) as Record<
    HealthCheckName,
    boolean
  >;
  const reasons = Object.fromEntries(
    names.flatMap(name => (answers[name] === true ? [] : [[name, answers[name]]])),
  ) as HealthChecks["reasons"];
  return { ...values, reasons, disks };
}

/** How the servers of an instance follow each other. */
export interface ReplicationFacts {
  /** Servers that are asked for, with the primary. */
  instances: number;
  replicas: readonly Standby[];
  /** Why the primary could not be asked. */
  primaryUnread?: string;
}

/** Whether every standby follows. */
export function judgeReplication({ instances, replicas, primaryUnread }: ReplicationFacts): true | string {
  if (instances === 1) return true;
  if (primaryUnread !== undefined) return `The primary could not be asked: ${primaryUnread}`;
  const missing = instances - 1 - replicas.length;
  const wrong = replicas
    .filter(({ state, eligible }) => state !== StandbyState.Streaming || !eligible)
    .map(({ id, reason }) => `${id}: ${reason}`);
  if (missing > 0) wrong.push(`${missing} of ${instances - 1} standbys do not exist yet`);
  return wrong.length === 0 ? true : `${wrong.join("; ")}.`;
}

/** Whether there is room. @param phaseFull whether the operator has found a volume full */
export function judgeDisks(disks: readonly DiskUse[], phaseFull: boolean): true | string {
  if (phaseFull) return "CloudNativePG has found a volume full, and has stopped the server.";
  const full = disks.filter(({ usedPercent }) => usedPercent > diskLimitPercent);
  if (full.length === 0) return true;
  return `${full.map(({ pod, mount, usedPercent }) => `${mount} of ${pod} is ${usedPercent} % full`).join("; ")}.`;
}

/**
 * Reads what `df -P -k` prints.
 * @param pod where it was run
 */
export function readDisks(pod: string, output: string): DiskUse[] {
  return output.split("\n").flatMap(line => {
    const [, kib, used, available, , mount] =
      /^\S.*?\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)%\s+(\/.*)$/.exec(line) ?? [];
    if (kib === undefined || mount === undefined) return [];
    // What is reserved for the superuser of the system is not there for PostgreSQL.
    const usable = Number(used) + Number(available);
    const usedPercent = usable === 0 ? 100 : Math.ceil((Number(used) / usable) * 100);
    return [{ pod, mount, usedPercent, sizeBytes: Number(kib) * 1024 }];
  });
}
