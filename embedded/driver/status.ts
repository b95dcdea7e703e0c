import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterStatus, type ClusterStatus } from "../cluster/index";
import { cacheDir } from "../paths";
import { type Command, flags, main } from "./command";
import { type ClusterAccess, openKubernetes } from "./kubernetes";
import { table } from "./report";
import { readRunRecord, runFolder, type RunRecord } from "./run-record";
import { bytes, diskUsage } from "./size";

const usage = `Shows the cluster, the stack and the instance.

  npm run status
  npm run status -- --context kind-test
  npm run --silent status -- --json

Exit codes: 0 everything runs, 1 something does not, 2 wrong usage.`;

/** What the operator says about the active generation of the instance. */
interface InstanceStatus {
  readonly cluster: string;
  readonly phase: string;
  readonly instances: number;
  readonly readyInstances: number;
}

interface Status {
  readonly cluster?: ClusterStatus;
  readonly context?: string;
  readonly stack?: RunRecord;
  /** Outputs of the last start, without secrets. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** One per generation; or why it cannot be known. */
  readonly instance: readonly InstanceStatus[] | string;
  readonly cacheBytes: number;
}

/** Longest wait for an answer of the cluster, in milliseconds. */
const patience = 5_000;

async function instanceStatus(
  access: ClusterAccess,
  outputs: Readonly<Record<string, unknown>>,
): Promise<InstanceStatus[]> {
  const kubernetes = await openKubernetes(access);
  const labelSelector = `cnpg.pulumi.com/instance=${String(outputs.instanceName)}`;
  const clusters = await kubernetes.list(
    { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", namespace: String(outputs.namespace) },
    labelSelector,
  );
  return clusters.map(({ metadata, spec, status }) => ({
    cluster: String((metadata as { name?: string } | undefined)?.name),
    phase: String((status as { phase?: string } | undefined)?.phase ?? "unknown"),
    instances: Number((spec as { instances?: number } | undefined)?.instances ?? 0),
    readyInstances: Number((status as { readyInstances?: number } | undefined)?.readyInstances ?? 0),
  }));
}

function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds).unref();
  });
  return Promise.race([work, late]);
}

async function look(context: string | undefined): Promise<Status> {
  const folder = runFolder(context);
  const stack = readRunRecord(folder);
  const outputsFile = join(folder, "outputs.json");
  const outputs = existsSync(outputsFile)
    ? (JSON.parse(readFileSync(outputsFile, "utf8")) as Record<string, unknown>)
    : undefined;
  const cluster = context === undefined ? await clusterStatus() : undefined;
  return {
    ...(cluster ? { cluster } : {}),
    ...(context === undefined ? {} : { context }),
    ...(stack ? { stack } : {}),
    ...(outputs ? { outputs } : {}),
    instance: await instance(cluster, stack, outputs),
    cacheBytes: await diskUsage(cacheDir()),
  };
}

async function instance(
  cluster: ClusterStatus | undefined,
  stack: RunRecord | undefined,
  outputs: Readonly<Record<string, unknown>> | undefined,
): Promise<readonly InstanceStatus[] | string> {
  if (cluster?.state === "stopped") return "the cluster is stopped";
  if (!stack || !outputs) return "no start has finished yet";
  try {
    return await within(instanceStatus(stack.cluster, outputs), patience);
  } catch (error) {
    return `the cluster does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const isServing = ({ instance: found }: Status): boolean =>
  typeof found !== "string" && found.some(({ readyInstances }) => readyInstances > 0);

function human(status: Status): string {
  const { stack, outputs } = status;
  const rows: [string, string][] = [
    ...clusterRows(status),
    ["Stack", stack ? `${stack.stack}, last start finished ${stack.finishedAt ?? "never"}` : "none yet"],
    ...instanceRows(status.instance),
    ...(outputs && isServing(status) ? [addressRow(outputs)] : []),
    ["Cache", `${bytes(status.cacheBytes)} in ${cacheDir()}`],
  ];
  return table(rows);
}

function clusterRows({ cluster, context }: Status): [string, string][] {
  if (!cluster) return [["Cluster", `context ${context ?? ""}`]];
  const broken =
    cluster.state === "degraded" ? cluster.components.filter(({ state }) => state !== "healthy") : [];
  return [
    ["Cluster", `${cluster.state} (embedded, kubeconfig ${cluster.kubeconfig})`],
    ...(cluster.state === "stopped" ? [] : [objectStoreRow(cluster)]),
    ...broken.map(({ name, state, log }): [string, string] => ["", `${name}: ${state}, log ${log}`]),
  ];
}

function objectStoreRow({ objectStore, components }: ClusterStatus): [string, string] {
  const azurite = components.find(({ name }) => name === "azurite");
  return [
    "Object store",
    `Azurite ${azurite?.state ?? "not running"} at ${objectStore}, log ${azurite?.log ?? ""}`,
  ];
}

function instanceRows(found: Status["instance"]): [string, string][] {
  if (typeof found === "string") return [["Instance", found]];
  if (found.length === 0) return [["Instance", "none in the cluster"]];
  return found.map(({ cluster, phase, instances, readyInstances }) => [
    "Instance",
    `${cluster}: ${phase}, ${readyInstances} of ${instances} ready`,
  ]);
}

const addressRow = ({ host, port }: Readonly<Record<string, unknown>>): [string, string] => [
  "Address",
  `${String(host)}:${String(port)} (from here: npm run connect)`,
];

const command: Command = {
  usage,
  async run(argv) {
    const { context, json = false } = flags(argv, { context: { type: "string" }, json: { type: "boolean" } });
    const status = await look(context);
    process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : human(status));
    if (!isServing(status)) process.exitCode = 1;
  },
};

if (require.main === module) void main(command);
