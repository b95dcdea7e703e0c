import type { Manifest, ObjectMeta } from "../../cnpg/object";
import type { InstanceReference } from "../../instance/reference";
import type { DrillArgs } from "./args";
import { drillMetricPrefix, instanceLabel } from "./metric";

export const defaultMaxAgeDays = 8;
const daySeconds = 86_400;

/** A PrometheusRule: the last drill failed, the last success is too long ago, there was none. */
export function drillAlerts(
  { name, namespace }: Pick<InstanceReference, "name" | "namespace">,
  args: Pick<DrillArgs, "maxAgeDays">,
  metadata: ObjectMeta,
): Manifest {
  const days = args.maxAgeDays ?? defaultMaxAgeDays;
  const of = `{namespace="${namespace}",${instanceLabel}="${name}"}`;
  const metric = (short: string): string =>
    `max by (namespace, ${instanceLabel}) (${drillMetricPrefix}_${short}${of})`;
  const rule = (alert: string, expr: string, period: string, summary: string): object => ({
    alert,
    expr,
    for: period,
    labels: { severity: "warning" },
    annotations: { summary: `${summary} ${where}` },
  });
  const where = `See ConfigMap ${namespace}/${metadata.name}, or run: pulumi-cnpg drill history ${name} --namespace ${namespace}`;
  const subject = `PostgreSQL instance ${namespace}/${name}`;
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata,
    spec: {
      groups: [
        {
          name: `${namespace}-${name}-drills`,
          rules: [
            rule(
              "PostgresRestoreDrillFailed",
              `${metric("succeeded")} == 0`,
              "1m",
              `The last restore drill of ${subject} failed.`,
            ),
            rule(
              "PostgresRestoreDrillStale",
              `time() - ${metric("succeeded_at")} > ${days * daySeconds}`,
              "10m",
              `No restore drill of ${subject} has succeeded for ${days} days.`,
            ),
            rule(
              "PostgresRestoreDrillMissing",
              `absent(${drillMetricPrefix}_succeeded_at${of})`,
              `${days}d`,
              `No restore drill of ${subject} has ever succeeded.`,
            ),
          ],
        },
      ],
    },
  };
}
