import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ArgumentError } from "../argument-error";
import type { Manifest } from "../cnpg/object";
import type { ManifestSource } from "./resolve";

const downloadAttempts = 3;
const downloadTimeout = 30_000;

/** Whether the manifest has to be downloaded. */
export function isRemote(source: ManifestSource): boolean {
  return /^https?:\/\//i.test(source.location);
}

/**
 * Reads a manifest from a file.
 * @throws ArgumentError when it cannot be read, has another checksum or is no list of Kubernetes objects
 */
export function readManifest(resource: string, source: ManifestSource): Manifest[] {
  try {
    return parseManifest(resource, source, readFileSync(source.location));
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    throw refusal(
      resource,
      source,
      `cannot be read (${message(error)}).`,
      "Give the path of a file that exists, or an https URL.",
    );
  }
}

/**
 * Downloads a manifest, in at most three attempts of 30 seconds each.
 * @throws ArgumentError as {@link readManifest}
 */
export async function downloadManifest(resource: string, source: ManifestSource): Promise<Manifest[]> {
  const failures: string[] = [];
  while (failures.length < downloadAttempts) {
    if (failures.length > 0) await new Promise(resolve => setTimeout(resolve, 500 * failures.length));
    const answer = await download(source.location);
    if (typeof answer !== "string") return parseManifest(resource, source, answer);
    failures.push(answer);
  }
  throw refusal(
    resource,
    source,
    `cannot be downloaded (${[...new Set(failures)].join("; ")}; ${downloadAttempts} attempts).`,
    "Check the network, or save the file and give its path.",
  );
}

/** The content, or why there is none. */
async function download(location: string): Promise<Buffer | string> {
  try {
    const response = await fetch(location, { signal: AbortSignal.timeout(downloadTimeout) });
    return response.ok ? Buffer.from(await response.arrayBuffer()) : `HTTP status ${response.status}`;
  } catch (error) {
    return message(error);
  }
}

/**
 * The objects of a manifest whose content has the expected checksum.
 * @throws ArgumentError for other content
 */
export function parseManifest(resource: string, source: ManifestSource, content: Buffer): Manifest[] {
  const found = createHash("sha256").update(content).digest("hex");
  if (found !== source.sha256) {
    throw refusal(
      resource,
      source,
      `has the SHA-256 ${found}, not ${source.sha256}.`,
      `If this content is what you want, give its checksum as ${source.argument}Sha256.`,
    );
  }
  // Loaded only when used: it is a tenth of what importing this package costs.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { parseAllDocuments } = require("yaml") as typeof import("yaml");
  const documents = parseAllDocuments(content.toString("utf8"));
  const objects: Manifest[] = [];
  for (const document of documents) {
    const failure = document.errors[0];
    if (failure !== undefined) throw refusal(resource, source, `is not YAML (${failure.message}).`);
    const object: unknown = document.toJS();
    if (object === null || object === undefined) continue;
    if (!isManifest(object)) throw refusal(resource, source, "holds something that is no Kubernetes object.");
    objects.push(object);
  }
  return objects;
}

function isManifest(object: unknown): object is Manifest {
  const { apiVersion, kind, metadata } = object as Partial<Manifest>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
}

function refusal(resource: string, source: ManifestSource, problem: string, remedy?: string): ArgumentError {
  const { argument, location } = source;
  return new ArgumentError({
    component: "CnpgOperator",
    resource,
    argument,
    value: location,
    problem,
    remedy,
  });
}

function message(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const text = error instanceof Error ? error.message : String(error);
  return cause instanceof Error && cause.message !== "" ? `${text}: ${cause.message}` : text;
}
