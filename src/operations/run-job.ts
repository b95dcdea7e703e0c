import { ownAnnotations } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { type Clock, describeError, type Look, waitUntil } from "./waiting";

/** An operation that only a Job of the cluster can do, begun from outside. */
export interface JobRun {
  namespace: string;
  /** CronJob whose template the Job is made from, also when it is suspended. */
  cronJob: string;
  /** What the Job's name begins with; at most 57 characters. @default the CronJob's name */
  name?: string;
  /** Another operation of the image than the template's. It has the rights of the template's ServiceAccount. */
  operation?: string;
  /** Members that take the place of those in the template's request; the others stay. */
  request: object;
  /** Seconds until following it ends; the Job itself goes on. @default 3600 */
  timeoutSeconds?: number;
  /** Whether the Job stays after its result was read. @default false */
  keep?: boolean;
}

/** What following a Job needs. */
export interface JobContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
}

interface Container {
  name: string;
  command?: string[];
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string> };
  spec: { containers: Container[] };
}

interface JobSpecification {
  template: PodTemplate;
  [field: string]: unknown;
}

interface CronJobManifest extends Manifest {
  spec?: { jobTemplate: { metadata?: { labels?: Record<string, string> }; spec: JobSpecification } };
}

interface JobManifest extends Manifest {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  terminated?: { exitCode: number; reason?: string; message?: string };
}

interface JobPod extends Manifest {
  status?: { phase?: string; message?: string; containerStatuses?: { state?: ContainerState }[] };
}

/** Seconds a Job stays that nobody deletes, because it failed or because its follower is gone. */
const leftoverSeconds = 3600;

/** Label of the pods of a Job. */
const jobNameLabel = "batch.kubernetes.io/job-name";

/**
 * Runs a Job from the template of a CronJob and follows it to its end.
 * @returns what the operation left on its Job
 * @throws Error with the reason the operation gave
 */
export async function runJobFrom<Result>(context: JobContext, run: JobRun): Promise<Result> {
  const template = await context.api.get<CronJobManifest>(kinds.cronJob, run.namespace, run.cronJob);
  if (template?.spec === undefined) {
    throw new Error(
      `There is no CronJob ${run.namespace}/${run.cronJob} to run this from. It comes with the component's arguments: set them and run pulumi up.`,
    );
  }
  const made = await context.api.create<JobManifest>(kinds.job, jobFrom(template, template.spec, run));
  const name = made.metadata.name ?? "";
  const { job, failure } = await follow(context, run, made);
  if (failure !== undefined) {
    throw new Error(`${failure} (Job ${run.namespace}/${name}, there for an hour)`);
  }
  const result = job.metadata.annotations?.[ownAnnotations.result];
  if (result === undefined) throw new Error(`Job ${run.namespace}/${name} ended without leaving a result`);
  if (run.keep !== true) await context.api.delete(kinds.job, run.namespace, name);
  return JSON.parse(result) as Result;
}

/** The Job a CronJob would make, with another request. It goes with the CronJob, which does not count it as a run of its own. */
function jobFrom(
  { metadata }: CronJobManifest,
  { jobTemplate }: NonNullable<CronJobManifest["spec"]>,
  run: JobRun,
): Manifest {
  const { name = "", uid = "" } = metadata;
  const owner = { apiVersion: kinds.cronJob.apiVersion, kind: "CronJob", name, uid };
  const { template } = jobTemplate.spec;
  const [first, ...others] = template.spec.containers;
  if (first === undefined) throw new Error(`CronJob ${run.namespace}/${run.cronJob} has no container`);
  const containers = [withRequest(first, run), ...others];
  return {
    apiVersion: kinds.job.apiVersion,
    kind: "Job",
    metadata: {
      generateName: `${(run.name ?? run.cronJob).slice(0, 57)}-`,
      namespace: run.namespace,
      ownerReferences: [owner],
      ...present({ labels: jobTemplate.metadata?.labels }),
    } as Manifest["metadata"],
    spec: {
      ...jobTemplate.spec,
      // Who waits for it can begin it again, and wants the first reason.
      backoffLimit: 0,
      ttlSecondsAfterFinished: leftoverSeconds,
      template: { ...template, spec: { ...template.spec, containers } },
    },
  };
}

function withRequest(container: Container, { cronJob, operation, request }: JobRun): Container {
  const command = container.command ?? [];
  const at = command.indexOf("--request");
  const text = command[at + 1];
  if (at < 1 || text === undefined) throw new Error(`CronJob ${cronJob} runs no operation with a request`);
  const changed = JSON.stringify({ ...(JSON.parse(text) as object), ...request });
  return {
    ...container,
    command: [
      ...command.slice(0, at - 1),
      operation ?? command[at - 1] ?? "",
      "--request",
      changed,
      ...command.slice(at + 2),
    ],
  };
}

interface Ended {
  job: JobManifest;
  failure?: string;
}

async function follow(context: JobContext, run: JobRun, made: JobManifest): Promise<Ended> {
  const { timeoutSeconds = 3600 } = run;
  const name = made.metadata.name ?? "";
  const sayNews = newsTo(context.say);
  const look = async (): Promise<Look<Ended>> => {
    const job = await context.api.get<JobManifest>(kinds.job, run.namespace, name);
    if (job === undefined) return { done: true, value: { job: made, failure: "somebody deleted the Job" } };
    const pods = await context.api.list<JobPod>(kinds.pod, run.namespace, { [jobNameLabel]: name });
    const pod = pods.at(-1);
    if (pod?.metadata.name !== undefined) sayNews(await context.api.log(run.namespace, pod.metadata.name));
    const failed = conditionOf(job, "Failed");
    if (failed !== undefined) {
      return { done: true, value: { job, failure: reasonOf(pod) ?? failed.message ?? "the Job failed" } };
    }
    if (conditionOf(job, "Complete") !== undefined) return { done: true, value: { job } };
    return { done: false, awaiting: `Job ${name}, ${stageOf(pod)}` };
  };
  try {
    return await waitUntil(look, { ...context, timeoutSeconds });
  } catch (error) {
    throw new Error(`${describeError(error)}. The Job goes on by itself.`, { cause: error });
  }
}

/** Says each whole line once that the operation has written. */
function newsTo(say: (sentence: string) => void): (log: string) => void {
  let said = 0;
  return log => {
    const lines = log.split("\n").slice(0, -1);
    for (const line of lines.slice(said)) say(line);
    said = Math.max(said, lines.length);
  };
}

function conditionOf({ status }: JobManifest, type: string): { message?: string } | undefined {
  return status?.conditions?.find(condition => condition.type === type && condition.status === "True");
}

/** What the operation wrote into its termination log. */
function reasonOf(pod: JobPod | undefined): string | undefined {
  const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated;
  const message = ended?.message?.trim();
  if (message !== undefined && message !== "") return message;
  if (ended === undefined || ended.exitCode === 0) return undefined;
  return `the operation ended with ${ended.exitCode}${ended.reason === undefined ? "" : ` (${ended.reason})`}`;
}

function stageOf(pod: JobPod | undefined): string {
  if (pod === undefined) return "which has no pod yet";
  const { phase, containerStatuses } = pod.status ?? {};
  const waiting = containerStatuses?.[0]?.state?.waiting;
  if (waiting?.reason !== undefined) {
    return `whose pod waits: ${waiting.reason}${waiting.message === undefined ? "" : ` (${waiting.message})`}`;
  }
  return phase === "Pending" ? "whose pod is not placed on a node yet" : "which runs";
}
