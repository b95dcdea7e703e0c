import type { SynchronousReplication } from "../cnpg/cluster";
import type { AlertRule } from "../proof-alerts";
import type { FailoverPolicy } from "./policy";
import { watchMetricLabel, watchMetricPrefix } from "./watch-metric";

/** What the alerts of an instance depend on. */
export interface AlertedInstance {
  name: string;
  namespace: string;
  /** Cluster of the generation that serves. */
  clusterName: string;
  /** Whether it is shut down on purpose. @default false */
  hibernated?: boolean;
  /** Lag that is too much, bytes. */
  maxLagBytes?: number;
  synchronous?: Pick<SynchronousReplication, "number" | "standbyNamesPre" | "standbyNamesPost">;
}

/** Hours after which a maintenance looks forgotten. */
const longMaintenanceHours = 8;

/** Seconds for which an automatic failover is news. */
const newsSeconds = 3600;

/** Rules that are evaluated together. */
export interface AlertGroup {
  name: string;
  rules: AlertRule[];
}

interface Alert {
  name: string;
  expr: string;
  period: string;
  severity: "critical" | "warning" | "info";
  summary: string;
}

/** Alerts for replication, failovers and maintenance: from CloudNativePG's metrics where they tell, else from the watch's. */
export function failoverAlertGroup(
  instance: AlertedInstance,
  policy: Pick<FailoverPolicy, "flapping">,
): AlertGroup {
  const { name, namespace } = instance;
  const where = `See pulumi-cnpg status ${name} --namespace ${namespace}.`;
  const rules = [...replicationAlerts(instance), ...failoverWatchAlerts(instance, policy)];
  return {
    name: `${namespace}-${name}-failover`,
    rules: rules.map(({ name: alert, expr, period, severity, summary }) => ({
      alert,
      expr,
      for: period,
      labels: { severity },
      annotations: { summary: `${summary} ${where}` },
    })),
  };
}

/** From the metrics that CloudNativePG's exporter has by itself. They go by the pods: PodMonitors and annotations both set these labels. */
function replicationAlerts({
  name,
  namespace,
  clusterName,
  hibernated = false,
  maxLagBytes,
  synchronous,
}: AlertedInstance): Alert[] {
  const subject = `PostgreSQL instance ${namespace}/${name}`;
  const servers = `${clusterName}-[0-9]+`;
  const pods = `namespace="${namespace}",pod=~"${servers}"`;
  const lag = (standbys: string): string =>
    `cnpg_pg_stat_replication_replay_diff_bytes{${pods},application_name=~"${standbys}"}`;
  const primaryUp = `count by (namespace) (cnpg_pg_replication_in_recovery{${pods}} == 0)`;
  const limit = maxLagBytes === undefined ? "" : ` <= ${maxLagBytes}`;
  const up = `cnpg_collector_up{${pods}}`;
  // By pod, because two scrapes or two addresses are one server. While a server is fenced, its exporter repeats what it said before.
  const running = `max by (namespace, pod) (${up} == 1 unless on (namespace, pod) cnpg_collector_fencing_on{${pods}} == 1)`;
  const alerts: Alert[] = [
    {
      name: "PostgresNoStandby",
      expr: `count by (namespace) (${running}) < 2`,
      period: "2m",
      severity: "critical",
      summary: `Only one server of ${subject} runs: when it fails, nobody can take over.`,
    },
    {
      name: "PostgresNoEligibleStandby",
      expr: `${primaryUp} unless on (namespace) count by (namespace) (${lag(servers)}${limit})`,
      period: "2m",
      severity: "critical",
      summary: `No standby of ${subject} follows its primary${maxLagBytes === undefined ? "" : " closely enough"}: a failover would lose data, or happen to nobody.`,
    },
  ];
  if (!hibernated) {
    alerts.unshift({
      name: "PostgresNoServer",
      expr: `absent(${up}) or (count by (namespace) (${up}) unless on (namespace) ${running})`,
      period: "2m",
      severity: "critical",
      summary: `No server of ${subject} runs, or its pods are not scraped.`,
    });
  }
  if (maxLagBytes !== undefined) {
    alerts.push({
      name: "PostgresReplicationLag",
      expr: `max by (namespace, application_name) (${lag(servers)}) > ${maxLagBytes}`,
      period: "2m",
      severity: "warning",
      summary: `Standby {{ $labels.application_name }} of ${subject} is {{ $value | humanize1024 }}B behind; the limit is ${maxLagBytes} bytes.`,
    });
  }
  if (synchronous !== undefined) {
    const { number, standbyNamesPre = [], standbyNamesPost = [] } = synchronous;
    const others = [...standbyNamesPre, ...standbyNamesPost].map(namePattern);
    // By name, because a connection that broke lingers beside the one that follows it.
    const standbys = `count by (namespace, application_name) (${lag([servers, ...others].join("|"))})`;
    alerts.push({
      name: "PostgresSynchronousStandbyMissing",
      expr: `(count by (namespace) (${standbys}) or 0 * ${primaryUp}) < ${number}`,
      period: "1m",
      severity: "critical",
      summary: `Fewer than the ${number} standbys of ${subject} that have to confirm each commit follow its primary: writes wait, or are not confirmed.`,
    });
  }
  return alerts;
}

/** A name of a standby as a regular expression inside a string of PromQL; PostgreSQL takes `*` for any standby. */
function namePattern(name: string): string {
  if (name === "*") return ".*";
  return JSON.stringify(name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).slice(1, -1);
}

/** From what the watch beside the operator knows. */
function failoverWatchAlerts(
  { name, namespace }: AlertedInstance,
  { flapping }: Pick<FailoverPolicy, "flapping">,
): Alert[] {
  const subject = `PostgreSQL instance ${namespace}/${name}`;
  const { failovers, withinMinutes } = flapping;
  const age = (figure: string): string =>
    `time() - max by (namespace, ${watchMetricLabel}) (${watchMetricPrefix}_${figure}{namespace="${namespace}",${watchMetricLabel}="${name}"})`;
  return [
    {
      name: "PostgresAutomaticFailover",
      expr: `${age("failover_at")} < ${newsSeconds}`,
      period: "0m",
      severity: "info",
      summary: `${subject} failed over by itself within the last hour.`,
    },
    {
      name: "PostgresFailoverFlapping",
      expr: `${age("flapping_at")} < ${withinMinutes * 60}`,
      period: "0m",
      severity: "critical",
      summary: `${subject} failed over ${failovers} times or more within ${withinMinutes} minutes.`,
    },
    {
      name: "PostgresPrimaryNotReplaced",
      expr: `${age("standstill_since")} > 0`,
      period: "1m",
      severity: "critical",
      summary: `The primary of ${subject} has failed and is not replaced.`,
    },
    {
      name: "PostgresMaintenanceTooLong",
      expr: `${age("maintenance_since")} > ${longMaintenanceHours * 3600}`,
      period: "5m",
      severity: "warning",
      summary: `Maintenance has held back the failover of ${subject} for more than ${longMaintenanceHours} hours.`,
    },
  ];
}
