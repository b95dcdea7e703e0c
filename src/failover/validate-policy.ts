import type { PostgresInstanceArgs } from "../instance/args";
import type { Report } from "../report";

/** What is wrong with how the watch is to treat failovers. */
export function checkFailoverPolicy({ failover }: PostgresInstanceArgs, report: Report): void {
  const { flapping = {}, coolDownSeconds } = failover ?? {};
  const numbers: [path: string, value: number | undefined, least: number, most: number][] = [
    ["failover.flapping.failovers", flapping.failovers, 2, 20],
    ["failover.flapping.withinMinutes", flapping.withinMinutes, 1, 1440],
    ["failover.coolDownSeconds", coolDownSeconds, 0, 86_400],
  ];
  for (const [path, value, least, most] of numbers) {
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) continue;
    report(path, value, `is not a whole number from ${least} to ${most}.`);
  }
}
