import type { InstanceStatus, StatusBackup } from "../../operations/status";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { extentOf } from "../../failover/suspension";
import { HealthCheckName } from "../../health/checks";
import type { ListedReplicas } from "../../operations/replicas";
import { bytesText, durationText, filled, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";
import { runLines } from "./backup-list";

/** Whose status. */
export interface StatusRequest extends Target {
  instance: string;
  /** Whether a problem is a failure. */
  failOnProblem: boolean;
}

/** How an instance and its backups are, and what to do about what is wrong. */
export async function status(
  { instance, namespace, context, failOnProblem }: StatusRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const read = await inCluster(`Asking ${namespace}/${instance}`, { context }, surroundings, async around => {
    const { getStatus } = await import("../../operations/status.js");
    return getStatus({ namespace, instance }, around);
  });
  const isFailure = failOnProblem && read.problems.length > 0;
  return {
    exitCode: isFailure ? ExitCode.Failed : ExitCode.Done,
    text: textOf(read, layout).join("\n"),
    json: read,
  };
}

function textOf(read: InstanceStatus, layout: Layout): string[] {
  const { namespace, instance, cluster, state, health, asOf, problems, nextRuns } = read;
  return [
    `${emphasised(`${namespace}/${instance}`, "bold", layout)} (Cluster ${cluster}): ${state}, ${health}, as of ${timeText(asOf)}`,
    "",
    ...pairs(
      filled([
        ...serverRows(read),
        ...healthRows(read),
        ...failoverRows(read),
        ...archiveRows(read),
        ...backupRows(read),
      ]),
      layout,
    ),
    ...runLines(nextRuns, layout),
    "",
    ...(problems.length === 0
      ? [emphasised("No problems.", "green", layout)]
      : problems.flatMap(({ problem, remedy }, i) => [
          ...(i === 0 ? [] : [""]),
          ...prose(`${emphasised("problem", "red", layout)}  ${problem}`, "", layout),
          ...prose(`→ ${remedy}`, "", layout),
        ])),
  ];
}

function serverRows({
  phase,
  phaseReason,
  primary,
  ready,
  instances,
  hibernated,
}: InstanceStatus): [string, string | undefined][] {
  return [
    ["phase", phaseReason === undefined ? phase : `${phase}: ${phaseReason}`],
    ["servers", hibernated ? "hibernated" : `${ready} of ${instances} ready`],
    ["primary", hibernated ? undefined : primary],
  ];
}

/** The five questions, in the words of their names. */
const checkTitles: [HealthCheckName, string][] = [
  [HealthCheckName.Connectivity, "connection"],
  [HealthCheckName.QueryResponsive, "query"],
  [HealthCheckName.ReplicationHealthy, "replication"],
  [HealthCheckName.DiskSpaceOk, "disk space"],
  [HealthCheckName.CustomCheckOk, "custom check"],
];

function healthRows({ healthChecks, replication }: InstanceStatus): [string, string | undefined][] {
  if (healthChecks === undefined) return [];
  const checks = checkTitles.map(([name, title]) => `${title} ${healthChecks[name] ? "ok" : "not ok"}`);
  const fullest = [...healthChecks.disks].sort((a, b) => b.usedPercent - a.usedPercent)[0];
  return [
    ["health", checks.join(", ")],
    ["standbys", replication === undefined ? undefined : standbysText(replication)],
    [
      "fullest volume",
      fullest === undefined ? undefined : `${fullest.mount} of ${fullest.pod}, ${fullest.usedPercent} %`,
    ],
  ];
}

function standbysText({ replicas }: ListedReplicas): string | undefined {
  if (replicas.length === 0) return undefined;
  return replicas
    .map(
      ({ id, state, lagBytes }) =>
        `${id} ${state}${lagBytes === undefined ? "" : `, ${bytesText(lagBytes)} behind`}`,
    )
    .join("; ");
}

function failoverRows({ suspension, lastFailover }: InstanceStatus): [string, string | undefined][] {
  const { maintenance, coolDown } = suspension ?? {};
  return [
    [
      "maintenance",
      maintenance && `failover is held back since ${maintenance.since}, ${extentOf(maintenance)}`,
    ],
    ["cool-down", coolDown && `failover is held back until ${coolDown.until}`],
    [
      "last failover",
      lastFailover &&
        `${lastFailover.oldPrimaryId} to ${lastFailover.newPrimaryId ?? "nobody"}, ${lastFailover.mode}, ${lastFailover.origin}, ` +
          `${lastFailover.state} ${timeText(lastFailover.completedAt ?? lastFailover.startedAt)}`,
    ],
  ];
}

function archiveRows({
  archive,
  archiver,
  archiverUnread,
  window,
  conditions,
}: InstanceStatus): [string, string | undefined][] {
  const condition = conditions.find(({ type }) => type === "ContinuousArchiving");
  const { lastArchived, waiting = 0 } = archiver ?? {};
  return [
    ["archive", archive ?? "none"],
    [
      "archiving",
      condition === undefined
        ? undefined
        : `${condition.status === "True" ? "works" : "fails"} since ${timeText(condition.since)}`,
    ],
    [
      "last archived",
      lastArchived === undefined ? undefined : `${lastArchived.wal} at ${timeText(lastArchived.at)}`,
    ],
    ["waiting", waiting === 0 ? undefined : String(waiting)],
    ["archiver", archiverUnread === undefined ? undefined : `could not be asked: ${archiverUnread}`],
    [
      "recoverable",
      window?.firstRecoverabilityPoint === undefined
        ? undefined
        : `from ${timeText(window.firstRecoverabilityPoint)}`,
    ],
  ];
}

function backupRows({ lastFull, lastSnapshot, lastDrill }: InstanceStatus): [string, string | undefined][] {
  const drill =
    lastDrill === undefined
      ? undefined
      : `${lastDrill.outcome} at ${timeText(lastDrill.finishedAt)}` +
        (lastDrill.rtoSeconds === undefined ? "" : `, ready in ${durationText(lastDrill.rtoSeconds)}`);
  return [
    ["last base backup", lastFull === undefined ? "none" : backupText(lastFull)],
    ["last snapshot", lastSnapshot === undefined ? undefined : backupText(lastSnapshot)],
    ["last drill", drill],
  ];
}

function backupText({ name, phase, created, begin, seconds, check }: StatusBackup): string {
  const took = seconds === undefined ? "" : ` in ${durationText(seconds)}`;
  const judged = check === undefined ? "" : check.good ? ", checked" : ", damaged";
  return `${name}, ${phase}${took}, begun ${timeText(begin ?? created)}${judged}`;
}
