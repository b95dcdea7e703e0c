import { Access, privileges, readers } from "../access";
import type { DatabaseGroups, DatabasePlan } from "../plan";

/** Arguments of the provider's `Grant`. An empty list of privileges takes every one away. */
export interface GrantArguments {
  role: string;
  database: string;
  schema?: string;
  objectType: "database" | "schema" | "table" | "sequence";
  privileges: string[];
}

/** Arguments of the provider's `DefaultPrivileges`. */
export interface DefaultPrivilegesArguments {
  role: string;
  database: string;
  schema: string;
  owner: string;
  objectType: "table" | "sequence";
  privileges: string[];
}

/** Rights by the ends of their resources' names. */
export type Named<Arguments> = readonly (readonly [suffix: string, args: Arguments])[];

/** SQL's name of everybody. */
const everybody = "public";

/** The schema of every new database, in which everybody has rights from the start. */
const defaultSchema = "public";

const groups = [
  { member: "readOnly", suffix: "read-only", access: Access.ReadOnly },
  { member: "readWrite", suffix: "read-write", access: Access.ReadWrite },
] as const satisfies readonly {
  member: keyof DatabaseGroups;
  suffix: string;
  access: keyof typeof privileges;
}[];

type Group = (typeof groups)[number];
type SchemaObject = "schema" | "table" | "sequence";

/** Who may do what with the database: PUBLIC nothing, those who read everything connect, and each group what its access says. */
export function databaseGrants(plan: DatabasePlan): Named<GrantArguments> {
  const { database } = plan;
  const on = { database, objectType: "database" } as const;
  return [
    ["public-database", { role: everybody, ...on, privileges: [] }],
    ["readers-database", { role: readers, ...on, privileges: ["CONNECT"] }],
    ...groups.map(({ member, suffix, access }) => {
      const args = { role: plan.groups[member], ...on, privileges: [...privileges[access].database] };
      return [`${suffix}-database`, args] as const;
    }),
  ];
}

/** Who may do what with a schema, and with the tables and sequences that it has. */
export function schemaGrants(plan: DatabasePlan, schema: string): Named<GrantArguments> {
  const { database } = plan;
  const given = (
    objectType: SchemaObject,
    { member, suffix, access }: Group,
  ): Named<GrantArguments>[number] => {
    const of = { role: plan.groups[member], database, schema, objectType };
    return [`${suffix}-${objectType}-${schema}`, { ...of, privileges: [...privileges[access][objectType]] }];
  };
  return [
    ...(schema === defaultSchema ? [closed(database)] : []),
    ...(["schema", "table", "sequence"] as const).flatMap(objectType =>
      groups.map(group => given(objectType, group)),
    ),
  ];
}

function closed(database: string): Named<GrantArguments>[number] {
  const of = { role: everybody, database, schema: defaultSchema, objectType: "schema" } as const;
  return ["public-schema", { ...of, privileges: [] }];
}

/** What each group may do with tables and sequences that the owner makes in a schema later. */
export function defaultPrivileges(plan: DatabasePlan, schema: string): Named<DefaultPrivilegesArguments> {
  const { database, owner } = plan;
  const given = (objectType: "table" | "sequence", { member, suffix, access }: Group) => {
    const of = { role: plan.groups[member], database, schema, owner, objectType };
    const args = { ...of, privileges: [...privileges[access][objectType]] };
    return [`${suffix}-later-${objectType}-${schema}`, args] as const;
  };
  return (["table", "sequence"] as const).flatMap(objectType =>
    groups.map(group => given(objectType, group)),
  );
}
