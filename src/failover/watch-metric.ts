import { constantsQuery, instanceLabelOf } from "../exporter-query";

/** Key of the watch's query in the ConfigMap of the metric. */
export const watchMetricKey = "watch";

const queryName = "pulumi_cnpg_failover_watch";

/** What the names of the metrics begin with in Prometheus. */
export const watchMetricPrefix = `cnpg_${queryName}`;

/** Label with the name of the instance. */
export const watchMetricLabel = "watched_instance";

/** What the watch knows of an instance. Times are seconds since 1970; absent is never, or not now. */
export interface WatchFigures {
  /** The last automatic failover. */
  failoverAt?: number;
  /** The automatic failover that makes it flap as long as it is within the limit. */
  flappingAt?: number;
  /** Since when maintenance holds failover back. */
  maintenanceSince?: number;
  /** Since when a failed primary is not replaced. */
  standstillSince?: number;
}

const columns: [keyof WatchFigures, name: string, description: string][] = [
  ["failoverAt", "failover_at", "When the last automatic failover was, seconds since 1970"],
  [
    "flappingAt",
    "flapping_at",
    "When the oldest of the last so many automatic failovers was that are too many together, seconds since 1970",
  ],
  ["maintenanceSince", "maintenance_since", "Since when maintenance holds failover back, seconds since 1970"],
  ["standstillSince", "standstill_since", "Since when a failed primary is not replaced, seconds since 1970"],
];

/** The exporter's query; a map without queries while nothing is known. */
export function watchMetric(instance: string, figures: WatchFigures): string {
  const known = columns.flatMap(([figure, name, description]) => {
    const value = figures[figure];
    return value === undefined ? [] : [{ name, description, value }];
  });
  if (known.length === 0) return "{}";
  return constantsQuery(queryName, [instanceLabelOf(watchMetricLabel, instance)], known);
}
