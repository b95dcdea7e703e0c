import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";

/** Compiled tests lie in dist/test/unit, the schemas beside their source. */
const schemas = join(__dirname, "..", "..", "..", "test", "schemas");

interface SchemaFile {
  /** Says what the file was generated from. */
  $comment: string;
  group: string;
  version: string;
  kind: string;
  schema: Schema;
}

type Schema = Record<string, unknown>;

/**
 * What is wrong with the manifest of a custom resource by the schema the API server has; empty when nothing.
 * Stricter than the API server, which drops unknown fields in silence: here they are errors.
 * CEL rules and webhook checks are not run.
 */
export function validateManifest(manifest: object): string[] {
  const { apiVersion, kind } = manifest as { apiVersion?: unknown; kind?: unknown };
  const validate = validators().get(`${String(apiVersion)}/${String(kind)}`);
  if (validate === undefined) return [`no schema for ${String(apiVersion)} ${String(kind)}`];
  // The API server reads JSON: members that are undefined do not reach it.
  return validate(JSON.parse(JSON.stringify(manifest))) ? [] : (validate.errors ?? []).map(describe);
}

/** The schema of a kind as generated, for tests that compare with it. */
export function manifestSchema(apiVersion: string, kind: string): Schema | undefined {
  return schemaFiles().find(file => `${file.group}/${file.version}` === apiVersion && file.kind === kind)
    ?.schema;
}

/** What each schema was generated from, by kind. */
export function schemaOrigins(): Map<string, string> {
  return new Map(schemaFiles().map(file => [file.kind, file.$comment]));
}

let compiled: Map<string, ValidateFunction> | undefined;

function validators(): Map<string, ValidateFunction> {
  compiled ??= new Map(
    schemaFiles().map(file => [`${file.group}/${file.version}/${file.kind}`, lazily(file)]),
  );
  return compiled;
}

/** Compiling the Cluster's schema takes a moment: only tests that need it wait. */
function lazily(file: SchemaFile): ValidateFunction {
  let validator: ValidateFunction | undefined;
  const required = (file.schema.required as string[] | undefined) ?? [];
  const validate = (data: unknown): boolean => {
    validator ??= newAjv().compile({
      ...closed(file.schema),
      required: [...new Set(["apiVersion", "kind", "metadata", ...required])],
    });
    const valid = validator(data) as boolean;
    validate.errors = validator.errors;
    return valid;
  };
  validate.errors = undefined as ValidateFunction["errors"];
  return validate as unknown as ValidateFunction;
}

function newAjv(): Ajv {
  return new Ajv({ allErrors: true, strict: false, validateFormats: false, unicodeRegExp: false });
}

function schemaFiles(): SchemaFile[] {
  return readdirSync(schemas)
    .filter(name => name.endsWith(".json"))
    .map(name => JSON.parse(readFileSync(join(schemas, name), "utf8")) as SchemaFile);
}

/** The schema with every structural object closed to unknown members. */
function closed(schema: Schema, atRoot = true): Schema {
  const result: Schema = { ...schema };
  if (isSchema(schema.properties)) {
    const properties = Object.entries(schema.properties).map(([name, property]): [string, unknown] => [
      name,
      // The root's metadata is described elsewhere in the API.
      atRoot && name === "metadata" ? property : closed(property as Schema, false),
    ]);
    result.properties = Object.fromEntries(properties);
  }
  if (isSchema(schema.items)) result.items = closed(schema.items, false);
  if (isSchema(schema.additionalProperties))
    result.additionalProperties = closed(schema.additionalProperties, false);
  const open =
    schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties !== undefined;
  if (schema.type === "object" && !open) result.additionalProperties = false;
  return result;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe({ instancePath, message, keyword, params }: ErrorObject): string {
  const path = instancePath.replaceAll("/", ".").slice(1) || "the manifest";
  const { additionalProperty, allowedValues } = params as {
    additionalProperty?: string;
    allowedValues?: unknown[];
  };
  if (keyword === "additionalProperties") return `${path}: unknown field ${additionalProperty}`;
  return `${path}: ${message}${allowedValues === undefined ? "" : ` (${allowedValues.join(", ")})`}`;
}
