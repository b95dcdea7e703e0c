import type { Report } from "../../report";
import type { PostgresInstanceArgs } from "../args";
import { identifierProblem } from "../../sql-identifier";

/** What to do about a password that is refused. */
export const passwordRemedy = "Choose another one, or leave it out for a random one.";

/** What is wrong with a password; undefined when nothing is. Also for passwords known only in the update. */
export function passwordProblem(password: string): string | undefined {
  // The server would have another password than the Secret. Source: CloudNativePG 1.30, seen with a DatabaseRole.
  if (password.trim() !== password) return "begins or ends with white space, which CloudNativePG leaves out.";
  return password.length < 8 ? "has fewer than 8 characters." : undefined;
}

/** Databases that belong to PostgreSQL. */
export const reservedDatabases = /^(postgres|template[01])$/;

/** Roles that belong to PostgreSQL or CloudNativePG, and words that are no names of roles. */
export const reservedRoles = /^(postgres|streaming_replica|pg_.*|cnpg_.*|public|none)$/;

export function checkDatabase(name: string, args: PostgresInstanceArgs, report: Report): void {
  checkIdentifier("database", args.database, reservedDatabases, "app", report);
  checkIdentifier("owner", args.owner, reservedRoles, "app", report);
  checkSchemas("schemas", args.schemas, report);
  if (args.password !== undefined && args.passwordSecret !== undefined) {
    report(
      "passwordSecret",
      args.passwordSecret,
      "is given together with password.",
      "Remove one of the two.",
    );
  }
  if (args.adopt === true && args.passwordSecret === undefined) {
    report(
      "adopt",
      true,
      "needs the password that is in the cluster already.",
      `Set passwordSecret to the Secret that was kept, for example "${name}-owner".`,
    );
  }
  const wrongPassword = typeof args.password === "string" ? passwordProblem(args.password) : undefined;
  if (wrongPassword !== undefined) report("password", undefined, wrongPassword, passwordRemedy);
}

/** Names of schemas that are to be made. */
export function checkSchemas(path: string, schemas: readonly string[] | undefined, report: Report): void {
  for (const [index, schema] of (schemas ?? []).entries()) {
    const at = `${path}[${index}]`;
    const problem = identifierProblem(schema);
    if (problem !== undefined) report(at, schema, problem, 'Use for example "sales".');
    else if (/^(pg_.*|information_schema)$/.test(schema))
      report(at, schema, "belongs to PostgreSQL.", 'Use for example "sales".');
    else if (schemas?.indexOf(schema) !== index) report(at, schema, "is listed twice.", "Leave one out.");
  }
}

function checkIdentifier(
  path: string,
  value: string | undefined,
  reserved: RegExp,
  example: string,
  report: Report,
): void {
  if (value === undefined) return;
  if (!/^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/.test(value)) {
    report(
      path,
      value,
      "is not a PostgreSQL name of at most 63 letters, digits, underscores and hyphens, starting with a letter.",
      `Use for example "${example}".`,
    );
  } else if (reserved.test(value)) {
    report(path, value, "is reserved by PostgreSQL or CloudNativePG.", `Use for example "${example}".`);
  }
}
