import { annotations, Hibernation, ownAnnotations } from "../cnpg/metadata";
import { ClusterPhase } from "../cnpg/phases";
import { ApplyMode, due, type DueDecision, type ParameterChangesArgs } from "../parameters/apply-mode";
import { merge, patched, pendingChanges, type RestartClass } from "../parameters/held-parameters";
import { nextWindows } from "../parameters/maintenance-window";
import type { PendingParameter } from "../parameters/pending-parameter";
import { ApiError, kinds, pulumiFieldManager } from "./kubernetes";
import { type Operation, type OperationContext, RequestError, type RequestReader } from "./operation";
import { type ParametersRecord, readRecord, recordChange } from "./parameters-record";
import { present } from "../present";
import { leaveOnJob } from "./result";
import { type ClusterManifest, type PodQuestion, type SettleRequest, waitUntilSettled } from "./settle";
import { type Look, waitUntil } from "./waiting";

/** Request of `apply-parameters`. */
export interface ApplyParametersRequest {
  namespace: string;
  /** Name of the Cluster. */
  cluster: string;
  /** When values that restart the servers may be written. */
  mode: ParameterChangesArgs;
  /** All parameters the Cluster is to have; what CloudNativePG adds by itself need not be named. */
  parameters: Record<string, string>;
  /** Which parameters restart the servers, and what CloudNativePG writes by itself. */
  restarts: RestartClass;
  /** Names that are never taken out of the Cluster, because standbys do not survive it. */
  followerSensitive: string[];
  /** A text that changes with every update that rolls the pods; the Cluster has that of the update before. */
  rollout: string;
  /** It runs before the update changes the Cluster, so that pods restart once for both, and before there is a Cluster at all. */
  early: boolean;
  /** Whether to wait until the servers run with what was written. */
  verify: boolean;
  /** Database to connect to. */
  database: string;
  /** File with the certificate authority. */
  caFile: string;
  waitFor: SettleRequest["waitFor"];
  instances: number;
  /** A person restarts the primary: it counts as done once the operator waits for that person. */
  supervised: boolean;
  timeoutSeconds: number;
  /**
   * True in the Job of an update, whose result Pulumi reads: it leaves the result on the Job and verifies even when there was nothing
   * to write. False in the CronJob: it does nothing while nothing is due, and restarts no Cluster that is not healthy.
   */
  report: boolean;
}

/** What `apply-parameters` leaves on its Job. */
export interface ApplyParametersResult {
  /** Names of the parameters that were changed or taken out. */
  applied: string[];
  /** What waits. */
  pending: PendingParameter[];
}

export const applyParameters: Operation<ApplyParametersRequest> = {
  help: `Writes server parameters into the Cluster: those that reload at once, those that restart the servers when the mode says so.
Request: namespace, cluster, mode {mode, at, window {schedule, timeZone, durationMinutes}}, parameters,
  restarts {parameters, operatorDefaults, operatorOwned, preloaded}, followerSensitive, rollout, early (false), verify (true),
  database, caFile, waitFor ("serving" or "complete"), instances, supervised (false), timeoutSeconds,
  report (false, as in the CronJob). The login is in PGUSER and PGPASSWORD.
Result: applied (names), pending [{name, value, desired, reason}].`,
  read: readRequest,
  run: (request, context) => apply(request, context),
};

/** How often a change is tried when somebody else changes the Cluster at the same moment. */
const conflictTries = 6;
/** Milliseconds between two tries. */
const conflictPause = 500;

/** Does what the operation does; `ask` stands for the servers in tests. */
export async function apply(
  request: ApplyParametersRequest,
  context: OperationContext,
  ask?: PodQuestion,
): Promise<void> {
  if (!request.report) {
    const decision = due(request.mode, { now: context.clock.now(), rolloutChanged: false });
    if (!decision.due) return context.say(`Nothing is done: ${decision.reason}`);
    await waitForHealth(request, context);
  }
  if (request.early && (await findCluster(request, context)) === undefined) {
    context.say("There is no Cluster yet: it is made with all parameters.");
    return leaveOnJob({ applied: [], pending: [] } satisfies ApplyParametersResult, context);
  }
  const written = await withRetries(() => write(request, context), context);
  sayOutcome(written, context);
  const verify = request.verify || mustEndFirst(request, written);
  if (verify && !written.hibernated && (request.report || written.applied.length > 0)) {
    await waitUntilSettled(settleRequest(request, written.parameters), context, {
      changedAt: written.applied.length > 0 ? written.at : undefined,
      ask,
    });
    context.say("The servers run with what was written.");
  }
  const { applied, pending } = written;
  if (request.report) await leaveOnJob({ applied, pending } satisfies ApplyParametersResult, context);
  const blocked = pending.find(({ reason }) => reason !== undefined);
  if (!request.report && blocked !== undefined) {
    throw new Error(`${blocked.name} was due and is not applied: ${blocked.reason}`);
  }
}

/**
 * Whether the servers have to be done before the update re-creates their pods: a standby whose pod is re-created while one of these is
 * lowered can be left behind with the greater value.
 */
function mustEndFirst(request: ApplyParametersRequest, { applied }: Written): boolean {
  return (
    request.early && request.instances > 1 && applied.some(name => request.followerSensitive.includes(name))
  );
}

/** What one try found and did. */
interface Written {
  /** What the Cluster asks for now. */
  parameters: Record<string, string>;
  applied: string[];
  pending: PendingParameter[];
  hibernated: boolean;
  /** When it was written. */
  at: Date;
}

/** Reads the Cluster, writes what is due, and records what is not. */
async function write(request: ApplyParametersRequest, context: OperationContext): Promise<Written> {
  const cluster = await readCluster(request, context);
  const current = cluster.spec?.postgresql?.parameters ?? {};
  const { desired, restarts } = await completed(request, cluster, context);
  const record = readRecord(cluster);
  const now = context.clock.now();
  const decision = decide(request, cluster, now);
  const patch = merge(current, desired, decision.due, restarts);
  const applied = Object.keys(patch).sort();
  if (applied.length > 0) await patchParameters(request, cluster, patch, context);
  const parameters = patched(current, patch);
  const pending = pendingChanges(parameters, desired, restarts).map(
    ({ name, current: value, desired: wanted }): PendingParameter => ({
      name,
      ...present({ value, desired: wanted, reason: decision.blocked }),
    }),
  );
  const news: ParametersRecord = {
    mode: request.mode.mode ?? ApplyMode.Immediate,
    pending,
    ...present({
      appliedAt: applied.length > 0 ? now.toISOString() : record?.appliedAt,
      next: pending.length > 0 ? decision.next?.toISOString() : undefined,
    }),
  };
  await keepRecord(request, record, news, context);
  return { parameters, applied, pending, hibernated: isHibernated(cluster), at: now };
}

function findCluster(
  { namespace, cluster: name }: ApplyParametersRequest,
  { api }: OperationContext,
): Promise<ClusterManifest | undefined> {
  return api.get<ClusterManifest>(kinds.cluster, namespace, name);
}

async function readCluster(
  request: ApplyParametersRequest,
  context: OperationContext,
): Promise<ClusterManifest> {
  const cluster = await findCluster(request, context);
  if (cluster === undefined) throw new Error(`there is no Cluster ${request.namespace}/${request.cluster}`);
  return cluster;
}

/**
 * What is asked for, and which of the Cluster's parameters nobody asks for because CloudNativePG adds them. The API server is asked
 * what would come of it all: it knows the operator that runs, and refuses now what it would refuse when the restart is due.
 */
async function completed(
  request: ApplyParametersRequest,
  cluster: ClusterManifest,
  context: OperationContext,
): Promise<{ desired: Record<string, string>; restarts: RestartClass }> {
  const { parameters: desired, restarts } = request;
  const current = cluster.spec?.postgresql?.parameters ?? {};
  const change = difference(current, desired);
  if (Object.keys(change).length === 0) return { desired, restarts };
  const answer = await context.api.patch<ClusterManifest>(
    kinds.cluster,
    request.namespace,
    request.cluster,
    parametersChange(cluster, change),
    { fieldManager: pulumiFieldManager, dryRun: true },
  );
  const added = Object.entries(answer.spec?.postgresql?.parameters ?? {}).filter(
    ([name]) => !(name in desired),
  );
  const defaults = Object.fromEntries(added.map(([name, value]) => [name.toLowerCase(), value]));
  return {
    desired: { ...desired, ...kept(request, current, defaults, context) },
    restarts: { ...restarts, operatorDefaults: { ...restarts.operatorDefaults, ...defaults } },
  };
}

/** Follower-sensitive parameters that would be gone: they keep their values. */
function kept(
  { parameters: desired, followerSensitive }: ApplyParametersRequest,
  current: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
  { say }: OperationContext,
): Record<string, string> {
  const gone = followerSensitive.filter(
    name => current[name] !== undefined && desired[name] === undefined && defaults[name] === undefined,
  );
  for (const name of gone) {
    say(
      `${name} stays ${current[name]}: without it standbys may not start. Ask for a value in place of none.`,
    );
  }
  return Object.fromEntries(gone.map(name => [name, current[name] ?? ""]));
}

/** Whether restarts may be caused, and if not although they are due, why. */
interface Decision extends DueDecision {
  blocked?: string;
}

function decide(request: ApplyParametersRequest, cluster: ClusterManifest, now: Date): Decision {
  // No server runs that could be restarted.
  if (isHibernated(cluster)) return { due: true, reason: "The Cluster is hibernated." };
  const rollout = cluster.metadata.annotations?.[ownAnnotations.rollout];
  const rolloutChanged = rollout !== undefined && rollout !== request.rollout;
  const decision = due(request.mode, { now, rolloutChanged });
  // In an update somebody watches, and the phase may be of the very change that is being made.
  if (request.report || !decision.due || isHealthy(cluster)) return decision;
  const { mode, window } = request.mode;
  const later =
    mode === ApplyMode.Window && window !== undefined ? nextWindows(window, now, 2)[1] : undefined;
  const blocked = `the Cluster is not healthy (phase "${cluster.status?.phase ?? "unknown"}")`;
  return { ...decision, due: false, next: later?.begin, blocked };
}

function isHibernated(cluster: ClusterManifest): boolean {
  return cluster.metadata.annotations?.[annotations.hibernation] === Hibernation.on;
}

function isHealthy(cluster: ClusterManifest): boolean {
  return cluster.status?.phase === ClusterPhase.healthy;
}

/** What turns one map into the other; null takes a name out. */
function difference(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const changed = Object.entries(to).filter(([name, value]) => from[name] !== value);
  const gone = Object.keys(from).filter(name => !(name in to));
  return Object.fromEntries([...changed, ...gone.map(name => [name, null] as const)]);
}

/** A change that is refused when the Cluster is no longer the one that was read. */
function parametersChange(cluster: ClusterManifest, parameters: Record<string, string | null>): object {
  const { resourceVersion } = cluster.metadata;
  return { metadata: { resourceVersion }, spec: { postgresql: { parameters } } };
}

async function patchParameters(
  { namespace, cluster: name }: ApplyParametersRequest,
  cluster: ClusterManifest,
  change: Record<string, string | null>,
  context: OperationContext,
): Promise<void> {
  await context.api.patch(kinds.cluster, namespace, name, parametersChange(cluster, change), {
    fieldManager: pulumiFieldManager,
  });
}

/** Writes the record when it says something new. It is written before anything is verified: it tells what was done. */
async function keepRecord(
  { namespace, cluster }: ApplyParametersRequest,
  known: ParametersRecord | undefined,
  record: ParametersRecord,
  context: OperationContext,
): Promise<void> {
  if (known !== undefined && JSON.stringify(recordChange(known)) === JSON.stringify(recordChange(record)))
    return;
  await context.api.patch(kinds.cluster, namespace, cluster, recordChange(record));
}

/** Tries again when the Cluster was changed between reading and writing, which the operator does often while it works. */
async function withRetries<T>(act: () => Promise<T>, { clock, say }: OperationContext): Promise<T> {
  for (let left = conflictTries - 1; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || left === 0) throw error;
      say("The Cluster was changed at the same moment: tried again.");
      await clock.sleep(conflictPause);
    }
  }
}

/**
 * Gives a Cluster that waits for a restart half of the time to become healthy, as long as the restart is due: most troubles pass, and
 * the next window may be a week away.
 */
async function waitForHealth(request: ApplyParametersRequest, context: OperationContext): Promise<void> {
  const { clock } = context;
  const until = clock.now().getTime() + request.timeoutSeconds * 500;
  const look = async (): Promise<Look<void>> => {
    const cluster = await readCluster(request, context);
    const waits = (readRecord(cluster)?.pending.length ?? 0) > 0 && !isHibernated(cluster);
    const now = clock.now();
    const over = now.getTime() >= until || !due(request.mode, { now, rolloutChanged: false }).due;
    if (!waits || isHealthy(cluster) || over) return { done: true, value: undefined };
    return { done: false, awaiting: `a healthy Cluster (phase "${cluster.status?.phase ?? "unknown"}")` };
  };
  await waitUntil(look, { ...context, timeoutSeconds: request.timeoutSeconds, intervalMilliseconds: 5000 });
}

function sayOutcome({ applied, pending, hibernated }: Written, { say }: OperationContext): void {
  if (applied.length === 0) say("There is nothing to write.");
  else say(`Written: ${applied.join(", ")}.`);
  if (pending.length > 0) say(`Held back: ${pending.map(({ name }) => name).join(", ")}.`);
  if (hibernated) say("The Cluster is hibernated: nothing is verified.");
}

/** What is asked of the servers: what was written of what is asked for. CloudNativePG's own parameters are its own affair. */
function settleRequest(
  request: ApplyParametersRequest,
  written: Readonly<Record<string, string>>,
): SettleRequest {
  const { namespace, cluster, instances, waitFor, supervised, database, caFile, timeoutSeconds } = request;
  const parameters = Object.fromEntries(
    Object.entries(written).filter(([name]) => name in request.parameters),
  );
  return { namespace, cluster, instances, waitFor, supervised, parameters, database, caFile, timeoutSeconds };
}

function readRequest(json: RequestReader): ApplyParametersRequest {
  return {
    namespace: json.text("namespace"),
    cluster: json.text("cluster"),
    mode: readMode(json.optionalObject("mode")),
    parameters: json.textMap("parameters"),
    restarts: readRestarts(json.optionalObject("restarts")),
    followerSensitive: json.texts("followerSensitive"),
    rollout: json.text("rollout"),
    early: json.boolean("early", false),
    verify: json.boolean("verify", true),
    database: json.text("database"),
    caFile: json.text("caFile"),
    waitFor: json.choice("waitFor", ["serving", "complete"]),
    instances: json.integer("instances", 1, 1000),
    supervised: json.boolean("supervised", false),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
    report: json.boolean("report", false),
  };
}

function readMode(json: RequestReader | undefined): ParameterChangesArgs {
  const window = json?.optionalObject("window");
  return {
    mode:
      json?.optionalText("mode") === undefined ? undefined : json.choice("mode", Object.values(ApplyMode)),
    at: json?.optionalText("at"),
    window: window && {
      schedule: window.text("schedule"),
      timeZone: window.optionalText("timeZone"),
      durationMinutes: window.integer("durationMinutes", 1, 1440, 60),
    },
  };
}

function readRestarts(json: RequestReader | undefined): RestartClass {
  if (json === undefined) throw new RequestError("restarts", "is missing");
  return {
    // Made by the package this operation is of, and only handed through.
    parameters: json.objectMap("parameters") as RestartClass["parameters"],
    operatorDefaults: json.textMap("operatorDefaults"),
    operatorOwned: json.texts("operatorOwned"),
    preloaded: json.texts("preloaded"),
  };
}
