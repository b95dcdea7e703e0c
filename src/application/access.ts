/** What an application may do in a database. */
export const Access = {
  /** Everything in this database, also create and drop tables. What it creates belongs to the owner of the database. */
  Owner: "owner",
  /** Read and write rows of every table of the declared schemas, also of tables that the owner creates later; nothing else. */
  ReadWrite: "readWrite",
  /** Read rows of every table of the declared schemas, also of tables that the owner creates later; nothing else. */
  ReadOnly: "readOnly",
} as const;
export type Access = (typeof Access)[keyof typeof Access];

/** Privileges on each kind of object. */
export interface Privileges {
  database: readonly string[];
  schema: readonly string[];
  table: readonly string[];
  sequence: readonly string[];
}

/** What the group role of each access is granted. Functions are executable by everybody unless their owner says otherwise, as PostgreSQL has it. */
export const privileges: Readonly<Record<typeof Access.ReadOnly | typeof Access.ReadWrite, Privileges>> = {
  [Access.ReadOnly]: {
    database: ["CONNECT"],
    schema: ["USAGE"],
    table: ["SELECT"],
    sequence: ["SELECT"],
  },
  [Access.ReadWrite]: {
    database: ["CONNECT", "TEMPORARY"],
    schema: ["USAGE"],
    table: ["SELECT", "INSERT", "UPDATE", "DELETE"],
    sequence: ["USAGE", "SELECT", "UPDATE"],
  },
};

/**
 * Who may connect besides the owner and the two groups, because PUBLIC no longer may: logical dumps log in as a member of it.
 * Source: PostgreSQL 18, 21.5 Predefined Roles.
 */
export const readers = "pg_read_all_data";
