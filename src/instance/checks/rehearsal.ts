import { instanceCount } from "../../availability/resolve";
import { rehearsalProblems } from "../../rehearsal/validate";
import type { Report } from "../../report";
import type { PostgresInstanceArgs } from "../args";

export function checkRehearsal(args: PostgresInstanceArgs, report: Report): void {
  const { rehearsal } = args.failover ?? {};
  if (rehearsal === undefined) return;
  const instance = { instances: instanceCount(args), hasPooler: args.pooler !== undefined };
  for (const { argument, value, problem, remedy } of rehearsalProblems(rehearsal, instance))
    report(`failover.rehearsal.${argument}`, value, problem, remedy);
}
