import { lsnText } from "../../../src/backup/archive/wal-name";
import { InstanceRole, labels, type Manifest, PodRole } from "../../../src/cnpg";
import { failoverHistoryKey } from "../../../src/failover/names";
import type { FailoverStatus } from "../../../src/failover/status";
import type { ExecuteResult } from "../../../src/operations/execute";
import type { FailoverContext } from "../../../src/operations/failover";
import {
  type DeleteOptions,
  kinds,
  type PatchOptions,
  type ResourceKind,
} from "../../../src/operations/kubernetes";
import { addInstance, healthyCluster, namespace } from "./backup-fixtures";
import { FakeApi, FakeClock } from "./fakes";

export const cluster = "orders-g1";

/** One PostgreSQL server, as far as a failover looks at it. */
export interface WorldServer {
  received: number;
  replayed: number;
  timeline: number;
  /** Answers queries. */
  answers: boolean;
  /** Receives WAL from the primary. */
  streams: boolean;
  /** Its process runs: postmaster.pid is there. */
  runs: boolean;
}

/** An API server whose objects change by themselves as time goes by. */
class LivingApi extends FakeApi {
  #due: { at: number; act: () => void }[] = [];
  onDelete: (key: string, options: DeleteOptions) => void = () => undefined;

  constructor(private readonly clock: FakeClock) {
    super();
  }

  /** Does something when so many seconds have gone by. */
  after(seconds: number, act: () => void): void {
    this.#due.push({ at: this.clock.now().getTime() + seconds * 1000, act });
  }

  override async get<T extends Manifest>(
    kind: ResourceKind,
    where: string,
    name: string,
  ): Promise<T | undefined> {
    this.live();
    return super.get(kind, where, name);
  }

  override async list<T extends Manifest>(
    kind: ResourceKind,
    where: string | undefined,
    wanted: Record<string, string>,
  ): Promise<T[]> {
    this.live();
    return super.list(kind, where, wanted);
  }

  override async delete(
    kind: ResourceKind,
    where: string,
    name: string,
    options: DeleteOptions = {},
  ): Promise<void> {
    const key = `${kind.plural}/${where}/${name}`;
    const kept = this.objects.get(key);
    await super.delete(kind, where, name, options);
    // Whether and when it goes is decided by whoever is told.
    if (kept !== undefined) this.objects.set(key, kept);
    this.onDelete(key, options);
  }

  override async log(where: string, pod: string): Promise<string> {
    this.live();
    return super.log(where, pod);
  }

  /** Does what is due. */
  live(): void {
    const now = this.clock.now().getTime();
    const due = this.#due.filter(({ at }) => at <= now);
    this.#due = this.#due.filter(({ at }) => at > now);
    for (const { act } of due) act();
  }
}

/** Instance `orders` of three servers under an operator that does what CloudNativePG does, in a few seconds. */
export class FailoverWorld {
  readonly clock = new FakeClock("2026-11-28T10:15:00Z");
  readonly api = new LivingApi(this.clock);
  readonly said: string[] = [];
  readonly commands: string[] = [];
  readonly servers = new Map<string, WorldServer>();
  /** The operator never promotes. */
  stuck = false;
  /** A former primary does not come back. */
  lost = false;
  /** The node of a killed pod does not answer. */
  nodeLost = false;
  /** Bytes the primary writes while it is being killed, by the standby that receives them. */
  lastWrites: Record<string, number> = {};
  /** Log of the former primary. */
  log = "";
  #pods = 0;

  constructor(count = 3) {
    const object = healthyCluster();
    object.spec.instances = count;
    delete object.spec.plugins;
    object.status.targetPrimaryTimestamp = "2026-11-01T00:00:00.000000Z";
    object.metadata.resourceVersion = "1";
    addInstance(this.api, object);
    const name = "orders-failovers";
    const data = { [failoverHistoryKey]: "[]" };
    this.api.add(kinds.configMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace, resourceVersion: "1" },
      data,
    });
    this.api.add(kinds.lease, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: cluster, namespace },
      spec: { holderIdentity: `${cluster}-1` },
    });
    for (let number = 1; number <= count; number += 1) {
      const pod = `${cluster}-${number}`;
      this.servers.set(pod, {
        received: 0x5000000,
        replayed: 0x5000000,
        timeline: 1,
        answers: true,
        streams: number > 1,
        runs: true,
      });
      this.addPod(pod, number === 1 ? InstanceRole.primary : InstanceRole.replica);
      this.addClaim(pod);
    }
    this.api.onPatch = (changed, options) => this.patched(changed, options);
    this.api.onDelete = (key, options) => this.deleted(key, options);
  }

  get cluster(): Manifest & { status: Record<string, unknown> } {
    return this.api.objects.get(`clusters/${namespace}/${cluster}`) as Manifest & {
      status: Record<string, unknown>;
    };
  }

  get primary(): string {
    return this.cluster.status.currentPrimary as string;
  }

  get history(): FailoverStatus[] {
    const found = this.api.objects.get(`configmaps/${namespace}/orders-failovers`) as Manifest & {
      data: Record<string, string>;
    };
    return JSON.parse(found.data[failoverHistoryKey] ?? "[]") as FailoverStatus[];
  }

  /** Words of the Events, in the order in which they were recorded. */
  get events(): string[] {
    return [...this.api.objects.values()]
      .filter(({ kind }) => kind === "Event")
      .map(event => event.reason as string);
  }

  server(name: string): WorldServer {
    const found = this.servers.get(name);
    if (found === undefined) throw new Error(`no server ${name}`);
    return found;
  }

  pod(name: string): Manifest | undefined {
    return this.api.objects.get(`pods/${namespace}/${name}`);
  }

  setStatus(status: Record<string, unknown>): void {
    const object = this.cluster;
    this.api.add(kinds.cluster, { ...object, status: { ...object.status, ...status } });
  }

  context(more: Partial<FailoverContext> = {}): FailoverContext {
    return {
      api: this.api,
      clock: this.clock,
      say: sentence => void this.said.push(sentence),
      execute: async (_namespace, pod, _container, command) => {
        this.api.live();
        return this.execute(pod, command);
      },
      ...more,
    };
  }

  addPod(name: string, role: string, more: Partial<Manifest["metadata"]> = {}, ready = true): void {
    this.#pods += 1;
    this.api.add(kinds.pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace,
        uid: `pod-${this.#pods}`,
        labels: {
          [labels.cluster]: cluster,
          [labels.podRole]: PodRole.instance,
          [labels.instanceRole]: role,
        },
        ...more,
      },
      spec: { nodeName: `node-${name.at(-1)}` },
      status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
    });
  }

  private addClaim(name: string): void {
    const metadata = { name, namespace, uid: `claim-${this.#pods}` };
    this.api.add(kinds.persistentVolumeClaim, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata });
  }

  private execute(pod: string, command: readonly string[]): ExecuteResult {
    this.commands.push(`${pod}: ${command.join(" ")}`);
    const server = this.server(pod);
    const answer = (stdout: string): ExecuteResult => ({ stdout, stderr: "", exitCode: 0 });
    if (command[0] === "sh") return answer(server.runs ? "up\n" : "down\n");
    if (!server.answers || !server.runs) return { stdout: "", stderr: "timeout expired", exitCode: 2 };
    const text = command.join(" ");
    if (text.includes("CHECKPOINT")) return answer("");
    if (text.includes("pg_control_checkpoint")) {
      const history = `1\t${lsnText(BigInt(server.replayed))}\tno recovery target specified\n`;
      return answer(JSON.stringify([{ timeline: server.timeline, history }]));
    }
    return answer(JSON.stringify([this.row(pod, server)]));
  }

  private row(pod: string, server: WorldServer): object {
    const lsn = lsnText(BigInt(server.received));
    const timeline = server.timeline.toString(16).padStart(8, "0");
    const none = { replayedLsn: null, replayPaused: null, streaming: null, primaryLsn: null, standbys: null };
    if (pod === this.primary) {
      const standbys = [...this.servers]
        .filter(([name, { streams }]) => name !== pod && streams)
        .map(([name, { received }]) => ({
          name,
          state: "streaming",
          syncState: "async",
          flushedLsn: lsnText(BigInt(received)),
          replayedLsn: lsnText(BigInt(received)),
        }));
      return { ...none, inRecovery: false, timeline, lsn, standbys };
    }
    const replayedLsn = lsnText(BigInt(server.replayed));
    return { ...none, inRecovery: true, timeline, lsn, replayedLsn, replayPaused: false, streaming: true };
  }

  private patched(changed: Manifest, { subresource }: PatchOptions): Manifest {
    if (changed.kind === "Cluster" && subresource === "status") this.asked(changed);
    if (changed.kind === "Cluster" && subresource === undefined) this.fenced(changed);
    if (changed.kind === "Pod") this.marked(changed);
    return changed;
  }

  /** The primary stops, its lease goes to the other, which becomes primary. */
  private asked({ status }: Manifest): void {
    const { targetPrimary: to, currentPrimary: from } = status as Record<string, string>;
    if (this.stuck || to === undefined || from === undefined || to === from) return;
    const old = this.server(from);
    this.relabel(from, "unhealthy");
    if (!old.answers) return;
    this.api.after(2, () => {
      // It was killed meanwhile, or somebody has decided otherwise.
      if (this.cluster.status.targetPrimary !== to || !old.runs) return;
      for (const server of this.servers.values()) server.received = Math.max(server.received, old.received);
      this.stop(from);
      this.hold("");
      this.promote(to, 1);
      this.api.after(6, () => this.follow(from));
    });
  }

  private promote(name: string, seconds: number): void {
    this.api.after(seconds, () => {
      if (this.primary === name || this.cluster.status.targetPrimary !== name) return;
      const server = this.server(name);
      Object.assign(server, { streams: false, replayed: server.received, timeline: server.timeline + 1 });
      this.setStatus({ currentPrimary: name });
      this.hold(name);
      for (const [other, { runs }] of this.servers)
        if (other !== name && runs)
          Object.assign(this.server(other), { streams: true, timeline: server.timeline });
    });
  }

  private stop(name: string): void {
    Object.assign(this.server(name), { runs: false, streams: false });
    const pod = this.pod(name);
    if (pod !== undefined) this.addPod(name, "unhealthy", pod.metadata, false);
  }

  /** A former primary comes back as a standby, unless it is fenced. */
  private follow(name: string): void {
    const { annotations = {} } = this.cluster.metadata;
    if (this.lost || annotations["cnpg.io/fencedInstances"]?.includes(name)) return;
    const primary = this.server(this.primary);
    const { received, timeline } = primary;
    this.servers.set(name, {
      received,
      replayed: received,
      timeline,
      answers: true,
      streams: true,
      runs: true,
    });
    this.api.logs.set(`${namespace}/${name}`, this.log);
    this.addPod(name, InstanceRole.replica, { uid: this.pod(name)?.metadata.uid ?? `pod-again-${name}` });
  }

  private deleted(key: string, { gracePeriodSeconds }: DeleteOptions): void {
    const [plural, , name = ""] = key.split("/");
    if (plural !== "pods" || (this.nodeLost && gracePeriodSeconds !== 0)) return;
    this.server(name).runs = false;
    for (const [standby, bytes] of Object.entries(this.lastWrites)) this.server(standby).received += bytes;
    this.lastWrites = {};
    this.api.after(1, () => {
      this.api.objects.delete(`pods/${namespace}/${name}`);
      // The lease of a dead primary runs out.
      this.api.after(15, () => this.takeOver(name));
      this.watchLease(name, 15);
    });
  }

  /** Whoever is to be primary looks every second whether the lease is free. */
  private watchLease(former: string, left: number): void {
    const lease = this.api.objects.get(`leases/${namespace}/${cluster}`) as Manifest & {
      spec: { holderIdentity: string };
    };
    if (lease.spec.holderIdentity === "") return this.takeOver(former);
    if (left > 0) this.api.after(1, () => this.watchLease(former, left - 1));
  }

  private takeOver(former: string): void {
    const to = this.cluster.status.targetPrimary as string;
    if (this.primary !== former || to === former || this.stuck) return;
    this.promote(to, 0);
    this.api.after(5, () => {
      this.addPod(former, InstanceRole.replica, {}, false);
      this.follow(former);
    });
  }

  private hold(holderIdentity: string): void {
    const metadata = { name: cluster, namespace };
    this.api.add(kinds.lease, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata,
      spec: { holderIdentity },
    });
  }

  private fenced({ metadata }: Manifest): void {
    const fences = metadata.annotations?.["cnpg.io/fencedInstances"] ?? "[]";
    for (const name of JSON.parse(fences) as string[]) {
      if (name === "*" || !this.servers.has(name)) continue;
      this.api.after(3, () => {
        this.stop(name);
        this.api.logs.set(`${namespace}/${name}`, this.log);
      });
    }
  }

  /** An instance that is marked as unrecoverable is cloned anew. */
  private marked({ metadata }: Manifest): void {
    const { name = "", annotations = {} } = metadata;
    if (annotations["alpha.cnpg.io/unrecoverable"] !== "true") return;
    this.api.after(2, () => {
      this.api.objects.delete(`pods/${namespace}/${name}`);
      this.api.objects.delete(`persistentvolumeclaims/${namespace}/${name}`);
      this.api.after(5, () => {
        this.addPod(name, InstanceRole.replica);
        this.addClaim(name);
        this.follow(name);
      });
    });
  }

  private relabel(name: string, role: string): void {
    const pod = this.pod(name);
    if (pod === undefined) return;
    const { metadata } = pod;
    this.api.add(kinds.pod, {
      ...pod,
      metadata: { ...metadata, labels: { ...metadata.labels, [labels.instanceRole]: role } },
    });
  }
}
