import { labels } from "../cnpg/metadata";
import { PoolMode } from "../cnpg/pooler";
import { FailoverState, type FailoverStatus } from "../failover/status";
import { poolerUser } from "../pooler/access";
import { poolerName } from "../pooler/names";
import type { Execute, ExecuteResult } from "./execute";
import type { FoundInstance } from "./instance";
import { kinds, type KubernetesApi } from "./kubernetes";
import { type ConditionedPod, isReady } from "./pods";
import { type Clock, describeError } from "./waiting";

/** What pausing needs. */
export interface PoolerPauseContext {
  api: KubernetesApi;
  /** Runs commands in the PgBouncer pods. */
  execute: Execute;
  clock: Clock;
  say: (sentence: string) => void;
}

/** What a switchover awaits before and after the primary changes. */
export interface SwitchHooks {
  beforeSwitch: (status: FailoverStatus) => Promise<void>;
  afterSwitch: (status: FailoverStatus) => Promise<void>;
}

/** Container of PgBouncer in the pods of a Pooler; CloudNativePG's name. */
const container = "pgbouncer";

/** Seconds that open transactions get to end before the switchover goes on without them. Sessions do not end by themselves. */
const patience: Readonly<Record<PoolMode, number>> = { transaction: 5, session: 1 };

/** Seconds after which clients go on whatever has become of the switchover. Below `query_wait_timeout`, 120, after which PgBouncer ends them. */
const longestHold = 50;

/** Seconds that a pod gets to make ready. No client waits meanwhile. */
const readySeconds = 15;

/** Seconds that a pod gets to find the new primary by itself once a write through the endpoint has succeeded. */
const findingSeconds = 5;

/**
 * Runs in a PgBouncer pod: hold ID HOST PATIENCE LONGEST. Gets ready, pauses when `pause` says so, and resumes as soon as HOST leads to a primary
 * of another timeline, as it is told to by `resume`, or as LONGEST seconds are over. It depends on nobody outside of the pod, so that clients
 * go on also when whoever asked for the pause is gone. A pod asks for itself, because each node learns at its own time where a Service leads.
 */
const hold = `
file=$PGHOST/switchover-$1 host=$2 patience=$3 longest=$4
configs=/controller/configs
primary() {
  timeout 5 psql "host=$host dbname=postgres user=${poolerUser} connect_timeout=3 sslmode=verify-ca \
    sslrootcert=$configs/server-tls/ca.crt sslcert=$configs/authUser/tls.crt sslkey=$configs/authUser/tls.key" \
    -XAtqc "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)" 2>/dev/null
}
for old in "$PGHOST"/switchover-*; do
  case $old in "$file"*) ;; *) rm -f "$old" ;; esac
done
case $(psql -XAtqc 'SHOW STATE' 2>&1) in
  *'paused|no'*) ;;
  *'paused|yes'*) echo 'unchanged it is paused already' > "$file.ready"; exit ;;
  *) echo 'unchanged its console does not answer' > "$file.ready"; exit ;;
esac
before=$(primary) || { echo 'unchanged it does not reach the primary' > "$file.ready"; exit; }
ends=$(($(date +%s) + longest))
echo ready > "$file.ready"
until [ -e "$file.go" ]; do
  { [ ! -e "$file.over" ] && [ "$(date +%s)" -lt "$ends" ]; } || exit
  sleep 0.05
done
[ ! -e "$file.over" ] || exit
ends=$(($(date +%s) + longest))
if timeout "$patience" psql -XAtqc PAUSE >/dev/null 2>&1; then echo paused > "$file"; else echo waiting > "$file"; fi
end=late
while [ "$(date +%s)" -lt "$ends" ]; do
  [ ! -e "$file.over" ] || { end=told; break; }
  now=$(primary) && [ "$now" != "$before" ] && { end=found; break; }
  sleep 0.2
done
psql -XAtqc RESUME >/dev/null 2>&1
echo "$end"`;

/** Runs in a PgBouncer pod: ready ID SECONDS. Whether it can pause, once that is known. */
const ready = `
file=$PGHOST/switchover-$1.ready tries=$(($2 * 10))
until [ -s "$file" ] || [ "$tries" -le 0 ]; do tries=$((tries - 1)); sleep 0.1; done
cat "$file" 2>/dev/null`;

/** Runs in a PgBouncer pod: pause ID SECONDS. Pauses, and says how that went. */
const pause = `
file=$PGHOST/switchover-$1 tries=$(($2 * 20))
: > "$file.go"
until [ -s "$file" ] || [ -e "$file.over" ] || [ "$tries" -le 0 ]; do tries=$((tries - 1)); sleep 0.05; done
cat "$file" 2>/dev/null`;

/** Runs in a PgBouncer pod: resume ID. Ends a pause, also one that is yet to begin, and says in what state that leaves PgBouncer. */
const resume = `
: > "$PGHOST/switchover-$1.over"
psql -XAtqc RESUME >/dev/null 2>&1
psql -XAtqc 'SHOW STATE'`;

const script = (text: string, name: string, ...words: (string | number)[]): string[] => [
  "sh",
  "-c",
  text,
  name,
  ...words.map(String),
];

/** Why a pod let its clients go on: it found the new primary, was told to, or has waited long enough. */
type End = "found" | "told" | "late";

/** A pod that is asked to hold its clients back. */
interface Holding {
  pod: string;
  /** `paused`: all its transactions, or sessions, have ended. `waiting`: not all. Undefined: it has not said, and may yet pause. */
  how: "paused" | "waiting" | undefined;
  /** Undefined when nobody heard it. */
  end: Promise<End | undefined>;
}

/**
 * Hooks that hold the clients of an instance's pooler back while its primary changes; undefined where there is none that may be paused. They never fail: a
 * switchover goes on without a pause, and says so.
 */
export function poolerHooks(instance: FoundInstance, context: PoolerPauseContext): SwitchHooks | undefined {
  const { facts, namespace, cluster } = instance;
  if (facts.pooler?.pause !== true) return undefined;
  const poolers = new Poolers(namespace, cluster.metadata.name ?? "", facts.pooler.mode, context);
  return {
    beforeSwitch: ({ id }) => poolers.hold(id),
    afterSwitch: ({ id, state }) => poolers.letGo(id, switched.includes(state)),
  };
}

/** States in which there is a new primary. */
const switched: readonly FailoverState[] = [
  FailoverState.UpdatingRouting,
  FailoverState.CleaningUpOldPrimary,
  FailoverState.Completed,
];

/** The PgBouncer pods in front of a primary. */
class Poolers {
  #holding: Holding[] = [];

  constructor(
    readonly namespace: string,
    readonly cluster: string,
    readonly mode: PoolMode,
    readonly context: PoolerPauseContext,
  ) {}

  async hold(id: string): Promise<void> {
    const { say } = this.context;
    const pods = await this.#readyPods();
    const prepared = await Promise.all(pods.map(pod => this.#prepare(pod, id)));
    this.#holding = prepared.filter(pod => pod !== undefined);
    // All at once, when the slowest is ready: the clients of a pod that has paused would wait for the others.
    await Promise.all(this.#holding.map(holding => this.#pause(holding, id)));
    const held = this.#holding.filter(({ how }) => how !== undefined);
    if (held.length > 0) say(`The pooler holds its clients back in ${held.length} of ${pods.length} pods.`);
    const busy = held.filter(({ how }) => how === "waiting").map(({ pod }) => pod);
    if (busy.length === 0) return;
    const what = this.mode === PoolMode.transaction ? "transactions" : "sessions";
    say(
      `After ${patience[this.mode]} s the switchover goes on and ends the ${what} that are open in ${busy.join(", ")}.`,
    );
  }

  /** @param changed whether there is a new primary, which the pods then find by themselves */
  async letGo(id: string, changed: boolean): Promise<void> {
    await Promise.all(this.#holding.map(holding => this.#letGoOne(holding, id, changed)));
    this.#holding = [];
  }

  async #readyPods(): Promise<string[]> {
    try {
      const wanted = { [labels.poolerName]: poolerName(this.cluster) };
      const pods = await this.context.api.list<ConditionedPod>(kinds.pod, this.namespace, wanted);
      return pods.filter(isReady).map(({ metadata }) => metadata.name ?? "");
    } catch (error) {
      this.context.say(`Clients of the pooler are not held back: ${describeError(error)}.`);
      return [];
    }
  }

  /** @returns undefined when the pod cannot pause, and does not */
  async #prepare(pod: string, id: string): Promise<Holding | undefined> {
    const seconds = readySeconds + patience[this.mode] + 2 * longestHold;
    const command = script(hold, "hold", id, `${this.cluster}-rw`, patience[this.mode], longestHold);
    const end = this.#run(pod, command, seconds).then(readEnd, () => undefined);
    try {
      const { stdout } = await this.#run(pod, script(ready, "ready", id, readySeconds), readySeconds + 5);
      const [word, ...why] = stdout.trim().split(" ");
      if (word === "ready") return { pod, how: undefined, end };
      this.#notHeld(pod, why.join(" ") || `it was not ready after ${readySeconds} s`);
    } catch (error) {
      this.#notHeld(pod, describeError(error));
    }
    return undefined;
  }

  async #pause(holding: Holding, id: string): Promise<void> {
    const { pod } = holding;
    const seconds = patience[this.mode] + 5;
    try {
      const { stdout } = await this.#run(pod, script(pause, "pause", id, seconds), seconds + 5);
      const how = stdout.trim();
      if (how === "paused" || how === "waiting") holding.how = how;
      else this.#notHeld(pod, "it did not say in time that it has paused");
    } catch (error) {
      this.#notHeld(pod, describeError(error));
    }
  }

  #notHeld(pod: string, why: string): void {
    this.context.say(`Clients of ${pod} are not held back: ${why}.`);
  }

  async #letGoOne({ pod, how, end }: Holding, id: string, changed: boolean): Promise<void> {
    const { say, clock } = this.context;
    const ended =
      changed && how !== undefined
        ? await Promise.race([end, clock.sleep(findingSeconds * 1000).then(() => undefined)])
        : undefined;
    if (ended === "late")
      say(`Clients of ${pod} went on after ${longestHold} s, before there was a new primary.`);
    if (ended !== undefined) return;
    const byItself = `It does by itself after ${longestHold} s`;
    try {
      const { stdout } = await this.#run(pod, script(resume, "resume", id), 10);
      if (!stdout.includes("paused|no")) say(`${pod} did not resume: ${describeError(stdout)}. ${byItself}.`);
    } catch (error) {
      say(`${pod} could not be told to resume: ${describeError(error)}. ${byItself}.`);
    }
  }

  #run(pod: string, command: string[], seconds: number): Promise<ExecuteResult> {
    return this.context.execute(this.namespace, pod, container, command, { seconds });
  }
}

function readEnd({ stdout }: ExecuteResult): End | undefined {
  const last = stdout.trim().split("\n").at(-1);
  return last === "found" || last === "told" || last === "late" ? last : undefined;
}
