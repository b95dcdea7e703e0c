import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";
import * as entry from "../../src";
import { assertGolden } from "./golden";

const root = resolve(__dirname, "../../..");

/** The components the package exports, as the component host finds them. */
function components(): Set<string> {
  return new Set(
    Object.entries(entry)
      .filter(
        ([, value]) => typeof value === "function" && value.prototype instanceof pulumi.ComponentResource,
      )
      .map(([name]) => name),
  );
}

/** Keys in order: the analyzer meets types in the order of imports, which says nothing about the schema. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

describe("multi-language schema", () => {
  it("is inferred from src/index.ts and equals the golden file", function () {
    this.timeout(60_000);
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
    const names = components();
    assert.deepEqual([...names].sort(), [
      "BackupSchedule",
      "BackupStore",
      "CnpgOperator",
      "Database",
      "DatabaseLink",
      "ParameterProfile",
      "PostgresInstance",
      "Replica",
      "TauApplication",
    ]);
    const found = new Analyzer(root, "pulumi-cnpg", manifest, names).analyze();
    const schema = generateSchema(
      "pulumi-cnpg",
      manifest.version as string,
      manifest.description as string,
      found.components,
      found.typeDefinitions,
      found.dependencies,
    );
    assertGolden("schema.json", `${JSON.stringify(sorted(schema), null, 1)}\n`);
  });
});
