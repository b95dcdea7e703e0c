import type { ReplicaConfiguration } from "../cnpg/cluster";
import { ClusterPhase } from "../cnpg/phases";
import { kinds, pulumiFieldManager } from "./kubernetes";
import { type Operation, type OperationContext, RequestError, type RequestReader } from "./operation";
import type { ClusterManifest } from "./settle";
import {
  answerMark,
  type Handover,
  handover,
  isReplica,
  type Standing,
  standingOf,
  timelineOf,
} from "../replica/standing";
import { waitUntil } from "./waiting";

/** The other of two instances that change roles: where to look at it, or what was seen of it where this cluster cannot look. */
export interface PeerRequest {
  namespace: string;
  /** Name of its Cluster. */
  cluster: string;
  standing?: Standing;
}

/** Request of `role`. */
export interface RoleRequest {
  namespace: string;
  /** Name of the Cluster. */
  cluster: string;
  /** What `spec.replica` is to be, without a token. */
  replica: Required<Pick<ReplicaConfiguration, "self" | "primary" | "source">> & { minApplyDelay?: string };
  /** Absent: it is promoted on its own, whatever the other one does. */
  peer?: PeerRequest;
  timeoutSeconds: number;
}

export const role: Operation<RoleRequest> = {
  help: `Gives a Cluster its role: it follows another one, or takes writes. With a peer, a promotion waits for the peer's demotion
and takes its token, so that nothing is lost; the token is taken out again when it is used up.
Request: namespace, cluster, replica {self, primary, source, minApplyDelay},
  peer {namespace, cluster, standing {replica, changing, timeline, ready, token, answeredBy}}, timeoutSeconds.`,
  read: readRequest,
  run: async (request, context) => {
    const wanted = request.replica.primary === request.replica.self;
    await (wanted ? promote(request, context) : follow(request, context));
  },
};

/** Makes it take writes. Every step can be repeated, so a Job that died goes on where it was. */
async function promote(request: RoleRequest, context: OperationContext): Promise<void> {
  const { self } = request.replica;
  const cluster = await read(request, context);
  if (isReplica(cluster)) {
    const found = request.peer === undefined ? undefined : await token(request, request.peer, context);
    await write(request, found?.token, context);
    context.say(
      found === undefined
        ? `${self} is being promoted on its own.`
        : `${self} is being promoted with the token that ended timeline ${found.timeline}.`,
    );
  }
  const used = (await read(request, context)).spec?.replica?.promotionToken;
  const former = used === undefined ? 0 : (timelineOf(used) ?? 0);
  await wait(request, context, now =>
    takesWrites(now) && standingOf(now).timeline > former ? undefined : `${self} to take writes`,
  );
  await write(request, undefined, context);
  context.say(`${self} takes writes.`);
}

/** The token, once there is one, with this Cluster marked as the one that takes over. */
async function token(
  request: RoleRequest,
  peer: PeerRequest,
  context: OperationContext,
): Promise<Handover | undefined> {
  const { self } = request.replica;
  let refusal: Error | undefined;
  const found = await waitUntil<Handover | undefined>(
    async () => {
      const own = await read(request, context);
      const other = await look(peer, context);
      let decision: ReturnType<typeof handover>;
      try {
        decision = handover(self, standingOf(own), other?.standing);
      } catch (error) {
        refusal = error as Error;
        return { done: true, value: undefined };
      }
      if ("awaiting" in decision) return { done: false, awaiting: `${decision.awaiting} (${peer.cluster})` };
      const { of, timeline } = decision;
      const marked = of === "own" ? { ...request, object: own } : { ...peer, object: other?.object };
      // Refused when anybody changed the Cluster since it was read: then it is looked at again.
      if (marked.object !== undefined) {
        const { resourceVersion } = marked.object.metadata;
        const metadata = { resourceVersion, annotations: answerMark(timeline, self) };
        await context.api.patch(kinds.cluster, marked.namespace, marked.cluster, { metadata });
      }
      return { done: true, value: decision };
    },
    waiting(request, context),
  );
  if (refusal !== undefined) throw refusal;
  return found;
}

/** Makes it follow the other one. */
async function follow(request: RoleRequest, context: OperationContext): Promise<void> {
  const { self } = request.replica;
  const demoted = !isReplica(await read(request, context));
  if (demoted) await checkSuccessor(request, context);
  await write(request, undefined, context);
  await wait(request, context, now => {
    const { changing, ready, token: left } = standingOf(now);
    const stopped = !changing && !reportsPrimary(now) && (!demoted || left !== undefined);
    return stopped && ready > 0 ? undefined : `${self} to follow`;
  });
  context.say(demoted ? `${self} was demoted and follows the other one.` : `${self} follows the other one.`);
}

/** A primary is demoted only when another one stands ready to take over. */
async function checkSuccessor({ peer, replica }: RoleRequest, context: OperationContext): Promise<void> {
  if (peer === undefined) {
    throw new Error(
      `${replica.self} takes writes and nobody would take over: name it as a follower of an instance that follows it`,
    );
  }
  const other = (await look(peer, context))?.standing;
  const lack =
    other === undefined
      ? "does not exist"
      : !other.replica
        ? "takes writes itself"
        : other.ready === 0
          ? "has no server that is ready"
          : undefined;
  if (lack !== undefined)
    throw new Error(`${replica.self} is not demoted: ${peer.namespace}/${peer.cluster} ${lack}`);
}

async function read(
  { namespace, cluster }: RoleRequest,
  { api }: OperationContext,
): Promise<ClusterManifest> {
  const found = await api.get<ClusterManifest>(kinds.cluster, namespace, cluster);
  if (found === undefined) throw new Error(`Cluster ${namespace}/${cluster} does not exist`);
  return found;
}

async function look(
  { namespace, cluster, standing }: PeerRequest,
  { api }: OperationContext,
): Promise<{ standing: Standing; object?: ClusterManifest } | undefined> {
  if (standing !== undefined) return { standing };
  const object = await api.get<ClusterManifest>(kinds.cluster, namespace, cluster);
  return object && { standing: standingOf(object), object };
}

/** Writes the whole of `spec.replica`, under the name by which Pulumi's provider takes it over with its next update. */
async function write(
  { namespace, cluster, replica }: RoleRequest,
  promotionToken: string | undefined,
  { api }: OperationContext,
): Promise<void> {
  const { self, primary, source, minApplyDelay } = replica;
  // A token is refused together with a delay; null takes a member out.
  const change = {
    self,
    primary,
    source,
    enabled: null,
    minApplyDelay: minApplyDelay ?? null,
    promotionToken: promotionToken ?? null,
  };
  await api.patch(
    kinds.cluster,
    namespace,
    cluster,
    { spec: { replica: change } },
    { fieldManager: pulumiFieldManager },
  );
}

/** The primary says that it is one, and the operator has nothing more to do. */
function takesWrites(cluster: ClusterManifest): boolean {
  return reportsPrimary(cluster) && cluster.status?.phase === ClusterPhase.healthy;
}

function reportsPrimary({ status }: ClusterManifest): boolean {
  return status?.instancesReportedState?.[status.currentPrimary ?? ""]?.isPrimary === true;
}

/** Waits until nothing is awaited any more. A phase that the operator does not leave by itself is told. */
async function wait(
  request: RoleRequest,
  context: OperationContext,
  awaited: (cluster: ClusterManifest) => string | undefined,
): Promise<void> {
  await waitUntil<void>(
    async () => {
      const cluster = await read(request, context);
      const what = awaited(cluster);
      if (what === undefined) return { done: true, value: undefined };
      const { phase, phaseReason } = cluster.status ?? {};
      return {
        done: false,
        awaiting: `${what} (phase "${[phase, phaseReason].filter(Boolean).join(": ")}")`,
      };
    },
    waiting(request, context),
  );
}

function waiting({ timeoutSeconds }: RoleRequest, { clock, say }: OperationContext) {
  return { clock, say, timeoutSeconds, intervalMilliseconds: 500 };
}

function readRequest(json: RequestReader): RoleRequest {
  const replica = json.optionalObject("replica");
  if (replica === undefined) throw new RequestError("replica", "is missing");
  const peer = json.optionalObject("peer");
  return {
    namespace: json.text("namespace"),
    cluster: json.text("cluster"),
    replica: {
      self: replica.text("self"),
      primary: replica.text("primary"),
      source: replica.text("source"),
      minApplyDelay: replica.optionalText("minApplyDelay"),
    },
    peer: peer && {
      namespace: peer.text("namespace"),
      cluster: peer.text("cluster"),
      standing: readStanding(peer.optionalObject("standing")),
    },
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
  };
}

function readStanding(json: RequestReader | undefined): Standing | undefined {
  return (
    json && {
      replica: json.boolean("replica", false),
      changing: json.boolean("changing", false),
      timeline: json.integer("timeline", 0, 0xffff_ffff),
      ready: json.integer("ready", 0, 1000),
      token: json.optionalText("token"),
      answeredBy: json.optionalText("answeredBy"),
    }
  );
}
