import type { Manifest } from "../../../src/cnpg";
import { instanceLabels, labels, ownAnnotations } from "../../../src/cnpg";
import type { ExecuteResult } from "../../../src/operations/execute";
import { kinds } from "../../../src/operations/kubernetes";
import { healthyCluster, namespace, ready } from "./backup-fixtures";
import type { FakeApi } from "./fakes";

/** Name of a server of `orders-g1`. */
export const server = (serial: number): string => `orders-g1-${serial}`;

/** What is different from three servers that are well, the first of them the primary. */
export interface ReplicatedChange {
  metadata?: object;
  spec?: object;
  status?: object;
  facts?: object;
}

/** A Cluster with three servers. */
export function replicatedCluster({ metadata, spec, status }: ReplicatedChange = {}): Manifest {
  const cluster = healthyCluster();
  const names = [1, 2, 3].map(server);
  return {
    ...cluster,
    metadata: {
      ...cluster.metadata,
      resourceVersion: "1",
      annotations: { [ownAnnotations.failoverPolicy]: "{}" },
      ...metadata,
    },
    spec: { instances: 3, ...spec },
    status: {
      phase: "Cluster in healthy state",
      instances: 3,
      readyInstances: 3,
      instanceNames: names,
      instancesStatus: { healthy: names },
      currentPrimary: server(1),
      targetPrimary: server(1),
      currentPrimaryTimestamp: "2026-01-01T00:00:00.000000Z",
      timelineID: 1,
      conditions: [ready],
      ...status,
    },
  };
}

/** Instance `orders` with three servers, its pods and the ConfigMaps of its failovers. */
export function addReplicated(api: FakeApi, change: ReplicatedChange = {}): void {
  const facts = {
    ...{ major: 18, instances: 3, database: "app", owner: "app", hibernated: false },
    ...change.facts,
  };
  api.add(kinds.service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "orders", namespace, annotations: { [ownAnnotations.facts]: JSON.stringify(facts) } },
    spec: { selector: { [labels.cluster]: "orders-g1" } },
  });
  api.add(kinds.cluster, replicatedCluster(change));
  for (const serial of [1, 2, 3]) api.add(kinds.pod, serverPod(serial));
  for (const name of ["orders-failovers", "orders-failover-metric"]) {
    const metadata = { name, namespace, labels: instanceLabels("orders") };
    api.add(kinds.configMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} });
  }
}

/** A pod of a server. */
export function serverPod(serial: number, isReady = true, more: object = {}): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: server(serial),
      namespace,
      uid: `uid-${serial}`,
      labels: {
        [labels.cluster]: "orders-g1",
        [labels.podRole]: "instance",
        [labels.instanceRole]: serial === 1 ? "primary" : "replica",
      },
      annotations: { "cnpg.io/nodeSerial": String(serial) },
      ...more,
    },
    spec: { nodeName: "node-a" },
    status: { phase: "Running", conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
  };
}

const follower = (serial: number, more: object = {}): Record<string, unknown> => ({
  ...{ lsn: "0/6000100", timeline: 1, application_name: server(serial), client_addr: `10.0.0.${serial}` },
  ...{ state: "streaming", sync_state: "async", flush_lsn: "0/6000100", replay_lsn: "0/6000100" },
  ...{ flush_lag_ms: null, replay_lag_ms: null },
  ...more,
});

/** Answers of a primary whose two standbys have everything. @param more what else there is */
export function askedServers(...more: Record<string, unknown>[]) {
  return async (_namespace: string, pod: string, query: string): Promise<Record<string, unknown>[]> => {
    if (query.includes("pg_stat_replication")) {
      if (pod !== server(1)) throw new Error(`${pod} is no primary`);
      return [follower(2), follower(3), ...more.map(change => follower(9, change))];
    }
    if (query.includes("pg_stat_archiver")) return [];
    return [{ received: "0/6000100", replayed: "0/6000100", connected: true }];
  };
}

/** Commands in the pods of an instance that is well. @param answers in place of that, by a word of the command */
export function wellExecute(answers: Record<string, Partial<ExecuteResult> | Error> = {}) {
  const asked: string[][] = [];
  const execute = async (
    _namespace: string,
    pod: string,
    _container: string,
    command: readonly string[],
  ): Promise<ExecuteResult> => {
    asked.push([pod, ...command]);
    const words = command.join(" ");
    const other = Object.entries(answers).find(([word]) => words.includes(word))?.[1];
    if (other instanceof Error) throw other;
    const stdout = words.includes("df -P")
      ? "/dev/loop1  1000000  200000  800000  20% /var/lib/postgresql/data\n"
      : "t\n";
    return { exitCode: 0, stdout, stderr: "", ...other };
  };
  return { execute, asked };
}
