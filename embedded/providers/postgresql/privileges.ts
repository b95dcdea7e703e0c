import type { PropertyMap } from "../protocol/property";
import { sameSet } from "./fields";
import { text, texts } from "./resource";

/** What can be granted on each kind of object. Source: PostgreSQL 18, 5.8 Privileges. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  database: ["CREATE", "CONNECT", "TEMPORARY"],
  schema: ["CREATE", "USAGE"],
  table: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"],
  sequence: ["USAGE", "SELECT", "UPDATE"],
  function: ["EXECUTE"],
  type: ["USAGE"],
};

/** The privileges, which are words of SQL. Throws for one that the kind of object has not. */
export function privilegesOf(wanted: PropertyMap): string[] {
  const [objectType, privileges] = [text(wanted, "objectType"), texts(wanted, "privileges")];
  for (const privilege of privileges) {
    if (privilege !== "ALL" && !allowed[objectType]?.includes(privilege))
      throw new Error(`${privilege} is not an allowed privilege for object type ${objectType}`);
  }
  return privileges;
}

/** Whether what the server has is what the state says, where ALL stands for each. */
export function samePrivileges(state: PropertyMap, granted: readonly string[]): boolean {
  const wanted = texts(state, "privileges");
  if (sameSet(wanted, granted)) return true;
  const each = allowed[text(state, "objectType")] ?? [];
  // MAINTAIN came with PostgreSQL 17.
  const isAll =
    sameSet(each, granted) ||
    sameSet(
      each.filter(one => one !== "MAINTAIN"),
      granted,
    );
  return wanted.includes("ALL") && isAll;
}
