import { rehearsalProblems } from "../../rehearsal/validate";
import type { PostgresInstanceArgs } from "../args";
import type { Report } from "./report";

export function checkRehearsal({ failover, instances = 1 }: PostgresInstanceArgs, report: Report): void {
  const { rehearsal } = failover ?? {};
  if (rehearsal === undefined) return;
  for (const { argument, value, problem, remedy } of rehearsalProblems(rehearsal, {
    instances,
    hasPooler: false,
  }))
    report(`failover.rehearsal.${argument}`, value, problem, remedy);
}
