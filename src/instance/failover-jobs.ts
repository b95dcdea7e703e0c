import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { failoverHistoryKey, failoverNames, failoverTriggerKey } from "../failover/names";
import { failoverRules } from "../failover/rights";
import type { FailoverStatus } from "../failover/status";
import { cronJobManifest, jobManifest, type JobSpec, resultAnnotation, unusedSchedule } from "../jobs/job";
import type { InstanceContext } from "./children";
import { account, asApplication, jobSpec } from "./jobs";
import { serviceHost } from "./names";
import { rehearsalOf, rehearsalRecords, rehearsalSchedule } from "./rehearsal-jobs";
import { caDirectory, metadata, port } from "./render";
import { hasFailoverJobs } from "./resolve";

/** Seconds a Job of a failover has: longer than the longest wait for a standby, with what comes after it. */
const patience = 2 * 3600;

/** What failovers of an instance need, and what came of the declared one. */
export interface Failovers {
  resources: pulumi.Resource[];
  /** The failover of the trigger; undefined before one was run. */
  last: pulumi.Output<FailoverStatus | undefined>;
}

/**
 * Rights, history, and a suspended CronJob from which the command line makes Jobs; with a trigger also the Job that does what it asks for. An
 * instance of one server has nothing to fail over to, but its restart can be rehearsed.
 * @param dependsOn everything the instance serves with: a trigger is for an instance that has settled
 */
export function failoverJobs(context: InstanceContext, dependsOn: pulumi.Resource[]): Failovers {
  const { children, name, args, instance } = context;
  if (!hasFailoverJobs(instance, args)) return { resources: [], last: pulumi.output(undefined) };
  const { failover } = failoverNames(instance.name);
  const history = makeHistory(context, dependsOn);
  const accounts = account(context, failover, "failover", failoverRules(instance), dependsOn);
  const records = rehearsalRecords(context, dependsOn);
  const template = failoverJob(context, { rehearsal: rehearsalOf(instance, args) });
  const cronJob = children.make(
    "job",
    batch.CronJob,
    `${name}-failover`,
    cronJobManifest({ ...template, name: failover }, { schedule: unusedSchedule, suspend: true }),
    { dependsOn: accounts },
  );
  const schedule = rehearsalSchedule(context, template, [...accounts, ...records]);
  const resources = [history, ...records, ...accounts, cronJob, ...schedule];
  const job = triggerJob(context, resources);
  if (job === undefined) return { resources, last: pulumi.output(undefined) };
  const last = job.metadata.annotations.apply(annotations => {
    const result = annotations?.[resultAnnotation];
    return result === undefined ? undefined : (JSON.parse(result) as { failover?: FailoverStatus }).failover;
  });
  return { resources: [...resources, job], last };
}

/**
 * Its data belongs to the Jobs. What it is made with tells them which trigger is none of their business: the one the instance had then.
 */
function makeHistory(
  { children, name, args, instance }: InstanceContext,
  dependsOn: pulumi.Resource[],
): core.ConfigMap {
  const id = args.failover?.trigger?.id;
  return children.make(
    "configMap",
    core.ConfigMap,
    `${name}-failovers`,
    {
      metadata: metadata(instance, args, failoverNames(instance.name).failovers),
      data: {
        [failoverHistoryKey]: "[]",
        [failoverTriggerKey]: JSON.stringify(id === undefined ? {} : { id }),
      },
    },
    { dependsOn, ignoreChanges: ["data"] },
  );
}

/** Its name is made of the trigger, so that every trigger has a Job of its own. A hibernated instance waits with it until it is awake. */
function triggerJob(context: InstanceContext, dependsOn: pulumi.Resource[]): batch.Job | undefined {
  const { children, name, args, instance } = context;
  const { trigger } = args.failover ?? {};
  if (trigger === undefined || instance.hibernated) return undefined;
  const { id, ...options } = trigger;
  return children.make(
    "job",
    batch.Job,
    `${name}-failover-trigger`,
    jobManifest(failoverJob(context, { trigger: id, ...options })),
    { dependsOn, customTimeouts: { create: `${patience + 90}s` } },
  );
}

function failoverJob({ instance, args }: InstanceContext, more: object): JobSpec {
  const { failover } = failoverNames(instance.name);
  const request = {
    namespace: instance.namespace,
    instance: instance.name,
    endpoint: {
      host: serviceHost(instance.names.service, instance.namespace),
      port,
      database: instance.database,
      caFile: `${caDirectory}/ca.crt`,
    },
    ...more,
  };
  return {
    ...jobSpec(instance, args, failover, "failover", request, patience),
    ...asApplication(instance),
    // A failover that failed is a result, and must not be tried again by itself.
    backoffLimit: 0,
  };
}
