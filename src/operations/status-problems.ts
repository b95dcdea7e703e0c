import { DrillOutcome } from "../backup/drill/report";
import { causeSentence, storeProblem, storeRemedies } from "../backup/store-problem";
import { HealthStatus } from "../cnpg/state";
import { BackupPhase, ClusterCondition } from "../cnpg/phases";
import { extentOf } from "../failover/suspension";
import { HealthCheckName } from "../health/checks";
import type { StatusCondition, StatusReading } from "./status";

/** Something that is wrong with an instance. */
export interface StatusProblem {
  /** What is wrong, as a sentence. */
  problem: string;
  /** What to do, as a sentence. */
  remedy: string;
}

/** Seconds a WAL file may wait to be archived before that is told of. */
const patience = 60;

/** What is wrong with an instance and its backups, the most urgent first. */
export function statusProblems(reading: StatusReading): StatusProblem[] {
  if (reading.hibernated) return [...backupProblems(reading)];
  return [
    ...healthProblems(reading),
    ...checkProblems(reading),
    ...failoverProblems(reading),
    ...archivingProblems(reading),
    ...backupProblems(reading),
  ];
}

/** What to do about a check that is false. */
const checkRemedies: Record<HealthCheckName, (reading: StatusReading) => string> = {
  [HealthCheckName.Connectivity]: () => "Look at the primary's pod, its Service and the NetworkPolicies.",
  [HealthCheckName.QueryResponsive]: () => "Look at the log of the primary, and at its load.",
  [HealthCheckName.ReplicationHealthy]: ({ instance, namespace }) =>
    `pulumi-cnpg replica list ${instance} --namespace ${namespace} tells more; replica rebuild makes a standby anew.`,
  [HealthCheckName.DiskSpaceOk]: () =>
    "Raise storage.size or walStorage.size; look whether WAL waits to be archived or a replication slot keeps it.",
  [HealthCheckName.CustomCheckOk]: () => "It is the query of healthMonitor.customCheck.",
};

const checkSubjects: Record<HealthCheckName, string> = {
  [HealthCheckName.Connectivity]: "Clients cannot connect",
  [HealthCheckName.QueryResponsive]: "The primary does not answer queries",
  [HealthCheckName.ReplicationHealthy]: "Replication is not healthy",
  [HealthCheckName.DiskSpaceOk]: "Disk space is short",
  [HealthCheckName.CustomCheckOk]: "The custom check fails",
};

function checkProblems(reading: StatusReading): StatusProblem[] {
  const reasons = Object.entries(reading.healthChecks?.reasons ?? {}) as [HealthCheckName, string][];
  return reasons.map(([name, reason]) => ({
    problem: `${checkSubjects[name]}: ${reason}`,
    remedy: checkRemedies[name](reading),
  }));
}

function failoverProblems({ suspension, standstill, asOf }: StatusReading): StatusProblem[] {
  const problems: StatusProblem[] = [];
  if (standstill !== undefined) {
    problems.push({
      problem: `${standstill.primary} does not serve since ${standstill.at}, and is not replaced: ${standstill.reason}`,
      remedy: "Its Events say what to do: kubectl describe cluster.",
    });
  }
  const { maintenance, effective } = suspension ?? {};
  if (maintenance === undefined) return problems;
  if (effective === false) {
    problems.push({
      problem: `Failover was to be held back ${extentOf(maintenance)}, and somebody has changed spec.failoverDelay: it is not.`,
      remedy: "Begin it again: pulumi-cnpg maintenance on; or end it: pulumi-cnpg maintenance off.",
    });
  } else if (isPast(maintenance.until, asOf)) {
    problems.push({
      problem: `Failover is still held back, although the maintenance was to end at ${maintenance.until}: no watch ends it.`,
      remedy: "End it: pulumi-cnpg maintenance off.",
    });
  }
  return problems;
}

function healthProblems({ health, phase, phaseReason, ready, instances }: StatusReading): StatusProblem[] {
  if (health === HealthStatus.Healthy && ready >= instances) return [];
  const reason = phaseReason === undefined ? "" : `: ${phaseReason}`;
  return [
    {
      problem: `It is not healthy: ${ready} of ${instances} servers are ready, phase "${phase}"${reason}.`,
      remedy: "If the phase does not change by itself, look at the Events and the logs of the pods.",
    },
  ];
}

function archivingProblems(reading: StatusReading): StatusProblem[] {
  if (reading.archive === undefined) {
    return [
      {
        problem: "It does not archive, so nothing can be restored.",
        remedy: "Give it the argument backup: { store } and run pulumi up.",
      },
    ];
  }
  const condition = conditionOf(reading, ClusterCondition.continuousArchiving);
  const { archiver } = reading;
  if (condition?.status === "False" || archiver?.failing === true) return [failing(reading, condition)];
  if (archiver?.waitingSince === undefined || ageOf(archiver.waitingSince, reading) < patience) return [];
  return [
    {
      problem: `${counted(archiver.waiting, "WAL file waits", "WAL files wait")} to be archived, the oldest since ${archiver.waitingSince}, although none has failed.`,
      remedy:
        "The store may not answer, or be too slow for what is written. If the number grows, look at the log of container plugin-barman-cloud, and let the BackupStore archive more files at once.",
    },
  ];
}

function failing(reading: StatusReading, condition: StatusCondition | undefined): StatusProblem {
  const { archiver, barmanError } = reading;
  const cause = barmanError?.message ?? condition?.message ?? "no cause is known";
  const waiting =
    archiver === undefined ? "" : ` ${counted(archiver.waiting, "WAL file waits", "WAL files wait")}.`;
  const since = condition?.status === "False" ? condition.since : archiver?.lastFailed?.at;
  return {
    problem: `WAL is not archived since ${since ?? "an unknown time"}: ${causeSentence(cause)}${waiting}`,
    remedy: remedyOf(
      cause,
      "Look at the log of container plugin-barman-cloud. WAL is kept in the volume until it is archived, which can fill it.",
    ),
  };
}

function backupProblems(reading: StatusReading): StatusProblem[] {
  if (reading.archive === undefined) return [];
  const { lastFull, lastGoodFull, lastSnapshot, lastDrill, keeperFailures, barmanError } = reading;
  const problems: StatusProblem[] = [];
  if (lastGoodFull === undefined) {
    problems.push({
      problem: "There is no base backup: nothing can be restored.",
      remedy: "Take one: pulumi-cnpg backup now.",
    });
  }
  for (const backup of [lastFull, lastSnapshot]) {
    if (backup?.phase !== BackupPhase.failed) continue;
    const archives = backup === lastFull && barmanError?.program === "barman-cloud-backup";
    const cause = (archives ? barmanError?.message : undefined) ?? backup.error ?? "no cause is given";
    problems.push({
      problem: `The last ${backup === lastFull ? "base backup" : "volume snapshot"} ${backup.name} failed: ${causeSentence(cause)}`,
      remedy: remedyOf(cause, "Look at the Backup's Events and take another: pulumi-cnpg backup now."),
    });
  }
  if (lastGoodFull?.check?.good === false) {
    problems.push({
      problem: `The last base backup ${lastGoodFull.name} is damaged: ${causeSentence(lastGoodFull.check.problems.join("; "))}`,
      remedy: "Take another: pulumi-cnpg backup now.",
    });
  }
  for (const failure of keeperFailures) {
    problems.push({
      problem: `The hourly job of the backups failed: ${causeSentence(failure)}`,
      remedy: remedyOf(failure, "It tries again with its next run."),
    });
  }
  if (lastDrill?.outcome === DrillOutcome.Failed) {
    problems.push({
      problem: `The last restore drill failed at ${lastDrill.finishedAt}: ${causeSentence(lastDrill.reason ?? "no reason is given")}`,
      remedy: "See pulumi-cnpg drill history; run another when the cause is gone.",
    });
  }
  return problems;
}

function conditionOf({ conditions }: StatusReading, type: string): StatusCondition | undefined {
  return conditions.find(condition => condition.type === type);
}

function remedyOf(cause: string, otherwise: string): string {
  const problem = storeProblem(cause);
  return problem === undefined ? otherwise : storeRemedies[problem];
}

/** Seconds since a time. */
function ageOf(time: string, { asOf }: StatusReading): number {
  return (Date.parse(asOf) - Date.parse(time)) / 1000;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Whether a time is past for longer than the watch needs to notice. */
function isPast(time: string | undefined, asOf: string): boolean {
  return time !== undefined && Date.parse(asOf) - Date.parse(time) > 60_000;
}
