import * as assert from "node:assert/strict";
import { type Manifest, ownAnnotations } from "../../../src/cnpg";
import { cronJobManifest } from "../../../src/jobs/job";
import { kinds } from "../../../src/operations/kubernetes";
import { runJobFrom } from "../../../src/operations/run-job";
import { context, FakeApi, FakeClock } from "./fakes";

interface JobManifest extends Manifest {
  spec: {
    backoffLimit: number;
    ttlSecondsAfterFinished: number;
    template: { spec: { serviceAccountName: string; containers: { command: string[]; env: object[] }[] } };
  };
}

/** A cluster that does with the pod of each Job what the steps say, one at each look. */
class JobApi extends FakeApi {
  made: JobManifest | undefined;
  readonly #steps: ((api: JobApi, job: string) => void)[];

  constructor(...steps: ((api: JobApi, job: string) => void)[]) {
    super();
    this.#steps = steps;
    const spec = {
      name: "orders-archive",
      namespace: "shop",
      operation: "archive-survey",
      request: { store: "backups", servers: ["orders-g1"] },
      image: "jobs:1",
      serviceAccountName: "orders-archive",
      labels: { a: "b" },
      activeDeadlineSeconds: 60,
    };
    const cronJob = cronJobManifest(spec, { schedule: "0 0 1 1 *" }) as unknown as Manifest;
    this.add(kinds.cronJob, { ...cronJob, metadata: { ...cronJob.metadata, uid: "cron-uid" } });
    this.onCreate = object => (this.made = object as JobManifest);
  }

  override async get<T extends Manifest>(
    kind: (typeof kinds)[keyof typeof kinds],
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    if (kind === kinds.job) this.#steps.shift()?.(this, name);
    return super.get<T>(kind, namespace, name);
  }

  change(job: string, change: object): void {
    const found = this.objects.get(`jobs/shop/${job}`) as Manifest;
    this.objects.set(`jobs/shop/${job}`, { ...found, ...change });
  }

  addPod(job: string, status: object): void {
    const metadata = { name: `${job}-x`, namespace: "shop", labels: { "batch.kubernetes.io/job-name": job } };
    this.add(kinds.pod, { apiVersion: "v1", kind: "Pod", metadata, status });
  }
}

const condition = (type: string) => ({
  status: { conditions: [{ type, status: "True", message: "too bad" }] },
});
const result = (metadata: object) => ({
  ...metadata,
  annotations: { [ownAnnotations.result]: '{"bytes":7}' },
});
const succeed = (api: JobApi, job: string): void =>
  api.change(job, {
    metadata: result({ name: job, namespace: "shop" }),
    ...condition("Complete"),
  });

describe("runJobFrom", () => {
  const run = {
    namespace: "shop",
    cronJob: "orders-archive",
    request: { servers: ["orders-g2"], scan: true },
  };

  it("runs the template with another request, tells what it says, and takes the result and the Job away", async () => {
    const api = new JobApi(
      () => undefined,
      (a, job) => {
        a.addPod(job, { phase: "Pending" });
      },
      (a, job) => {
        a.addPod(job, { phase: "Running" });
        a.logs.set(`shop/${job}-x`, "Reads the archive.\nhalf a li");
      },
      (a, job) => {
        a.logs.set(`shop/${job}-x`, "Reads the archive.\nhalf a line\n");
        succeed(a, job);
      },
    );
    const around = context(api);
    assert.deepEqual(await runJobFrom(around, run), { bytes: 7 });
    const { spec, metadata } = api.made as JobManifest;
    const [container] = spec.template.spec.containers;
    assert.deepEqual(container?.command.slice(0, 3), ["node", "/app/jobs.js", "archive-survey"]);
    assert.deepEqual(JSON.parse(container?.command[4] ?? ""), {
      store: "backups",
      servers: ["orders-g2"],
      scan: true,
    });
    assert.equal(container?.env.length, 3);
    assert.equal(spec.template.spec.serviceAccountName, "orders-archive");
    assert.deepEqual([spec.backoffLimit, spec.ttlSecondsAfterFinished], [0, 3600]);
    assert.deepEqual(metadata.ownerReferences, [
      { apiVersion: "batch/v1", kind: "CronJob", name: "orders-archive", uid: "cron-uid" },
    ]);
    assert.deepEqual(
      around.said.filter(sentence => !sentence.startsWith("After")),
      ["Reads the archive.", "half a line"],
    );
    assert.match(around.said.join("\n"), /which has no pod yet\n.*not placed on a node yet/);
    assert.equal((await api.list(kinds.job, "shop", {})).length, 0);
  });

  it("runs another operation, and leaves the Job when it is to be kept", async () => {
    const api = new JobApi(succeed);
    await runJobFrom(context(api), { ...run, operation: "other", keep: true });
    assert.equal(api.made?.spec.template.spec.containers[0]?.command[2], "other");
    assert.equal((await api.list(kinds.job, "shop", {})).length, 1);
  });

  it("fails with the words of the operation, and leaves the Job for who looks for more", async () => {
    const terminated = { exitCode: 1, message: "The store is full.\n" };
    const api = new JobApi((a, job) => {
      a.addPod(job, { containerStatuses: [{ state: { terminated } }] });
      a.change(job, condition("Failed"));
    });
    await assert.rejects(
      runJobFrom(context(api), run),
      /^Error: The store is full\. \(Job shop\/orders-archive-\d+,/,
    );
    assert.equal((await api.list(kinds.job, "shop", {})).length, 1);
  });

  const failures: [string, (api: JobApi, job: string) => void, RegExp][] = [
    ["it has no words of its own", (a, job) => a.change(job, condition("Failed")), /too bad/],
    [
      "it was killed",
      (a, job) => {
        a.addPod(job, {
          containerStatuses: [{ state: { terminated: { exitCode: 137, reason: "OOMKilled" } } }],
        });
        a.change(job, condition("Failed"));
      },
      /ended with 137 \(OOMKilled\)/,
    ],
    ["it is deleted", (a, job) => void a.objects.delete(`jobs/shop/${job}`), /somebody deleted the Job/],
    ["it leaves nothing", (a, job) => a.change(job, condition("Complete")), /without leaving a result/],
  ];
  for (const [name, step, reason] of failures) {
    it(`fails when ${name}`, () => assert.rejects(runJobFrom(context(new JobApi(step)), run), reason));
  }

  it("says what the pod waits for when the time is up", async () => {
    const waiting = { reason: "ImagePullBackOff", message: "no such image" };
    const api = new JobApi((a, job) => a.addPod(job, { containerStatuses: [{ state: { waiting } }] }));
    await assert.rejects(
      runJobFrom(context(api, new FakeClock()), { ...run, timeoutSeconds: 10 }),
      /gave up after 10 s.*ImagePullBackOff \(no such image\)\. The Job goes on by itself/,
    );
  });

  it("names the CronJob that is missing", () =>
    assert.rejects(runJobFrom(context(), run), /no CronJob shop\/orders-archive .* run pulumi up/));
});
