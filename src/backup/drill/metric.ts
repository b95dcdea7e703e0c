import { constantsQuery, instanceLabelOf } from "../../exporter-query";
import { DrillOutcome, type DrillReport } from "./report";

/** Name of the query; CloudNativePG's exporter puts `cnpg_` before it. */
const queryName = "pulumi_cnpg_drill";

/** What the names of the metrics begin with in Prometheus. */
export const drillMetricPrefix = `cnpg_${queryName}`;

/** Label with the name of the instance. */
export const instanceLabel = "drilled_instance";

interface Figure {
  name: string;
  description: string;
  of: (report: DrillReport, succeeded: DrillReport | undefined) => number | undefined;
}

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);

const figures: Figure[] = [
  {
    name: "succeeded",
    description: "1 when the last restore drill succeeded, else 0",
    of: ({ outcome }) => (outcome === DrillOutcome.Succeeded ? 1 : 0),
  },
  {
    name: "finished_at",
    description: "When the last restore drill ended, seconds since 1970",
    of: ({ finishedAt }) => seconds(finishedAt),
  },
  {
    name: "succeeded_at",
    description: "When the last successful restore drill ended, seconds since 1970",
    of: (_, succeeded) => succeeded && seconds(succeeded.finishedAt),
  },
  {
    name: "rto_seconds",
    description: "How long the last successful restore drill took until the instance accepted connections",
    of: (_, succeeded) => succeeded?.rtoSeconds,
  },
  {
    name: "rpo_seconds",
    description: "Age of the newest archived commit when the last restore drill began",
    of: ({ rpoSeconds }) => rpoSeconds,
  },
  {
    name: "bytes",
    description: "Bytes of base backup and WAL that the last successful restore drill read",
    of: (_, succeeded) => succeeded?.bytes,
  },
  {
    name: "bytes_per_second",
    description: "Those bytes by the time until the instance accepted connections",
    of: (_, succeeded) => succeeded?.bytesPerSecond,
  },
];

/**
 * The exporter's query.
 * @param history newest first, not empty
 * @param lastSuccess the newest successful report, which the history may hold no more
 */
export function metricQuery(report: DrillReport, lastSuccess: DrillReport | undefined): string {
  const known = figures.flatMap(({ name, description, of }) => {
    const value = of(report, lastSuccess);
    return value === undefined ? [] : [{ name, description, value }];
  });
  return constantsQuery(queryName, [instanceLabelOf(instanceLabel, report.instance)], known);
}
