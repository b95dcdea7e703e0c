import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { labels as cnpgLabels } from "../cnpg/metadata";
import { failoverNames } from "../failover/names";
import { watchMetric, watchMetricKey } from "../failover/watch-metric";
import { cronJobManifest, type JobSpec } from "../jobs/job";
import { poolerName } from "../pooler/names";
import { rehearsalAnnouncement } from "../rehearsal/announce";
import { rehearsalHistoryKey, rehearsalMetricKey } from "../rehearsal/names";
import {
  rehearsalCron,
  rehearsalDeadline,
  rehearsalRequest,
  type RehearsalRequest,
} from "../rehearsal/render";
import type { PostgresInstanceArgs } from "./args";
import type { InstanceContext } from "./children";
import { serviceHost } from "./names";
import { metadata } from "./render";
import type { ResolvedInstance } from "./resolve";

/** What rehearsals are told in the template of every Job of failovers. */
export function rehearsalOf(instance: ResolvedInstance, args: PostgresInstanceArgs): RehearsalRequest {
  const { instances, names, namespace, pooler } = instance;
  const endpoints = {
    readOnlyHost: serviceHost(names.readOnlyService, namespace),
    ...(pooler === undefined ? {} : { poolerHost: serviceHost(poolerName(names.service), namespace) }),
  };
  return rehearsalRequest({ instances, ...endpoints }, args.failover?.rehearsal ?? {});
}

/** What rehearsals leave: their reports, and the metric. Their data belongs to the Jobs. */
export function rehearsalRecords(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  const names = failoverNames(instance.name);
  const reload = { labels: { [cnpgLabels.reload]: "true" } };
  return [
    children.make(
      "configMap",
      core.ConfigMap,
      `${name}-rehearsals`,
      { metadata: metadata(instance, args, names.rehearsals), data: { [rehearsalHistoryKey]: "[]" } },
      { dependsOn, ignoreChanges: ["data"] },
    ),
    children.make(
      "configMap",
      core.ConfigMap,
      `${name}-failover-metric`,
      {
        metadata: metadata(instance, args, names.metric, reload),
        data: {
          [rehearsalMetricKey]: "{}",
          ...(instance.instances === 1 ? {} : { [watchMetricKey]: watchMetric(instance.name, {}) }),
        },
      },
      { dependsOn, ignoreChanges: ["data"] },
    ),
  ];
}

/**
 * Rehearsals by the clock, when they have a schedule. A preview says when they run next.
 * @param template of every Job of failovers
 */
export function rehearsalSchedule(
  context: InstanceContext,
  template: JobSpec,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { children, name, args, instance, parent } = context;
  const rehearsal = args.failover?.rehearsal;
  if (rehearsal === undefined) return [];
  if (pulumi.runtime.isDryRun())
    void pulumi.log.info(rehearsalAnnouncement(instance, rehearsal, context.clock()), parent);
  if (rehearsal.schedule === undefined) return [];
  const { rehearsals } = failoverNames(instance.name);
  const spec: JobSpec = {
    ...template,
    name: rehearsals,
    operation: "rehearse",
    activeDeadlineSeconds: rehearsalDeadline(rehearsalOf(instance, args)),
  };
  const manifest = cronJobManifest(spec, rehearsalCron(instance, rehearsal));
  return [children.make("job", batch.CronJob, `${name}-rehearsal-schedule`, manifest, { dependsOn })];
}
