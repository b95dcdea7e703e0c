import { ClusterPhase } from "../cnpg/phases";
import {
  type DiskUse,
  type HealthChecks,
  healthChecks,
  judgeDisks,
  judgeReplication,
  readDisks,
} from "../health/checks";
import { serviceHost } from "../instance/names";
import type { Execute, ExecuteResult } from "./execute";
import type { FoundInstance } from "./instance";
import type { KubernetesApi } from "./kubernetes";
import { isReady, serverPods } from "./pods";
import type { ListedReplicas, ServerPod } from "./replicas";
import { describeError } from "./waiting";

/** What asking needs. */
export interface HealthContext {
  api: KubernetesApi;
  execute: Execute;
}

const container = "postgres";

/** Seconds after which a connection or a query counts as failed. */
const patience = 5;

/** Asks the servers of an instance the five questions, from inside their pods. */
export async function askHealth(
  found: FoundInstance,
  listed: ListedReplicas,
  { api, execute }: HealthContext,
): Promise<HealthChecks> {
  const { namespace, cluster } = found;
  const pods = await serverPods<ServerPod>(api, namespace, cluster.metadata.name ?? "");
  const run = (pod: string, ...command: string[]): Promise<ExecuteResult | Error> =>
    execute(namespace, pod, container, command).catch((error: unknown) => new Error(describeError(error)));
  const primary = cluster.status?.currentPrimary;
  const [connectivity, queryResponsive, customCheckOk, disks] = await Promise.all([
    askConnection(found, observer(pods, primary), run),
    askQuery(primary, run),
    askCustom(found, primary, run),
    askDisks(pods, run),
  ]);
  const unasked = disks.find(answer => typeof answer === "string");
  const known = disks.flatMap(answer => (typeof answer === "string" ? [] : answer));
  const room = judgeDisks(known, cluster.status?.phase === ClusterPhase.notEnoughDiskSpace);
  return healthChecks(
    {
      connectivity,
      queryResponsive,
      replicationHealthy: judgeReplication(listed),
      diskSpaceOk: room === true ? (unasked ?? true) : room,
      customCheckOk,
    },
    known,
  );
}

type Run = (pod: string, ...command: string[]) => Promise<ExecuteResult | Error>;

/** A pod from which the way of a client can be gone: that of another server where there is one. */
function observer(pods: readonly ServerPod[], primary: string | undefined): string | undefined {
  const running = pods.filter(({ status }) => status?.phase === "Running");
  const standby = running.find(pod => isReady(pod) && pod.metadata.name !== primary);
  return (standby ?? running[0])?.metadata.name;
}

async function askConnection(
  { name, namespace }: FoundInstance,
  pod: string | undefined,
  run: Run,
): Promise<true | string> {
  if (pod === undefined) return "No pod runs from which it could be tried.";
  const host = serviceHost(name, namespace);
  const answer = await run(pod, "pg_isready", "-h", host, "-p", "5432", "-t", String(patience));
  if (answer instanceof Error) return `It could not be tried from ${pod}: ${answer.message}`;
  // 0: accepts, 1: refuses, for example at the start, 2: no answer.
  return answer.exitCode === 0 ? true : `${answer.stdout.trim() || answer.stderr.trim()} (from ${pod}).`;
}

async function askQuery(primary: string | undefined, run: Run): Promise<true | string> {
  if (primary === undefined) return "There is no primary.";
  const answer = await run(primary, ...psql("postgres", "SELECT 1"));
  if (answer instanceof Error) return answer.message;
  return answer.exitCode === 0 ? true : failureOf(answer, primary);
}

async function askCustom(
  { facts }: FoundInstance,
  primary: string | undefined,
  run: Run,
): Promise<true | string> {
  const { customCheck, database, owner } = facts;
  if (customCheck === undefined) return true;
  if (primary === undefined) return "There is no primary.";
  const answer = await run(primary, ...psql(customCheck.database ?? database, customCheck.sql, owner));
  if (answer instanceof Error) return answer.message;
  if (answer.exitCode !== 0) return failureOf(answer, primary);
  const said = answer.stdout.split("\n")[0]?.split("|")[0]?.trim() ?? "";
  return said === "t" ? true : `It says ${said === "" ? "nothing" : `"${said}"`} instead of true.`;
}

function failureOf({ exitCode, stderr, stdout }: ExecuteResult, pod: string): string {
  // Exit code of timeout(1).
  if (exitCode === 124) return `${pod} did not answer within ${2 * patience} s.`;
  return `${pod} answers: ${describeError(stderr || stdout)}`;
}

/** @param role whose rights it has. @default the superuser's */
function psql(database: string, sql: string, role?: string): string[] {
  const settings = [
    `statement_timeout=${patience * 1000}`,
    "default_transaction_read_only=on",
    ...(role === undefined ? [] : [`role=${role}`]),
  ];
  return [
    "env",
    `PGCONNECT_TIMEOUT=${patience}`,
    `PGOPTIONS=${settings.map(setting => `-c ${setting.replace(/([\\ ])/g, "\\$1")}`).join(" ")}`,
    "timeout",
    String(2 * patience),
    "psql",
    ...["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql],
  ];
}

/** Where CloudNativePG mounts the volumes of a server. */
const mounts = ["/var/lib/postgresql/data", "/var/lib/postgresql/wal", "/var/lib/postgresql/tablespaces"];

/** For each pod how full its volumes are, or why that is not known. */
function askDisks(pods: readonly ServerPod[], run: Run): Promise<(DiskUse[] | string)[]> {
  const running = pods.filter(({ status }) => status?.phase === "Running");
  return Promise.all(
    running.map(async ({ metadata: { name = "" } }) => {
      // Without a mount of its own a path is left out, and one that is not there is no error.
      const script = `for m in ${mounts.join(" ")} ${mounts[2]}/*; do mountpoint -q "$m" && df -P -k "$m" | tail -n 1; done; true`;
      const answer = await run(name, "sh", "-c", script);
      if (answer instanceof Error)
        return `How full the volumes of ${name} are is not known: ${answer.message}`;
      const disks = readDisks(name, answer.stdout);
      return disks.length > 0 ? disks : `How full the volumes of ${name} are is not known: df tells nothing.`;
    }),
  );
}
