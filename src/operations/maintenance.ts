import { extentOf, isEffective, type Maintenance, suspensionOf } from "../failover/suspension";
import { ProbeType } from "../cnpg/cluster";
import type { Manifest } from "../cnpg/object";
import { failoverNames } from "../failover/names";
import { timestampText } from "../timestamp";
import { readKey } from "./config-map";
import { EventType, recordEvent, subjectOf } from "./event";
import { type FoundInstance, findInstance } from "./instance";
import type { KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { changeSuspension } from "./suspension";
import { watchStateKey } from "./watch-state";
import type { Clock } from "./waiting";

/** Which instance is worked on. */
export interface MaintenanceRequest {
  namespace: string;
  instance: string;
}

/** How long and why. */
export interface BeginMaintenanceRequest extends MaintenanceRequest {
  /** Seconds after which it ends by itself, 60 to 2592000. @default never */
  forSeconds?: number;
  /** For the record and the Event; at most 200 characters. */
  reason?: string;
}

/** What changing it needs. */
export interface MaintenanceContext {
  api: KubernetesApi;
  clock: Clock;
}

/** Maintenance as it is after a change. */
export interface MaintenanceState {
  namespace: string;
  instance: string;
  cluster: string;
  /** Absent when there is none. */
  maintenance?: Maintenance;
  /** Whether it was like that before. */
  unchanged: boolean;
  warnings: string[];
}

/**
 * Holds automatic failover back until it is ended. When it goes on already, its end and its reason are those of now.
 * @throws Error when the instance has nothing to fail over to
 */
export async function beginMaintenance(
  request: BeginMaintenanceRequest,
  context: MaintenanceContext,
): Promise<MaintenanceState> {
  const { api, clock } = context;
  const found = await findInstance(api, request.namespace, request.instance);
  if ((found.cluster.spec?.instances ?? 1) < 2) {
    throw new Error(
      `${request.instance} has one server: there is no failover that could be held back. When its pod fails, it is made anew.`,
    );
  }
  const by = await whoAmI(api);
  let unchanged = false;
  const cluster = await changeSuspension(api, clock, found.cluster, held => {
    const before = held?.maintenance;
    const maintenance = maintenanceOf(request, before, by, clock.now());
    unchanged = JSON.stringify(before) === JSON.stringify(maintenance);
    return { ...held, maintenance };
  });
  const maintenance = suspensionOf(cluster)?.maintenance;
  if (!unchanged && maintenance !== undefined) {
    await recordEvent(api, clock, {
      about: subjectOf(cluster),
      type: EventType.Normal,
      reason: "MaintenanceBegun",
      message: `Automatic failover is held back ${extentOf(maintenance)}.`,
    });
  }
  return stateOf(found, maintenance, unchanged, await warningsOf(found, api, maintenance));
}

/** Ends it. A primary that fails at that moment is replaced at once. */
export async function endMaintenance(
  request: MaintenanceRequest,
  context: MaintenanceContext,
): Promise<MaintenanceState> {
  const { api, clock } = context;
  const found = await findInstance(api, request.namespace, request.instance);
  let ended: Maintenance | undefined;
  const cluster = await changeSuspension(api, clock, found.cluster, held => {
    ended = held?.maintenance;
    return held?.coolDown === undefined ? {} : { coolDown: held.coolDown };
  });
  if (ended !== undefined) {
    await recordEvent(api, clock, {
      about: subjectOf(cluster),
      type: EventType.Normal,
      reason: "MaintenanceEnded",
      message: `Automatic failover is no longer held back; it was since ${ended.since}.`,
    });
  }
  return stateOf(found, undefined, ended === undefined, []);
}

function maintenanceOf(
  { forSeconds, reason }: BeginMaintenanceRequest,
  before: Maintenance | undefined,
  by: string | undefined,
  now: Date,
): Maintenance {
  const until =
    forSeconds === undefined ? undefined : timestampText(new Date(now.getTime() + forSeconds * 1000));
  return { since: before?.since ?? timestampText(now), ...present({ until, reason, by }) };
}

function stateOf(
  { namespace, name, cluster }: FoundInstance,
  maintenance: Maintenance | undefined,
  unchanged: boolean,
  warnings: string[],
): MaintenanceState {
  return {
    namespace,
    instance: name,
    cluster: cluster.metadata.name ?? "",
    ...(maintenance === undefined ? {} : { maintenance }),
    unchanged,
    warnings,
  };
}

async function warningsOf(
  { namespace, name, cluster }: FoundInstance,
  api: KubernetesApi,
  maintenance: Maintenance | undefined,
): Promise<string[]> {
  const warnings: string[] = [];
  const watched = await readKey(api, { namespace, name: failoverNames(name).failovers }, watchStateKey);
  if (watched === undefined) {
    const end = maintenance?.until === undefined ? "" : " the maintenance does not end by itself, and";
    warnings.push(
      `No watch of CnpgOperator looks at this instance:${end} a pod of the primary that is deleted meanwhile is not made anew, so that nobody can write until the maintenance ends.`,
    );
  }
  if (cluster.spec?.probes?.readiness?.type === ProbeType.streaming) {
    warnings.push(
      "With healthMonitor.maxEligibleLagBytes standbys are not ready while they have no primary: if it is lost meanwhile and does not come back, CloudNativePG promotes none of them, also after the maintenance.",
    );
  }
  const suspension = suspensionOf(cluster);
  if (suspension !== undefined && !isEffective(cluster, suspension)) {
    warnings.push(
      "Somebody had changed spec.failoverDelay of the Cluster since it began. It is held back again.",
    );
  }
  return warnings;
}

interface SelfSubjectReview extends Manifest {
  status?: { userInfo?: { username?: string } };
}

const selfSubjectReview = { apiVersion: "authentication.k8s.io/v1", plural: "selfsubjectreviews" };

/** Name of the user the API server takes us for; undefined where it does not say (before Kubernetes 1.28). */
async function whoAmI(api: KubernetesApi): Promise<string | undefined> {
  try {
    const { apiVersion } = selfSubjectReview;
    const review = await api.create<SelfSubjectReview>(selfSubjectReview, {
      apiVersion,
      kind: "SelfSubjectReview",
      metadata: {},
    });
    return review.status?.userInfo?.username;
  } catch {
    return undefined;
  }
}
