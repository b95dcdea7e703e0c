import type { AlertGroup } from "../failover/alerts";

/** A replica whose lag is watched. */
export interface AlertedReplica {
  name: string;
  namespace: string;
  /** Lag that is too much, bytes. */
  maxLagBytes: number;
}

/**
 * An alert on the lag of a replica behind its source, from the source's own metrics: so the source must be scraped by the same Prometheus. One
 * that the archive feeds has no connection, and nobody knows its lag.
 */
export function replicaAlertGroup(
  { name, namespace, maxLagBytes }: AlertedReplica,
  source: { name: string; namespace: string },
): AlertGroup {
  const servers = `namespace="${source.namespace}",pod=~"${source.name}-g[0-9]+-[0-9]+"`;
  const lag = `cnpg_pg_stat_replication_replay_diff_bytes{${servers},application_name="${name}"}`;
  return {
    name: `${namespace}-${name}-replica`,
    rules: [
      {
        alert: "PostgresReplicaLag",
        expr: `max by (namespace, application_name) (${lag}) > ${maxLagBytes}`,
        for: "2m",
        labels: { severity: "warning" },
        annotations: {
          summary: `Replica ${namespace}/${name} is {{ $value | humanize1024 }}B behind PostgreSQL instance ${source.namespace}/${source.name}; the limit is ${maxLagBytes} bytes. See pulumi-cnpg replica list ${name} --namespace ${namespace}.`,
        },
      },
    ],
  };
}
