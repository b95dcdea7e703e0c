import { sqlIdentifier } from "../sql-identifier";
import { sqlLiteral } from "../sql-literal";
import { Access, privileges, type Privileges, readers } from "./access";
import type { DatabasePlan } from "./plan";

/** What the statements depend on. */
export type GrantedDatabase = Pick<DatabasePlan, "database" | "owner" | "groups" | "schemas">;

/**
 * The statements that give the two groups of a database exactly their rights, and everybody else none: to be run by the owner of the
 * database in one transaction, so that nobody sees a moment without rights. Running them again changes nothing.
 *
 * What the owner creates later is covered by default privileges. Rights in schemas that are no longer declared are taken back.
 */
export function grantStatements(plan: GrantedDatabase): string[] {
  const database = sqlIdentifier(plan.database);
  return [
    // Names are written as literals below, and a backslash in one must be a backslash.
    "SET LOCAL standard_conforming_strings = on",
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${database} TO ${sqlIdentifier(readers)}`,
    ...plan.schemas.map(schema => `REVOKE CREATE ON SCHEMA ${sqlIdentifier(schema)} FROM PUBLIC`),
    ...groupStatements(plan, plan.groups.readOnly, privileges[Access.ReadOnly]),
    ...groupStatements(plan, plan.groups.readWrite, privileges[Access.ReadWrite]),
  ];
}

function groupStatements(plan: GrantedDatabase, group: string, rights: Privileges): string[] {
  const [database, role] = [sqlIdentifier(plan.database), sqlIdentifier(group)];
  return [
    `REVOKE ALL ON DATABASE ${database} FROM ${role}`,
    `GRANT ${rights.database.join(", ")} ON DATABASE ${database} TO ${role}`,
    forgetStatement(plan, group),
    ...plan.schemas.flatMap(schema => schemaStatements(plan, schema, role, rights)),
    existingStatement(plan, group, rights),
  ];
}

function schemaStatements(
  { owner }: GrantedDatabase,
  schema: string,
  role: string,
  rights: Privileges,
): string[] {
  const name = sqlIdentifier(schema);
  const later = `ALTER DEFAULT PRIVILEGES FOR ROLE ${sqlIdentifier(owner)} IN SCHEMA ${name}`;
  return [
    `REVOKE ALL ON SCHEMA ${name} FROM ${role}`,
    `GRANT ${rights.schema.join(", ")} ON SCHEMA ${name} TO ${role}`,
    `${later} REVOKE ALL ON TABLES FROM ${role}`,
    `${later} GRANT ${rights.table.join(", ")} ON TABLES TO ${role}`,
    `${later} REVOKE ALL ON SEQUENCES FROM ${role}`,
    `${later} GRANT ${rights.sequence.join(", ")} ON SEQUENCES TO ${role}`,
  ];
}

/** Objects of the owner: of others, such as what an extension made, it can give no rights. */
const ownObjects = `SELECT n.nspname, c.relname, c.relkind
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND pg_catalog.pg_has_role(c.relowner, 'USAGE')`;

/** Rights on what is there already. */
function existingStatement({ schemas }: GrantedDatabase, group: string, rights: Privileges): string {
  const role = sqlLiteral(group);
  const change = (kind: string, granted: readonly string[]): string => `
      EXECUTE pg_catalog.format('REVOKE ALL ON ${kind} %I.%I FROM %I', o.nspname, o.relname, ${role});
      EXECUTE pg_catalog.format('GRANT ${granted.join(", ")} ON ${kind} %I.%I TO %I', o.nspname, o.relname, ${role});`;
  return block(`
  FOR o IN ${ownObjects}
      AND n.nspname IN (${schemas.map(sqlLiteral).join(", ")})
  LOOP
    IF o.relkind = 'S' THEN${change("SEQUENCE", rights.sequence)}
    ELSE${change("TABLE", rights.table)}
    END IF;
  END LOOP;`);
}

/** Takes back what the group has in schemas that are not declared, today's rights and those on later objects. */
function forgetStatement({ owner, schemas }: GrantedDatabase, group: string): string {
  const role = sqlLiteral(group);
  const undeclared = `n.nspname NOT IN (${schemas.map(sqlLiteral).join(", ")})`;
  const granted = (list: string): string =>
    `EXISTS (SELECT FROM pg_catalog.aclexplode(${list}) a WHERE a.grantee = pg_catalog.to_regrole(pg_catalog.quote_ident(${role})))`;
  const later = (kind: string): string => `
    EXECUTE pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I REVOKE ALL ON ${kind} FROM %I', ${sqlLiteral(owner)}, o.nspname, ${role});`;
  return block(`
  FOR o IN ${ownObjects} AND ${undeclared} AND ${granted("c.relacl")}
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON %s %I.%I FROM %I', CASE o.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, o.nspname, o.relname, ${role});
  END LOOP;
  FOR o IN SELECT n.nspname FROM pg_catalog.pg_namespace n
    WHERE ${undeclared} AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') AND ${granted("n.nspacl")}
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA %I FROM %I', o.nspname, ${role});${later("TABLES")}${later("SEQUENCES")}
  END LOOP;`);
}

/** The body as a literal, because a name in it could hold whatever ends a dollar-quoted one. */
function block(body: string): string {
  return `DO ${sqlLiteral(`DECLARE
  o record;
BEGIN${body}
END`)}`;
}
