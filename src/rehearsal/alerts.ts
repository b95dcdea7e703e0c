import type { RehearsalArgs } from "./args";
import { instanceLabel, rehearsalMetricPrefix } from "./metric";
import { rehearsalSeed } from "./render";
import { staleAfterDays } from "./resolve";

/** One rule of a PrometheusRule. */
export interface RehearsalAlertRule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const daySeconds = 86_400;

/**
 * Rules that fire when the last rehearsal failed or lost a write, and, where they run by a schedule or `maxAgeDays` is said, when the last success
 * is too long ago or there was none.
 */
export function rehearsalAlertRules(
  instance: { name: string; namespace: string },
  args: RehearsalArgs,
): RehearsalAlertRule[] {
  const { name, namespace } = instance;
  const of = `{namespace="${namespace}",${instanceLabel}="${name}"}`;
  const metric = (short: string): string =>
    `max by (namespace, ${instanceLabel}) (${rehearsalMetricPrefix}_${short}${of})`;
  const where = `See: pulumi-cnpg rehearse history ${name} --namespace ${namespace}`;
  const subject = `PostgreSQL instance ${namespace}/${name}`;
  const rule = (alert: string, expr: string, period: string, summary: string): RehearsalAlertRule => ({
    alert,
    expr,
    for: period,
    labels: { severity: "warning" },
    annotations: { summary: `${summary} ${where}` },
  });
  const days = staleAfterDays(args, rehearsalSeed(instance));
  return [
    rule(
      "PostgresRehearsalFailed",
      `${metric("succeeded")} == 0`,
      "1m",
      `The last rehearsal of a failover of ${subject} failed.`,
    ),
    ...(days === undefined
      ? []
      : [
          rule(
            "PostgresRehearsalStale",
            `time() - ${metric("succeeded_at")} > ${days * daySeconds}`,
            "10m",
            `No rehearsal of a failover of ${subject} has succeeded for ${days} days.`,
          ),
          rule(
            "PostgresRehearsalMissing",
            `absent(${rehearsalMetricPrefix}_succeeded_at${of})`,
            `${days}d`,
            `No rehearsal of a failover of ${subject} has ever succeeded.`,
          ),
        ]),
  ];
}
