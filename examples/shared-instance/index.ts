import * as pulumi from "@pulumi/pulumi";
import { createDatabase, PostgresInstance } from "pulumi-cnpg";
import { PostgresExample } from "../application/postgres-example";

const namespace = new pulumi.Config("pulumi-cnpg-shared-instance").get("namespace") ?? "default";

const instance = new PostgresInstance("shared", { namespace, size: "small", storage: { size: "10Gi" } });

// A database that two applications use: one is its owner, one may only read.
const notes = createDatabase({
  name: "notes",
  namespace,
  instance: instance.reference,
  extensions: ["uuid-ossp", "pgcrypto"],
  connections: 1,
});
const writer = new PostgresExample("notes", {
  namespace,
  database: { existing: notes.reference, access: "owner", rotation: { schedule: "monthly 1 03:00-04:00" } },
});
const reader = new PostgresExample(
  "reader",
  { namespace, readOnly: true, database: { existing: notes.reference, access: "readOnly" } },
  // The table is there when the writer runs.
  { dependsOn: writer },
);

// One that an application has for itself, in the same instance.
const guestbook = new PostgresExample("guestbook", { namespace, database: { instance: instance.reference } });

export const services = pulumi.all([writer.host, reader.host, guestbook.host]);
