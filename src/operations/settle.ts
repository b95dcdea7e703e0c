import type { ClusterObject } from "../cnpg/cluster";
import { labels, PodRole } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import type { ResourceRequirements } from "../cnpg/pod";
import { ClusterPhase } from "../cnpg/phases";
import { parseNano } from "../quantity";
import { kinds } from "./kubernetes";
import type { Operation, OperationContext, RequestReader } from "./operation";
import { query, readAuthority } from "./postgres";
import { equalSetting, type SettingRow } from "./settings";
import { describeError, type Look, waitUntil } from "./waiting";

/** Request of `settle`. */
export interface SettleRequest {
  namespace: string;
  /** Name of the Cluster. */
  cluster: string;
  /** Image every pod must run. */
  image?: string;
  /** Number of instances asked for. */
  instances: number;
  /** `serving`: the primary and, with more than one instance, one standby are as asked; `complete`: all are and nothing goes on. */
  waitFor: "serving" | "complete";
  /** A person restarts the primary: it counts as done once the operator waits for that person. */
  supervised: boolean;
  /** Resources of the PostgreSQL container; members left out are not looked at. */
  resources?: ResourceRequirements;
  /** Server parameters that must hold. */
  parameters: Record<string, string>;
  /** Database to connect to. */
  database: string;
  /** File with the certificate authority. */
  caFile: string;
  timeoutSeconds: number;
}

/** What one pod's server answered. */
export interface PodSettings {
  /** Rows for the requested parameters; absent ones are unknown to the server or hidden from the asking role. */
  rows: SettingRow[];
  /** Any parameters that wait for a restart. */
  pendingRestart: string[];
}

/** By pod name: settings, or why the server could not be asked. */
export type SettingsByPod = ReadonlyMap<string, PodSettings | Error>;

/** A pod, as far as settling looks at it. */
export interface InstancePod extends Manifest {
  spec?: { containers?: { name: string; image?: string; resources?: ResourceRequirements }[] };
  status?: { podIP?: string; phase?: string; conditions?: { type: string; status: string }[] };
}

/** Whether everything is as asked, and if not, what is awaited. */
export interface Settled {
  settled: boolean;
  /** Empty when settled. */
  awaiting: string;
}

export const settle: Operation<SettleRequest> = {
  help: `Waits until the Cluster's status, its pods and their servers are what was asked for. The login is in PGUSER and PGPASSWORD.
Request: namespace, cluster, image, instances, waitFor ("serving" or "complete"), supervised (false), resources {requests, limits},
  parameters, database, caFile, timeoutSeconds.`,
  read: readRequest,
  async run(request, context) {
    const unseen = new Set<string>();
    const look = async (): Promise<Look<void>> => {
      const cluster = await context.api.get<ClusterManifest>(
        kinds.cluster,
        request.namespace,
        request.cluster,
      );
      const pods = await context.api.list<InstancePod>(kinds.pod, request.namespace, {
        [labels.cluster]: request.cluster,
        [labels.podRole]: PodRole.instance,
      });
      const settings = await askPods(pods.filter(isReady), request, context);
      sayUnseen(request, settings, unseen, context);
      const { settled: done, awaiting } = settled(request, cluster, pods, settings);
      return done ? { done, value: undefined } : { done: false, awaiting };
    };
    await waitUntil(look, { ...context, timeoutSeconds: request.timeoutSeconds, intervalMilliseconds: 2000 });
    context.say(`Cluster ${request.namespace}/${request.cluster} is as asked for.`);
  },
};

type ClusterManifest = ClusterObject & Manifest;

/** Whether Cluster, pods and servers are what the request asks for. Pure. */
export function settled(
  request: SettleRequest,
  cluster: ClusterObject | undefined,
  pods: readonly InstancePod[],
  settings: SettingsByPod,
): Settled {
  if (cluster === undefined) return awaiting(`Cluster ${request.cluster} to exist`);
  const present = pods.filter(pod => pod.metadata.deletionTimestamp === undefined);
  const primary = present.find(pod => pod.metadata.name === cluster.status?.currentPrimary);
  if (primary === undefined) return awaiting(withPhase("a primary", cluster));
  const lacks = (pod: InstancePod): string | undefined =>
    podLacks(request, pod, settings.get(pod.metadata.name ?? ""));
  const standbys = present.filter(pod => pod !== primary).map(lacks);
  if (request.supervised && cluster.status?.phase === ClusterPhase.waitingForUser) {
    const lacking = standbys.find(lack => lack !== undefined);
    return lacking === undefined ? { settled: true, awaiting: "" } : awaiting(withPhase(lacking, cluster));
  }
  const primaryLacks = lacks(primary);
  if (primaryLacks !== undefined) return awaiting(withPhase(primaryLacks, cluster));
  return request.waitFor === "serving"
    ? servingSettled(request, cluster, standbys)
    : completeSettled(request, cluster, pods, standbys);
}

function servingSettled(
  request: SettleRequest,
  cluster: ClusterObject,
  standbys: (string | undefined)[],
): Settled {
  if (request.instances === 1 || standbys.includes(undefined)) return { settled: true, awaiting: "" };
  return awaiting(withPhase(standbys[0] ?? "a standby", cluster));
}

function completeSettled(
  request: SettleRequest,
  cluster: ClusterObject,
  pods: readonly InstancePod[],
  standbys: (string | undefined)[],
): Settled {
  const lacking = standbys.find(lack => lack !== undefined);
  if (lacking !== undefined) return awaiting(withPhase(lacking, cluster));
  const going = pods.find(pod => pod.metadata.deletionTimestamp !== undefined);
  if (going !== undefined) return awaiting(withPhase(`${going.metadata.name} to go`, cluster));
  if (pods.length !== request.instances) {
    return awaiting(withPhase(`${request.instances} pods instead of ${pods.length}`, cluster));
  }
  const { status } = cluster;
  if (status?.readyInstances !== request.instances) {
    return awaiting(
      withPhase(`${request.instances} ready instances instead of ${status?.readyInstances ?? 0}`, cluster),
    );
  }
  if (status.targetPrimary !== status.currentPrimary)
    return awaiting(withPhase(`${status.targetPrimary} to become primary`, cluster));
  if (status.phase !== ClusterPhase.healthy) return awaiting(withPhase("the operator to finish", cluster));
  return { settled: true, awaiting: "" };
}

/** What a pod lacks to be as asked for; undefined when nothing. */
function podLacks(
  request: SettleRequest,
  pod: InstancePod,
  settings: PodSettings | Error | undefined,
): string | undefined {
  const name = pod.metadata.name ?? "";
  const container = pod.spec?.containers?.find(candidate => candidate.name === "postgres");
  if (request.image !== undefined && container?.image !== request.image) {
    return `${name} to run ${request.image} instead of ${container?.image ?? "nothing"}`;
  }
  const resource = resourceLacks(request.resources, container?.resources);
  if (resource !== undefined) return `${name} to have ${resource}`;
  if (!isReady(pod)) return `${name} to be ready`;
  if (settings === undefined) return `${name} to be asked for its settings`;
  if (settings instanceof Error) return `${name} to answer: ${describeError(settings)}`;
  return settingsLack(request.parameters, settings, name);
}

function resourceLacks(
  wanted: ResourceRequirements | undefined,
  found: ResourceRequirements | undefined,
): string | undefined {
  for (const part of ["requests", "limits"] as const) {
    for (const [resource, amount] of Object.entries(wanted?.[part] ?? {})) {
      const has = found?.[part]?.[resource];
      if (has === undefined || parseNano(has) !== parseNano(amount)) {
        return `${part}.${resource} ${amount} instead of ${has ?? "none"}`;
      }
    }
  }
  return undefined;
}

function settingsLack(
  parameters: Record<string, string>,
  settings: PodSettings,
  pod: string,
): string | undefined {
  for (const [name, requested] of Object.entries(parameters)) {
    const row = findRow(settings, name);
    if (row === undefined || isOverridden(row) || equalSetting(requested, row)) continue;
    return `${pod} to have ${name} = ${requested} instead of ${row.setting}${row.unit === null ? "" : ` (in ${row.unit})`}`;
  }
  if (settings.pendingRestart.length > 0)
    return `${pod} to restart for ${settings.pendingRestart.join(", ")}`;
  return undefined;
}

/** Names of parameters that cannot be judged on this pod: hidden or unknown, or set for the role or database. */
export function unjudged(parameters: Record<string, string>, settings: PodSettings): string[] {
  return Object.keys(parameters).filter(name => {
    const row = findRow(settings, name);
    return row === undefined || isOverridden(row);
  });
}

function findRow(settings: PodSettings, name: string): SettingRow | undefined {
  return settings.rows.find(row => row.name.toLowerCase() === name.toLowerCase());
}

/** ALTER ROLE and ALTER DATABASE hide the value of the configuration file from the session that asks. */
function isOverridden(row: SettingRow): boolean {
  return ["user", "database", "database user", "client", "session"].includes(row.source ?? "");
}

function isReady(pod: InstancePod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return ready === true && pod.metadata.deletionTimestamp === undefined;
}

function awaiting(what: string): Settled {
  return { settled: false, awaiting: what };
}

function withPhase(what: string, cluster: ClusterObject): string {
  const { phase, phaseReason } = cluster.status ?? {};
  if (phase === undefined || phase === ClusterPhase.healthy) return what;
  return `${what} (phase "${phase}"${phaseReason === undefined || phaseReason === "" ? "" : `: ${phaseReason}`})`;
}

const settingsQuery = `SELECT name, setting, unit, vartype, enumvals, source, pending_restart FROM pg_settings
WHERE lower(name) = ANY ($1) OR pending_restart`;

async function askPods(
  pods: InstancePod[],
  request: SettleRequest,
  context: OperationContext,
): Promise<SettingsByPod> {
  const answers = pods.map(async pod => {
    const name = pod.metadata.name ?? "";
    return [
      name,
      await askPod(pod, request, context).catch((error: unknown) => new Error(describeError(error))),
    ] as const;
  });
  return new Map(await Promise.all(answers));
}

async function askPod(
  pod: InstancePod,
  request: SettleRequest,
  context: OperationContext,
): Promise<PodSettings> {
  const hostaddr = pod.status?.podIP;
  if (hostaddr === undefined) throw new Error("the pod has no address yet");
  const endpoint = {
    host: request.cluster,
    hostaddr,
    port: 5432,
    database: request.database,
    // Certificates name the Services, not the pods.
    sslmode: "verify-ca" as const,
    ca: await readAuthority(request.caFile),
  };
  const names = Object.keys(request.parameters).map(name => name.toLowerCase());
  const rows = await query<SettingRow>(endpoint, context.env, settingsQuery, [names]);
  return { rows, pendingRestart: rows.filter(row => row.pending_restart === true).map(row => row.name) };
}

/** Says once for each parameter that it cannot be judged, so that a success does not claim more than was seen. */
function sayUnseen(
  request: SettleRequest,
  settings: SettingsByPod,
  said: Set<string>,
  context: OperationContext,
): void {
  const answers = [...settings.values()].filter(
    (answer): answer is PodSettings => !(answer instanceof Error),
  );
  for (const name of answers.flatMap(answer => unjudged(request.parameters, answer))) {
    if (said.has(name)) continue;
    said.add(name);
    context.say(
      `The value of ${name} is not visible to ${context.env.PGUSER ?? "the role"}: it is not compared.`,
    );
  }
}

function readRequest(json: RequestReader): SettleRequest {
  const resources = json.optionalObject("resources");
  return {
    namespace: json.text("namespace"),
    cluster: json.text("cluster"),
    image: json.optionalText("image"),
    instances: json.integer("instances", 1, 1000),
    waitFor: json.choice("waitFor", ["serving", "complete"]),
    supervised: json.boolean("supervised", false),
    resources: resources && { requests: resources.textMap("requests"), limits: resources.textMap("limits") },
    parameters: json.textMap("parameters"),
    database: json.text("database"),
    caFile: json.text("caFile"),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
  };
}
