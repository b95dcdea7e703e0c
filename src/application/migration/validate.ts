import { checkSchemas } from "../../instance/checks/database";
import type { Report } from "../../report";
import { identifierProblem } from "../../sql-identifier";
import { checkSeconds } from "../checks";
import type { MigrationsArgs } from "./args";
import { migrationProblems } from "./files";

/** What is wrong with the changes of a schema. */
export function checkMigrations(path: string, args: MigrationsArgs, report: Report): void {
  const { files, image, schema, table, timeoutSeconds, lockTimeoutSeconds } = args;
  if ((files === undefined) === (image === undefined))
    report(
      path,
      undefined,
      "has not exactly one of files and image.",
      "Give files of SQL, or an image that migrates.",
    );
  if (files !== undefined) {
    if (Object.keys(files).length === 0) report(`${path}.files`, {}, "is empty.", "Leave migrations out.");
    for (const { file, problem, remedy } of migrationProblems(files))
      report(file === undefined ? `${path}.files` : `${path}.files.${file}`, undefined, problem, remedy);
  }
  for (const member of ["command", "arguments", "env", "version"] as const)
    if (image === undefined && args[member] !== undefined)
      report(`${path}.${member}`, undefined, "is for an image.", "Leave it out, or set image.");
  for (const member of ["schema", "table", "lockTimeoutSeconds"] as const)
    if (files === undefined && args[member] !== undefined)
      report(`${path}.${member}`, args[member], "is for files of SQL.", "Leave it out, or set files.");
  if (schema !== undefined) checkSchemas(`${path}.schema`, [schema], report);
  const wrong = table === undefined ? undefined : identifierProblem(table);
  if (wrong !== undefined) report(`${path}.table`, table, wrong);
  checkSeconds(`${path}.timeoutSeconds`, timeoutSeconds, 60, report);
  checkSeconds(`${path}.lockTimeoutSeconds`, lockTimeoutSeconds, 1, report);
}
