/** One rule of a PrometheusRule. */
export interface AlertRule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Something that is proved again and again, and has the metrics `succeeded` and `succeeded_at`: a restore drill, a rehearsal. */
export interface Proof {
  /** What the names of its alerts begin with. @example "PostgresRestoreDrill" */
  alert: string;
  /** @example "restore drill of PostgreSQL instance shop/orders" */
  what: string;
  /** What the names of its metrics begin with. */
  metricPrefix: string;
  /** Label of its metrics with the name of the instance. */
  instanceLabel: string;
  instance: { name: string; namespace: string };
  /** Where to look, as a sentence. */
  where: string;
}

const daySeconds = 86_400;

/**
 * Rules that fire when the last proof failed, when the last success is too long ago, and when there was none.
 * @param days after which a success is too long ago; undefined where nobody expects one
 */
export function proofAlerts(proof: Proof, days: number | undefined): AlertRule[] {
  const { alert, what, metricPrefix, instanceLabel, instance, where } = proof;
  const of = `{namespace="${instance.namespace}",${instanceLabel}="${instance.name}"}`;
  const metric = (short: string): string =>
    `max by (namespace, ${instanceLabel}) (${metricPrefix}_${short}${of})`;
  // Nobody tells of a success while no server runs, which is not the same as none.
  const running = `max_over_time(cnpg_collector_up{namespace="${instance.namespace}",pod=~"${instance.name}-g[0-9]+-[0-9]+"}[1d]) == 1`;
  const rule = (end: string, expr: string, period: string, summary: string): AlertRule => ({
    alert: `${alert}${end}`,
    expr,
    for: period,
    labels: { severity: "warning" },
    annotations: { summary: `${summary} ${where}` },
  });
  const failed = rule("Failed", `${metric("succeeded")} == 0`, "1m", `The last ${what} failed.`);
  if (days === undefined) return [failed];
  return [
    failed,
    rule(
      "Stale",
      `time() - ${metric("succeeded_at")} > ${days * daySeconds}`,
      "10m",
      `No ${what} has succeeded for ${days} days.`,
    ),
    rule(
      "Missing",
      `absent(${metricPrefix}_succeeded_at${of}) and on (namespace) (${running})`,
      `${days}d`,
      `No ${what} has ever succeeded.`,
    ),
  ];
}
