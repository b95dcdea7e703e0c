import { type Manifest, ownAnnotations } from "../../../src/cnpg";
import type { ClusterSurroundings } from "../../../src/cli/cluster";
import { cronJobManifest } from "../../../src/jobs/job";
import type { ClusterAccess } from "../../../src/operations/kubeconfig";
import { kinds } from "../../../src/operations/kubernetes";
import { FakeApi, FakeClock } from "../operations/fakes";

/** A request of a Job, and the operation it is for. */
export interface AskedJob {
  operation: string;
  request: Record<string, unknown>;
}

/** An API server whose Jobs are done as soon as they are made. */
export class InstantJobs extends FakeApi {
  /** What Jobs were made for. */
  readonly asked: AskedJob[] = [];

  /** @param answer what the operation leaves on its Job; an Error makes it fail with that reason */
  constructor(answer: (job: AskedJob, api: InstantJobs) => object | Error) {
    super();
    this.onCreate = object => {
      if (object.kind !== "Job") return object;
      const job = askedOf(object);
      this.asked.push(job);
      return this.#done(object, answer(job, this));
    };
  }

  /** A CronJob from whose template Jobs are made. */
  addTemplate(name: string, operation: string): void {
    const spec = {
      name,
      namespace: "shop",
      operation,
      request: { namespace: "shop", store: "backups" },
      image: "jobs:1",
      serviceAccountName: name,
      labels: {},
      activeDeadlineSeconds: 60,
    };
    const manifest = cronJobManifest(spec, { schedule: "0 0 1 1 *" }) as unknown as Manifest;
    this.add(kinds.cronJob, { ...manifest, metadata: { ...manifest.metadata, uid: "uid" } });
  }

  /** A ConfigMap with JSON under its keys. */
  addRecord(name: string, data: Record<string, unknown>): void {
    const texts = Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]),
    );
    this.add(kinds.configMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "shop" },
      data: texts,
    });
  }

  #done(job: Manifest, result: object | Error): Manifest {
    const { metadata } = job;
    if (result instanceof Error) {
      const labels = { "batch.kubernetes.io/job-name": metadata.name ?? "" };
      const terminated = { exitCode: 1, message: result.message };
      this.add(kinds.pod, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `${metadata.name}-x`, namespace: "shop", labels },
        status: { containerStatuses: [{ state: { terminated } }] },
      });
      return { ...job, status: { conditions: [{ type: "Failed", status: "True" }] } };
    }
    const annotations = { [ownAnnotations.result]: JSON.stringify(result) };
    return {
      ...job,
      metadata: { ...metadata, annotations },
      status: { conditions: [{ type: "Complete", status: "True" }] },
    };
  }
}

function askedOf(job: Manifest): AskedJob {
  const { template } = job.spec as { template: { spec: { containers: { command: string[] }[] } } };
  const command = template.spec.containers[0]?.command ?? [];
  const at = command.indexOf("--request");
  return {
    operation: command[at - 1] ?? "",
    request: JSON.parse(command[at + 1] ?? "{}") as Record<string, unknown>,
  };
}

/** What a verb reaches: this API server, no pods, and a clock that only moves when somebody sleeps. */
export function surroundings(
  api: FakeApi,
  more: Partial<ClusterAccess> = {},
  now = "2026-11-20T12:00:00Z",
): ClusterSurroundings {
  const access = { context: "test", namespace: "default", api, ...more } as unknown as ClusterAccess;
  return {
    openCluster: async () => access,
    clock: new FakeClock(now),
    progress: { write: () => undefined, every: () => () => undefined },
  };
}
