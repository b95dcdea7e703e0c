import { createHash, randomBytes } from "node:crypto";

import { containsUnknown, isMap, Unknown } from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import { parseUrn } from "../protocol/provider";
import type { CheckRequest, CheckResult } from "../protocol/provider";
import { markSecrets } from "./checkpoint";
import type { Cluster } from "./cluster";
import {
  annotations,
  at,
  isPatchType,
  isTrue,
  kindOf,
  nameOf,
  namespaceOf,
  parseType,
  text,
  toManifest,
  toProperties,
  withAnnotation,
  withMetadata,
} from "./manifest";
import type { Manifest } from "./manifest";
import { normalize } from "./normalize";

const managedByLabel = "app.kubernetes.io/managed-by";

/** Completes and validates a program's inputs: name, namespace, the one spelling that diffs compare. */
export async function check(cluster: Cluster, request: CheckRequest): Promise<CheckResult> {
  const { type, name } = parseUrn(request.urn);
  const olds = toManifest(request.olds);
  let inputs = withType(normalize(toManifest(request.news)), type);
  refuseUnsupported(cluster, type, inputs);

  const isPatch = isPatchType(type, kindOf(inputs));
  if (isPatch && !isNamed(inputs))
    throw new Error("patch resources require the `.metadata.name` field to be set");

  if (Object.keys(olds).length > 0) inputs = adoptName(inputs, olds);
  else inputs = assignName(inputs, name, request);
  if (!cluster.settings.serverSideApply && (Object.keys(olds).length === 0 || hasManagedByLabel(olds))) {
    inputs = withManagedByLabel(inputs);
  }
  if (namespaceOf(inputs) === "" && !(at(inputs, "metadata", "namespace") instanceof Unknown)) {
    if (await cluster.isNamespaced(inputs)) inputs = withMetadata(inputs, "namespace", cluster.namespace);
  }
  return { inputs: markSecrets(toProperties(inputs), request.news) };
}

/** The SDK sends apiVersion and kind; other clients of the engine may leave them to the type. */
function withType(inputs: Manifest, type: string): Manifest {
  const fallback = parseType(type);
  return {
    ...inputs,
    apiVersion: text(inputs, "apiVersion") || fallback.apiVersion,
    kind: text(inputs, "kind") || fallback.kind,
  };
}

function refuseUnsupported(cluster: Cluster, type: string, inputs: Manifest): void {
  if (type.startsWith("kubernetes:helm.sh/")) {
    throw new Error(
      `${type} needs Helm, which the stand-in plugin does not embed: use manifests, or install the real plugin.`,
    );
  }
  if (/List$/.test(kindOf(inputs)) && Array.isArray(inputs["items"])) {
    throw new Error(
      "list resources exist for compatibility with YAML manifests, and cannot be created directly. Use the underlying resource type instead",
    );
  }
  if (!cluster.settings.serverSideApply && isPatchType(type, kindOf(inputs))) {
    throw new Error(
      "patch resources require Server-Side Apply mode, which is enabled using the `enableServerSideApply` Provider config",
    );
  }
  const generated = text(inputs, "metadata", "generateName") !== "" && !isNamed(inputs);
  if (generated && cluster.settings.serverSideApply) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
}

/** A name that is still unknown counts: the user gave one. */
export function isNamed(object: Manifest): boolean {
  return nameOf(object) !== "" || at(object, "metadata", "name") instanceof Unknown;
}

function adoptName(inputs: Manifest, olds: Manifest): Manifest {
  if (isNamed(inputs) || !isTrue(olds, annotations.autonamed)) return inputs;
  return withAnnotation(withMetadata(inputs, "name", nameOf(olds)), annotations.autonamed, "true");
}

function assignName(inputs: Manifest, logicalName: string, request: CheckRequest): Manifest {
  if (isNamed(inputs)) return inputs;
  let name = `${logicalName}-${suffix(request.randomSeed, logicalName)}`;
  if (request.autonaming?.mode === "disable") {
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  }
  if (request.autonaming !== undefined) name = request.autonaming.proposedName;
  return withAnnotation(withMetadata(inputs, "name", name), annotations.autonamed, "true");
}

function suffix(seed: Buffer, logicalName: string): string {
  if (seed.length === 0) return randomBytes(4).toString("hex");
  return createHash("sha256").update(seed).update(logicalName).digest("hex").slice(0, 8);
}

const hasManagedByLabel = (object: Manifest): boolean =>
  text(object, "metadata", "labels", managedByLabel) === "pulumi";

/** Only objects of the old client-side apply carry the label; others are marked by their field manager. */
function withManagedByLabel(object: Manifest): Manifest {
  const labels = at(object, "metadata", "labels");
  if (labels !== undefined && (!isMap(labels) || containsUnknown(labels[managedByLabel] ?? null)))
    return object;
  return withMetadata(object, "labels", {
    ...((labels as PropertyMap | undefined) ?? {}),
    [managedByLabel]: "pulumi",
  });
}
