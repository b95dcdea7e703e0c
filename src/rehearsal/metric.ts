import { constantsQuery, instanceLabelOf } from "../exporter-query";
import { ReportOutcome } from "../report-history";
import type { RehearsalReport } from "./report";

/** Name of the query; CloudNativePG's exporter puts `cnpg_` before it. */
const queryName = "pulumi_cnpg_rehearsal";

/** What the names of the metrics begin with in Prometheus. */
export const rehearsalMetricPrefix = `cnpg_${queryName}`;

/** Label with the name of the instance. */
export const instanceLabel = "rehearsed_instance";

/** Label with what was done to the primary. */
const kindLabel = "kind";

interface Figure {
  name: string;
  description: string;
  of: (report: RehearsalReport, succeeded: RehearsalReport | undefined) => number | undefined;
}

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);
const inSeconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.round(milliseconds) / 1000;

const figures: Figure[] = [
  {
    name: "succeeded",
    description: "1 when the last rehearsal of a failover succeeded, else 0",
    of: ({ outcome }) => (outcome === ReportOutcome.Succeeded ? 1 : 0),
  },
  {
    name: "finished_at",
    description: "When the last rehearsal ended, seconds since 1970",
    of: ({ finishedAt }) => seconds(finishedAt),
  },
  {
    name: "succeeded_at",
    description: "When the last successful rehearsal ended, seconds since 1970",
    of: (_, succeeded) => succeeded && seconds(succeeded.finishedAt),
  },
  {
    name: "write_gap_seconds",
    description: "Longest time between two acknowledged writes in the last rehearsal",
    of: ({ writes }) => inSeconds(writes?.gapMs),
  },
  {
    name: "read_gap_seconds",
    description: "Longest time between two answers of the read-only Service in the last rehearsal",
    of: ({ readOnlyReads }) => inSeconds(readOnlyReads?.gapMs),
  },
  {
    name: "failed_statements",
    description: "Writes that were sent and not acknowledged in the last rehearsal",
    of: ({ writes }) => writes?.failedStatements,
  },
  {
    name: "lost_writes",
    description: "Writes that were acknowledged in the last rehearsal and were not there afterwards",
    of: ({ writes }) => writes?.lost,
  },
];

/**
 * The exporter's query.
 * @param lastSuccess the newest successful report, which the history may hold no more
 */
export function metricQuery(report: RehearsalReport, lastSuccess: RehearsalReport | undefined): string {
  const known = figures.flatMap(({ name, description, of }) => {
    const value = of(report, lastSuccess);
    return value === undefined ? [] : [{ name, description, value }];
  });
  const labels = [
    instanceLabelOf(instanceLabel, report.instance),
    { name: kindLabel, value: report.kind, description: "What was done to the primary" },
  ];
  return constantsQuery(queryName, labels, known);
}
