import type { Manifest, ObjectMeta } from "../../cnpg/object";
import type { InstanceReference } from "../../instance/reference";
import { proofAlerts } from "../../proof-alerts";
import type { DrillArgs } from "./args";
import { drillMetricPrefix, instanceLabel } from "./metric";

export const defaultMaxAgeDays = 8;

/** A PrometheusRule: the last drill failed, the last success is too long ago, there was none. */
export function drillAlerts(
  { name, namespace }: Pick<InstanceReference, "name" | "namespace">,
  args: Pick<DrillArgs, "maxAgeDays">,
  metadata: ObjectMeta,
): Manifest {
  const proof = {
    alert: "PostgresRestoreDrill",
    what: `restore drill of PostgreSQL instance ${namespace}/${name}`,
    metricPrefix: drillMetricPrefix,
    instanceLabel,
    instance: { name, namespace },
    where: `See ConfigMap ${namespace}/${metadata.name}, or run: pulumi-cnpg drill history ${name} --namespace ${namespace}`,
  };
  const rules = proofAlerts(proof, args.maxAgeDays ?? defaultMaxAgeDays);
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata,
    spec: { groups: [{ name: `${namespace}-${name}-drills`, rules }] },
  };
}
