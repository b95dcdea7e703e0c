import type { PostgresInstanceArgs } from "../instance/args";
import type { Report } from "../report";

/** Characters of the query: it stands on the Service, beside other facts. */
const longestQuery = 2000;

/** What is wrong with the query of the user's own. */
export function checkCustomCheck({ healthMonitor }: PostgresInstanceArgs, report: Report): void {
  const { customCheck } = healthMonitor ?? {};
  if (customCheck === undefined) return;
  const { sql, database } = customCheck;
  if (typeof sql !== "string" || sql.trim() === "" || sql.length > longestQuery) {
    report("healthMonitor.customCheck.sql", sql, `is not a query of 1 to ${longestQuery} characters.`);
  }
  if (database === "") {
    report(
      "healthMonitor.customCheck.database",
      database,
      "names no database.",
      "Leave it out for the application database.",
    );
  }
}
