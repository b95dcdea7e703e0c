import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import { failoverHistoryKey, failoverNames } from "../failover/names";
import { failoverRules } from "../failover/rights";
import { cronJobManifest, type JobSpec, unusedSchedule } from "../jobs/job";
import type { InstanceContext } from "./children";
import { account, asApplication, jobSpec } from "./jobs";
import { serviceHost } from "./names";
import { caDirectory, metadata, port } from "./render";

/** Seconds a Job of a failover has: longer than the longest wait for a standby, with what comes after it. */
const patience = 2 * 3600;

/**
 * What failovers of an instance with standbys need: rights, the history, and a suspended CronJob from which the command line makes Jobs. An
 * instance of one server has nothing to fail over to.
 */
export function failoverJobs(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  if (instance.instances === 1) return [];
  const names = failoverNames(instance.name);
  const history = children.make(
    "configMap",
    core.ConfigMap,
    `${name}-failovers`,
    { metadata: metadata(instance, args, names.failovers), data: { [failoverHistoryKey]: "[]" } },
    // Its data belongs to the Jobs.
    { dependsOn, ignoreChanges: ["data"] },
  );
  const accounts = account(context, names.failover, "failover", failoverRules(instance), dependsOn);
  const template = children.make(
    "job",
    batch.CronJob,
    `${name}-failover`,
    cronJobManifest(
      { ...failoverJob(context, {}), name: names.failover },
      { schedule: unusedSchedule, suspend: true },
    ),
    { dependsOn: accounts },
  );
  return [history, ...accounts, template];
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
