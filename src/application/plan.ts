/** A database inside an instance, with everything decided: what both ways to make it start from. Names are as in SQL, not quoted. */
export interface DatabasePlan {
  /** Name of the database. */
  database: string;
  /** Role that owns it and its schemas. */
  owner: string;
  /** Roles without login that hold the rights of those who are not the owner; applications are made members of one. */
  groups: DatabaseGroups;
  /** Schemas, all of them owned by the owner; `public` is among them unless it was left out. */
  schemas: string[];
  /** Extensions, created in the database. */
  extensions: string[];
  /** Sessions that the database admits at a time; -1 for any number. */
  connectionLimit: number;
  /** Read when the database is created. */
  locale?: DatabaseLocale;
  /** What becomes of database and roles when they are no longer declared. */
  reclaim: "retain" | "delete";
}

/** Group roles of a database, by the access of their members. */
export interface DatabaseGroups {
  readOnly: string;
  readWrite: string;
}

/** Options of CREATE DATABASE. */
export interface DatabaseLocale {
  template?: string;
  encoding?: string;
  locale?: string;
  localeProvider?: string;
  icuLocale?: string;
}

/** A login. */
export interface LoginPlan {
  /** Name of the role. */
  role: string;
  /** Role that it is a member of, and inherits every right from; the owner itself is a member of none. */
  memberOf?: string;
  /** Sessions at a time; -1 for any number. */
  connectionLimit: number;
}
