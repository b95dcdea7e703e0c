import type { Manifest } from "../../../src/cnpg";
import { ownAnnotations } from "../../../src/cnpg";
import type { RotateRequest } from "../../../src/application/rotation/request";
import type { WorkloadObject } from "../../../src/application/rotation/rollout";
import { kinds, type PatchOptions, type ResourceKind } from "../../../src/operations/kubernetes";
import type { OperationContext } from "../../../src/operations/operation";
import type { AskServer } from "../../../src/operations/rotation-server";
import { context, FakeApi, FakeClock } from "./fakes";

/** Where a process dies: at so many calls, before or after what the call does. */
export interface Death {
  call: number;
  when: "before" | "after";
}

class Dead extends Error {}

interface Credentials {
  username: string;
  password: string;
}

interface RunningPod extends Credentials {
  manifest: Manifest;
}

/** A cluster with an operator, a server, an application of two pods, and the process of a Job that may die at any of its calls. */
export class RotationWorld {
  readonly api = new MortalApi(this);
  /** Passwords that the server accepts, by role. */
  readonly passwords = new Map<string, string>();
  /** What sessions of a role begin as. */
  readonly beginsAs = new Map<string, string>();
  /** Sessions besides those of pods. */
  readonly strangers: string[] = [];
  /** Logins of pods that the server would have refused. */
  readonly failed: string[] = [];
  /** Everything that was ever said. */
  readonly said: string[] = [];
  /** Whether new pods do not become ready. */
  stuck = false;
  /** Seconds that pods take to end. */
  endingSeconds = 0;
  pods: RunningPod[] = [];
  /** Pods that are no longer counted and still there, and for how many seconds. */
  readonly #ending = new Map<string, number>();
  calls = 0;
  death: Death | undefined;
  #dead = false;
  readonly #clock = new FakeClock();
  #podNumber = 0;

  constructor(readonly request: RotateRequest) {
    for (const { role, secret, databaseRole } of request.logins)
      this.api.add(kinds.databaseRole, {
        ...{ apiVersion: "postgresql.cnpg.io/v1", kind: "DatabaseRole" },
        metadata: { name: databaseRole, namespace: request.namespace },
        spec: { cluster: { name: "orders-g1" }, name: role, passwordSecret: { name: secret } },
      });
    const { namespace, apiVersion, kind, name } = { namespace: request.namespace, ...request.owner };
    this.api.add(kinds.serviceAccount, { apiVersion, kind, metadata: { name, namespace, uid: "owner" } });
    this.api.add(kinds.configMap, {
      ...{ apiVersion: "v1", kind: "ConfigMap" },
      metadata: {
        name: request.application.owner.name,
        namespace: request.application.namespace,
        uid: "app",
      },
    });
  }

  /** A Deployment of two pods that read the application's Secret when they begin. */
  addApplication(): void {
    this.api.add(kinds.deployment, {
      ...{ apiVersion: "apps/v1", kind: "Deployment" },
      metadata: { name: "web", namespace: "front", generation: 1 },
      spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: { metadata: {} } },
      status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    });
    this.#beginPod(undefined);
    this.#beginPod(undefined);
  }

  /** A process of a Job, alive until its death. */
  process(job: string, death?: Death): OperationContext {
    this.#dead = false;
    this.calls = 0;
    this.death = death;
    const { now } = this.#clock;
    const around = context(this.api, { now, sleep: milliseconds => this.#sleep(milliseconds) });
    const say = (sentence: string): void => void this.said.push(sentence);
    return { ...around, say, env: { JOB_NAME: job, JOB_UID: `uid-${job}`, POD_NAMESPACE: "shop" } };
  }

  readonly ask: AskServer = async <Row extends object>(
    _endpoint: unknown,
    env: Readonly<Record<string, string | undefined>>,
    sql: string,
    values: unknown[] = [],
  ): Promise<Row[]> => this.mortal(async () => this.#answer(env, sql, values) as Row[]);

  /** Does what a call does, unless the process dies. */
  async mortal<T>(work: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Dead("dead");
    const call = this.calls++;
    if (this.death?.call === call && this.death.when === "before") this.#die();
    const [result] = await Promise.allSettled([work()]);
    if (this.death?.call === call) this.#die();
    if (result.status === "rejected") throw result.reason;
    return result.value;
  }

  /** What the application's Secret holds. */
  credentials(): Credentials {
    const { namespace, secret } = this.request.application;
    return credentialsOf(this.api.objects.get(`secrets/${namespace}/${secret}`));
  }

  accepts({ username, password }: Credentials): boolean {
    return this.passwords.get(username) === password;
  }

  /** Time passes, and with it everybody else does something. */
  tick(): void {
    this.#clock.advance(1000);
    for (const [pod, left] of this.#ending) {
      this.#ending.set(pod, left - 1);
      if (left <= 0) this.api.objects.delete(`pods/front/${pod}`);
    }
    this.#operator();
    this.#deployments();
    for (const pod of this.pods) if (!this.accepts(pod)) this.failed.push(pod.manifest.metadata.name ?? "");
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (this.#dead) throw new Dead("dead");
    for (let left = milliseconds; left > 0; left -= 1000) this.tick();
  }

  #die(): never {
    this.#dead = true;
    throw new Dead("dead");
  }

  #answer(env: Readonly<Record<string, string | undefined>>, sql: string, values: unknown[]): object[] {
    const [username = "", password = ""] = [env.PGUSER, env.PGPASSWORD];
    if (!this.accepts({ username, password })) {
      const message = `password authentication failed for user "${username}"`;
      throw Object.assign(new Error(message), { code: "28P01" });
    }
    const set = /SET LOCAL ROLE NONE; ALTER ROLE CURRENT_USER SET role TO '(\w+)'/.exec(sql)?.[1];
    if (set !== undefined) this.beginsAs.set(username, set);
    if (sql.includes("current_user")) return [{ role: this.beginsAs.get(username) ?? username }];
    if (!sql.includes("pg_stat_activity")) return [];
    const users = [...this.strangers, ...this.pods.map(pod => pod.username)];
    return [{ sessions: users.filter(user => user === values[0]).length }];
  }

  /** Sets one password at a time, as CloudNativePG does. */
  #operator(): void {
    for (const { role, secret, databaseRole } of this.request.logins) {
      const found = this.api.objects.get(`secrets/${this.request.namespace}/${secret}`);
      const path = `databaseroles/${this.request.namespace}/${databaseRole}`;
      const object = this.api.objects.get(path);
      const secretResourceVersion = found?.metadata.resourceVersion;
      const status = object?.status as { secretResourceVersion?: string } | undefined;
      if (found === undefined || object === undefined) continue;
      if (status?.secretResourceVersion === secretResourceVersion) continue;
      this.passwords.set(role, credentialsOf(found).password);
      this.api.objects.set(path, { ...object, status: { applied: true, secretResourceVersion } });
      return;
    }
  }

  /** Takes one old pod away once a new one is there. */
  #deployments(): void {
    const path = "deployments/front/web";
    const found = this.api.objects.get(path) as WorkloadObject | undefined;
    if (found === undefined) return;
    const template = found.spec as { template?: { metadata?: Manifest["metadata"] } } | undefined;
    const wanted = template?.template?.metadata?.annotations?.[ownAnnotations.credentials];
    const isNew = ({ manifest }: RunningPod): boolean =>
      manifest.metadata.annotations?.[ownAnnotations.credentials] === wanted;
    const old = this.pods.filter(pod => !isNew(pod));
    const ready = this.stuck && wanted !== undefined ? 0 : this.pods.filter(isNew).length;
    if (this.pods.filter(isNew).length < 2 && this.pods.length < 3) this.#beginPod(wanted);
    else if (ready > 0 && old[0] !== undefined) this.#endPod(old[0]);
    const updatedReplicas = this.pods.filter(isNew).length;
    const replicas = this.pods.length;
    this.api.objects.set(path, {
      ...found,
      status: {
        observedGeneration: found.metadata.generation,
        ...{
          replicas,
          updatedReplicas,
          availableReplicas: this.stuck ? replicas - updatedReplicas : replicas,
        },
      },
    });
  }

  #beginPod(checksum: string | undefined): void {
    const name = `web-${++this.#podNumber}`;
    const annotations: Record<string, string> =
      checksum === undefined ? {} : { [ownAnnotations.credentials]: checksum };
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s" };
    const manifest: Manifest = {
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name, namespace: "front", labels: { app: "web" }, annotations },
      status: this.stuck
        ? { phase: "Running", containerStatuses: [{ name: "app", ready: false, state: { waiting } }] }
        : { phase: "Running" },
    };
    this.pods.push({ manifest, ...this.credentials() });
    this.api.add(kinds.pod, manifest);
  }

  #endPod(pod: RunningPod): void {
    this.pods = this.pods.filter(other => other !== pod);
    this.#ending.set(pod.manifest.metadata.name ?? "", this.endingSeconds);
  }
}

/** An API server that counts versions, and whose client may die. */
class MortalApi extends FakeApi {
  constructor(readonly world: RotationWorld) {
    super();
    this.onCreate = object => ({ ...object, metadata: { ...object.metadata, resourceVersion: "1" } });
    this.onPatch = object =>
      object.metadata.generation === undefined
        ? object
        : { ...object, metadata: { ...object.metadata, generation: object.metadata.generation + 1 } };
  }

  override async get<T extends Manifest>(...of: [ResourceKind, string, string]): Promise<T | undefined> {
    return this.world.mortal(() => super.get<T>(...of));
  }

  override async create<T extends Manifest>(...of: [ResourceKind, Manifest, object?]): Promise<T> {
    return this.world.mortal(() => super.create<T>(...of));
  }

  override async patch<T extends Manifest>(
    kind: ResourceKind,
    namespace: string,
    name: string,
    change: object,
    options?: PatchOptions,
  ): Promise<T> {
    return this.world.mortal(async () => {
      await super.patch<T>(kind, namespace, name, change, options);
      return (await super.get<T>(kind, namespace, name)) as T;
    });
  }
}

function credentialsOf(secret: Manifest | undefined): Credentials {
  const { username = "", password = "" } = (secret?.data ?? {}) as Record<string, string>;
  const text = (value: string): string => Buffer.from(value, "base64").toString("utf8");
  return { username: text(username), password: text(password) };
}
