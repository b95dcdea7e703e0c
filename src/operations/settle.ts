import type { ClusterObject } from "../cnpg/cluster";
import type { Manifest } from "../cnpg/object";
import type { ResourceRequirements } from "../cnpg/pod";
import { ClusterPhase } from "../cnpg/phases";
import { parseNano } from "../quantity";
import { kinds } from "./kubernetes";
import type { Operation, OperationContext, RequestReader } from "./operation";
import { query, readAuthority } from "./postgres";
import { isReady, serverPods } from "./pods";
import { equalSetting, isOverridden, type SettingRow } from "./settings";
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
  /** Some of them are held back: of those named, the values in the Cluster count. */
  held?: boolean;
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
  /** When the server last read its configuration files. */
  loadedAt?: Date;
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
  parameters, held (false: true takes their values from the Cluster), database, caFile, timeoutSeconds.`,
  read: readRequest,
  async run(request, context) {
    await waitUntilSettled(request, context);
    context.say(`Cluster ${request.namespace}/${request.cluster} is as asked for.`);
  },
};

/** A Cluster as the API server returns it. */
export type ClusterManifest = ClusterObject & Manifest;

/**
 * Seconds after a change in which a server is expected to read its configuration files; CloudNativePG takes about one. When there was
 * nothing to read, because the change was of something else, what is left of them passes.
 */
const reloadSeconds = 10;

/** What waiting can be told besides the request. */
export interface SettleOptions {
  /** When the caller itself changed the specification: the API server does not keep the time of a change that only removed. */
  changedAt?: Date;
  /** Asks a server. @default over the network, with the login of the environment */
  ask?: PodQuestion;
}

/** Of the named parameters those the Cluster has, with the values it has. */
function inCluster(request: SettleRequest, cluster: ClusterManifest | undefined): Record<string, string> {
  const effective = Object.entries(cluster?.spec?.postgresql?.parameters ?? {});
  return Object.fromEntries(effective.filter(([name]) => Object.hasOwn(request.parameters, name)));
}

/** Waits until Cluster, pods and servers are what the request asks for. */
export async function waitUntilSettled(
  given: SettleRequest,
  context: OperationContext,
  { changedAt: changedByUs, ask = askPod }: SettleOptions = {},
): Promise<void> {
  const unseen = new Set<string>();
  const started = context.clock.now();
  const look = async (): Promise<Look<void>> => {
    const cluster = await context.api.get<ClusterManifest>(kinds.cluster, given.namespace, given.cluster);
    const request = given.held === true ? { ...given, parameters: inCluster(given, cluster) } : given;
    const pods = await serverPods<InstancePod>(context.api, request.namespace, request.cluster);
    const settings = await askPods(pods.filter(isReady), request, context, ask);
    sayUnseen(request, settings, unseen, context);
    const changedAt = latest(specificationChangedAt(cluster), changedByUs);
    const { settled: done, awaiting } = settled(
      request,
      cluster,
      pods,
      settings,
      isRecent(changedAt, started, context.clock.now()) ? changedAt : undefined,
    );
    return done ? { done, value: undefined } : { done: false, awaiting };
  };
  await waitUntil(look, { ...context, timeoutSeconds: given.timeoutSeconds, intervalMilliseconds: 2000 });
}

/**
 * When anybody last changed the specification, as the API server recorded it in whole seconds; undefined when it recorded
 * nothing. What the operator and annotations change is not the specification.
 */
export function specificationChangedAt(cluster: ClusterObject | undefined): Date | undefined {
  const { managedFields = [] } = (cluster?.metadata ?? {}) as { managedFields?: ManagedFields[] };
  const times = managedFields
    .filter(({ fieldsV1, subresource }) => subresource === undefined && fieldsV1?.["f:spec"] !== undefined)
    .map(({ time }) => Date.parse(time ?? ""))
    .filter(time => !Number.isNaN(time));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/** Looked at from both sides, because the clock of the API server may be ahead of ours. */
function isRecent(changedAt: Date | undefined, started: Date, now: Date): boolean {
  const since = (time: Date): number => (now.getTime() - time.getTime()) / 1000;
  return changedAt !== undefined && since(changedAt) < reloadSeconds && since(started) < reloadSeconds;
}

function latest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

interface ManagedFields {
  time?: string;
  subresource?: string;
  fieldsV1?: Record<string, unknown>;
}

/**
 * Whether Cluster, pods and servers are what the request asks for. Pure.
 * @param changedAt time of a change: a server that has not read its configuration since then still shows the values of before, and a
 *   value that was taken back cannot be told from one that was asked for
 */
export function settled(
  request: SettleRequest,
  cluster: ClusterObject | undefined,
  pods: readonly InstancePod[],
  settings: SettingsByPod,
  changedAt?: Date,
): Settled {
  if (cluster === undefined) return awaiting(`Cluster ${request.cluster} to exist`);
  const present = pods.filter(pod => pod.metadata.deletionTimestamp === undefined);
  const primary = present.find(pod => pod.metadata.name === cluster.status?.currentPrimary);
  if (primary === undefined) return awaiting(withPhase("a primary", cluster));
  const lacks = (pod: InstancePod): string | undefined =>
    podLacks(request, pod, settings.get(pod.metadata.name ?? ""), changedAt);
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
  changedAt: Date | undefined,
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
  if (changedAt !== undefined && settings.loadedAt !== undefined && settings.loadedAt < changedAt) {
    return `${name} to read its configuration anew`;
  }
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

/** Whether Kubernetes sends clients to the pod. */
function awaiting(what: string): Settled {
  return { settled: false, awaiting: what };
}

function withPhase(what: string, cluster: ClusterObject): string {
  const { phase, phaseReason } = cluster.status ?? {};
  if (phase === undefined || phase === ClusterPhase.healthy) return what;
  return `${what} (phase "${phase}"${phaseReason === undefined || phaseReason === "" ? "" : `: ${phaseReason}`})`;
}

// The time stands in every row, so that one query answers both; the outer join keeps it when no parameter is asked for.
const settingsQuery = `SELECT extract(epoch FROM pg_conf_load_time())::float8 AS loaded,
  s.name, s.setting, s.unit, s.vartype, s.enumvals, s.source, s.pending_restart
FROM (VALUES (1)) AS one LEFT JOIN pg_settings s ON lower(s.name) = ANY ($1) OR s.pending_restart`;

/** What a server answers to {@link settingsQuery}: at least one row. */
type SettingsAnswer = { loaded: number } & (SettingRow | { name: null });

/** Asks the server of one pod for the parameters of the request. */
export type PodQuestion = (
  pod: InstancePod,
  request: SettleRequest,
  context: OperationContext,
) => Promise<PodSettings>;

async function askPods(
  pods: InstancePod[],
  request: SettleRequest,
  context: OperationContext,
  ask: PodQuestion,
): Promise<SettingsByPod> {
  const answers = pods.map(async pod => {
    const name = pod.metadata.name ?? "";
    return [
      name,
      await ask(pod, request, context).catch((error: unknown) => new Error(describeError(error))),
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
  const answer = await query<SettingsAnswer>(endpoint, context.env, settingsQuery, [names]);
  const rows = answer.filter((row): row is SettingsAnswer & SettingRow => row.name !== null);
  return {
    rows,
    pendingRestart: rows.filter(row => row.pending_restart === true).map(row => row.name),
    loadedAt: answer[0] === undefined ? undefined : new Date(answer[0].loaded * 1000),
  };
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
    held: json.boolean("held", false),
    database: json.text("database"),
    caFile: json.text("caFile"),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
  };
}
