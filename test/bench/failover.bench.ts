import * as assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { AvailabilityClass, PostgresInstance, type PostgresInstanceArgs } from "../../src";
import { failoverNames } from "../../src/failover/names";
import type { FailoverStatus } from "../../src/failover/status";
import type { ProbeResult } from "../../src/operations/probe";
import { runJobFrom } from "../../src/operations/run-job";
import { lookAtInstance, wholenessProblem } from "../../src/operations/whole-instance";
import { harness, type SpecStack } from "../e2e/harness";
import { terminal, type TerminalContext } from "../e2e/operations";
import { small } from "../e2e/orders";
import { type ProbedEndpoint, startProbe } from "../e2e/probe-pod";
import { keepResult, median } from "./result";

/** Rounds; each kills and switches every subject once, in turn. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 10);
/** Seconds a subject must have been whole before the next thing is done to it. */
const settleSeconds = 3;

/** What the gap of writes may be, compared with plain CloudNativePG. */
const mostRatio = { kill: 1 / 3, switchover: 0.85 };
/** What it is to come to. */
const goalRatio = { kill: 1 / 3, switchover: 0.5 };

type Action = keyof typeof mostRatio;
const actions: readonly Action[] = ["kill", "switchover"];

/** Something that fails over. */
interface Subject {
  name: string;
  /** Name of its Cluster. */
  cluster: string;
  endpoint: Omit<ProbedEndpoint, "namespace">;
}

/** Medians of what clients noticed. */
interface Figures {
  gapMs: number;
  readGapMs: number;
  failedStatements: number;
  /** Acknowledged writes that were gone, of all rounds. */
  lost: number;
  gapsMs: number[];
}

/** By subject. */
type Measured = Record<string, Record<Action, Figures>>;

/** Instances, all on one node: hosts are not what is compared. */
const three: PostgresInstanceArgs = {
  ...small,
  // CloudNativePG's own parameters keep up to a gibibyte of WAL.
  storage: { size: "3Gi" },
  instances: 3,
  scheduling: { hostSpread: "none", zoneSpread: "none" },
};

const ours = (name: string): Subject => ({
  name,
  cluster: `${name}-g1`,
  endpoint: {
    host: `${name}.NAMESPACE.svc`,
    readOnlyHost: `${name}-ro.NAMESPACE.svc`,
    login: `${name}-connection`,
    authority: { configMap: { name: `${name}-ca` } },
  },
});

const plain: Subject = {
  name: "plain",
  cluster: "plain",
  endpoint: {
    host: "plain-rw.NAMESPACE.svc",
    readOnlyHost: "plain-ro.NAMESPACE.svc",
    login: "plain-app",
    authority: { secret: { secretName: "plain-ca" } },
  },
};

describe("failover, against a Cluster with CloudNativePG's defaults", function () {
  this.timeout(120 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let around: TerminalContext;
  const subjects = [plain, ours("standard"), ours("zeroloss")];
  const results: Record<string, Record<Action, ProbeResult[]>> = {};

  before(async () => {
    stack = await bench.stackFor("bench-failover", async namespace => {
      const provider = new kubernetes.Provider("kubernetes", { enableSecretMutable: true });
      const standard = new PostgresInstance(
        "standard",
        { ...three, namespace, availability: AvailabilityClass.Standard },
        { provider },
      );
      // One after the other: on two cores all at once take longer than an update waits.
      new PostgresInstance(
        "zeroloss",
        { ...three, namespace, availability: AvailabilityClass.ZeroLoss },
        { provider, dependsOn: standard },
      );
    });
    await stack.up();
    await makePlain();
    around = await terminal(bench);
    for (const { name } of subjects) results[name] = { kill: [], switchover: [] };
  });

  /** What a person writes who takes CloudNativePG as it is: the same image, size and volumes. */
  async function makePlain(): Promise<void> {
    const { namespace } = stack;
    const imageName = await bench.field(
      namespace,
      "clusters.postgresql.cnpg.io/standard-g1",
      ".spec.imageName",
    );
    const { cpu, memory, requests } = three.resources ?? {};
    await bench.apply({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: plain.cluster, namespace },
      spec: {
        instances: 3,
        imageName,
        storage: { size: three.storage?.size },
        resources: { limits: { cpu, memory }, requests: { cpu: requests?.cpu, memory } },
      },
    });
    await bench.kubectl(
      "wait",
      "-n",
      namespace,
      `clusters.postgresql.cnpg.io/${plain.cluster}`,
      "--for=condition=Ready",
      "--timeout=600s",
    );
  }

  async function run(subject: Subject, action: Action, round: number): Promise<ProbeResult> {
    await whole(subject);
    const probe = await startProbe(bench, endpointOf(subject), `probe-${subject.name}-${action}-${round}`);
    await baseline();
    await act[action](subject);
    await whole(subject);
    return probe.end();
  }

  const endpointOf = ({ endpoint }: Subject): ProbedEndpoint => {
    const named = (host: string): string => host.replace("NAMESPACE", stack.namespace);
    const { host, readOnlyHost = "" } = endpoint;
    return { ...endpoint, namespace: stack.namespace, host: named(host), readOnlyHost: named(readOnlyHost) };
  };

  /** A second of writing, so that there is something to compare with. */
  const baseline = (): Promise<void> => around.clock.sleep(1000);

  const primaryOf = ({ cluster }: Subject): Promise<string> =>
    bench.field(stack.namespace, `clusters.postgresql.cnpg.io/${cluster}`, ".status.currentPrimary");

  const act: Record<Action, (subject: Subject) => Promise<void>> = {
    async kill(subject) {
      const pod = await primaryOf(subject);
      await bench.kubectl("delete", "pod", "-n", stack.namespace, pod, "--grace-period=0", "--force");
    },
    /** Ours by the operation that is there for it, plain CloudNativePG as `kubectl cnpg promote` does. */
    async switchover(subject) {
      if (subject !== plain) {
        const { failover: cronJob } = failoverNames(subject.name);
        const job = { namespace: stack.namespace, cronJob, request: {} };
        const { state, failureReason } = await runJobFrom<FailoverStatus>(around, job);
        assert.equal(state, "completed", failureReason);
        return;
      }
      const object = `clusters.postgresql.cnpg.io/${subject.cluster}`;
      const names = await bench.field(stack.namespace, object, ".status.instanceNames[*]");
      const primary = await primaryOf(subject);
      const target = names.split(" ").find(name => name !== primary);
      const status = {
        targetPrimary: target,
        targetPrimaryTimestamp: new Date().toISOString(),
        phase: "Switchover in progress",
        phaseReason: `Switching over to ${target}`,
      };
      await bench.kubectl(
        "patch",
        "-n",
        stack.namespace,
        object,
        "--subresource=status",
        "--type=merge",
        `--patch=${JSON.stringify({ status })}`,
      );
    },
  };

  /** Waits until every server is ready and that has been so for a while. */
  async function whole({ name, cluster }: Subject): Promise<void> {
    let since: number | undefined;
    await bench.waitUntil(
      async () => {
        const looked = await lookAtInstance(around.api, stack.namespace, cluster);
        if (wholenessProblem(name, looked) !== undefined) {
          since = undefined;
          return false;
        }
        since ??= performance.now();
        return performance.now() - since >= settleSeconds * 1000;
      },
      `every server of ${name}`,
      300,
    );
  }

  for (let round = 1; round <= rounds; round++)
    it(`round ${round} of ${rounds}`, async () => {
      for (const action of actions)
        for (const subject of subjects) {
          const result = await run(subject, action, round);
          results[subject.name]?.[action].push(result);
          const { writes } = result;
          bench.note(
            `${action} ${subject.name}: writes paused for ${writes.gapMs} ms, ${JSON.stringify(writes.reasons)}, ${writes.lost} lost`,
          );
          assert.ok(writes.gapEnded, "writes went on");
        }
      keep();
      await renewStandbys();
    });

  /** The kubelet waits longer before each restart of a container, and after some rounds for minutes: a new pod begins anew. */
  async function renewStandbys(): Promise<void> {
    const standbys = "cnpg.io/podRole=instance,cnpg.io/instanceRole=replica";
    const found = await bench.kubectl("get", "pods", "-n", stack.namespace, "-l", standbys, "-o", "json");
    const { items } = JSON.parse(found) as {
      items: { metadata: { name: string }; status?: { containerStatuses?: { restartCount: number }[] } }[];
    };
    const restarted = items
      .filter(({ status }) => (status?.containerStatuses ?? []).some(({ restartCount }) => restartCount > 0))
      .map(({ metadata }) => metadata.name);
    if (restarted.length > 0) await bench.kubectl("delete", "pods", "-n", stack.namespace, ...restarted);
  }

  /** Writes what is known so far, and gives it back. */
  function keep(): { measured: Measured; ratios: Record<string, Record<Action, number>> } {
    const measured: Measured = {};
    for (const { name } of subjects)
      measured[name] = { kill: figures(name, "kill"), switchover: figures(name, "switchover") };
    const ratios = Object.fromEntries(
      subjects.slice(1).map(({ name }): [string, Record<Action, number>] => {
        const ratio = (action: Action): number =>
          (measured[name]?.[action].gapMs ?? NaN) / (measured.plain?.[action].gapMs ?? NaN);
        return [name, { kill: ratio("kill"), switchover: ratio("switchover") }];
      }),
    );
    const done = results.plain?.switchover.length ?? 0;
    const file = keepResult("failover", { rounds: done, intervalMs: 10, ratios, goalRatio, measured });
    bench.note(`${JSON.stringify(ratios)}; ${file}`);
    return { measured, ratios };
  }

  function figures(name: string, action: Action): Figures {
    const list = results[name]?.[action] ?? [];
    const of = (read: (result: ProbeResult) => number): number => median(list.map(read));
    return {
      gapMs: of(({ writes }) => writes.gapMs),
      readGapMs: of(({ readOnlyReads }) => readOnlyReads?.gapMs ?? NaN),
      failedStatements: of(({ writes }) => writes.failedStatements),
      lost: list.reduce((sum, { writes }) => sum + writes.lost, 0),
      gapsMs: list.map(({ writes }) => writes.gapMs),
    };
  }

  it("pauses writes for much less time than CloudNativePG by itself, and loses nothing in class zero-loss", () => {
    const { measured, ratios } = keep();
    for (const [name, ratio] of Object.entries(ratios))
      for (const action of actions)
        assert.ok(
          ratio[action] <= mostRatio[action],
          `${name}, ${action}: ratio ${ratio[action].toFixed(2)}`,
        );
    assert.equal(measured.zeroloss?.kill.lost, 0);
  });
});
