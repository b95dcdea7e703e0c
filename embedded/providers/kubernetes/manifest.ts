import { isMap, member, Secret, withoutSecrets } from "../protocol/property";
import type { Property, PropertyMap } from "../protocol/property";

/** A Kubernetes object; while previewing some leaves may be unknown. */
export type Manifest = PropertyMap;

export const annotations = {
  autonamed: "pulumi.com/autonamed",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
  fieldManager: "pulumi.com/patchFieldManager",
  patchForce: "pulumi.com/patchForce",
  replaceUnready: "pulumi.com/replaceUnready",
  skipAwait: "pulumi.com/skipAwait",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  waitFor: "pulumi.com/waitFor",
} as const;

export function at(value: Property | undefined, ...path: (string | number)[]): Property | undefined {
  let current: Property | undefined = value;
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isMap(current)) current = member(current, String(step));
    else return undefined;
  }
  return current;
}

export function text(value: Property | undefined, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

export function number(value: Property | undefined, ...path: (string | number)[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function list(value: Property | undefined, ...path: (string | number)[]): Property[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const nameOf = (object: Manifest): string => text(object, "metadata", "name");
export const namespaceOf = (object: Manifest): string => text(object, "metadata", "namespace");
export const annotation = (object: Manifest, key: string): string =>
  text(object, "metadata", "annotations", key);
export const isTrue = (object: Manifest, key: string): boolean => annotation(object, key) === "true";

/** `namespace/name`, or `name` for what belongs to no namespace: the resource's id in the state. */
export function qualifiedName(object: Manifest): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function parseQualifiedName(id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  return slash < 0
    ? { namespace: "", name: id }
    : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** A copy with one member of `metadata` set, or removed when the value is undefined. */
export function withMetadata(object: Manifest, key: string, value: Property | undefined): Manifest {
  const metadata = isMap(object["metadata"]) ? { ...object["metadata"] } : {};
  if (value === undefined) delete metadata[key];
  else metadata[key] = value;
  return { ...object, metadata };
}

export function withAnnotation(object: Manifest, key: string, value: string): Manifest {
  const present = at(object, "metadata", "annotations");
  return withMetadata(object, "annotations", { ...(isMap(present) ? present : {}), [key]: value });
}

/** A copy without the member at the path. */
export function without(object: Manifest, ...path: string[]): Manifest {
  const [step, ...rest] = path;
  if (step === undefined || !Object.hasOwn(object, step)) return object;
  if (rest.length === 0) {
    const kept = { ...object };
    delete kept[step];
    return kept;
  }
  const child = object[step];
  return isMap(child) ? { ...object, [step]: without(child, ...rest) } : object;
}

/** A copy with the member at the path set; missing parents are made. */
export function withValue(object: Manifest, value: Property, ...path: string[]): Manifest {
  const [step, ...rest] = path;
  if (step === undefined) return object;
  const child = object[step];
  return {
    ...object,
    [step]: rest.length === 0 ? value : withValue(isMap(child) ? child : {}, value, ...rest),
  };
}

/** `apps/v1` → group `apps`, version `v1`; the core group is the empty string. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export const kindOf = (object: Manifest): string => text(object, "kind");
export const apiVersionOf = (object: Manifest): string => text(object, "apiVersion");
export const isSecretKind = (object: Manifest): boolean =>
  kindOf(object) === "Secret" && apiVersionOf(object) === "v1";
export const isConfigMap = (object: Manifest): boolean =>
  kindOf(object) === "ConfigMap" && apiVersionOf(object) === "v1";
export const isCrd = (object: Manifest): boolean =>
  kindOf(object) === "CustomResourceDefinition" && apiVersionOf(object).startsWith("apiextensions.k8s.io/");

// JSON schema extensions are spelled with underscores in the SDKs, whose properties cannot hold a dash.
const dashed = [
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
];
const toDash = new Map(dashed.map(key => [key.replaceAll("-", "_"), key]));
const toUnderscore = new Map(dashed.map(key => [key, key.replaceAll("-", "_")]));

function rename(value: Property, names: Map<string, string>): Property {
  if (value instanceof Secret) return new Secret(rename(value.element, names));
  if (Array.isArray(value)) return value.map(element => rename(element, names));
  if (!isMap(value)) return value;
  const result: PropertyMap = {};
  for (const [key, element] of Object.entries(value)) result[names.get(key) ?? key] = rename(element, names);
  return result;
}

/** Properties of the program or of the state as a Kubernetes object: no secret marks, keys as Kubernetes spells them. */
export function toManifest(properties: PropertyMap): Manifest {
  return rename(withoutSecrets(properties), toDash) as Manifest;
}

/** A Kubernetes object as properties of the state, keys as the SDKs spell them. */
export function toProperties(object: Manifest): PropertyMap {
  return rename(object, toUnderscore) as PropertyMap;
}

/**
 * `kubernetes:apps/v1:Deployment` and `kubernetes:postgresql.cnpg.io/v1:Cluster` → apiVersion and kind. The SDKs spell the
 * core group `core` and the built-in groups without their domain, so the objects' own `apiVersion` is preferred to this.
 */
export function parseType(type: string): { apiVersion: string; kind: string } {
  const [, apiVersion = "", kind = ""] = type.split(":");
  const { group, version } = parseApiVersion(apiVersion);
  const bareKind = kind.replace(/Patch$/, "");
  if (group === "core" || group === "") return { apiVersion: version, kind: bareKind };
  return { apiVersion: `${builtInGroups.get(group) ?? group}/${version}`, kind: bareKind };
}

const builtInGroups = new Map([
  ["admissionregistration", "admissionregistration.k8s.io"],
  ["apiextensions", "apiextensions.k8s.io"],
  ["apiregistration", "apiregistration.k8s.io"],
  ["authentication", "authentication.k8s.io"],
  ["authorization", "authorization.k8s.io"],
  ["certificates", "certificates.k8s.io"],
  ["coordination", "coordination.k8s.io"],
  ["discovery", "discovery.k8s.io"],
  ["events", "events.k8s.io"],
  ["flowcontrol", "flowcontrol.apiserver.k8s.io"],
  ["networking", "networking.k8s.io"],
  ["node", "node.k8s.io"],
  ["rbac", "rbac.authorization.k8s.io"],
  ["scheduling", "scheduling.k8s.io"],
  ["storage", "storage.k8s.io"],
]);

const knownGroups = new Set(["", "apps", "autoscaling", "batch", "policy", ...builtInGroups.values()]);

/** True for what Kubernetes itself defines, false for custom resources. */
export function isBuiltIn(apiVersion: string): boolean {
  return knownGroups.has(parseApiVersion(apiVersion).group);
}

/** True for `kubernetes:core/v1:ConfigMapPatch`: a resource that owns some fields of an object it did not create. */
export function isPatchType(type: string, kind: string): boolean {
  const typeKind = type.split(":")[2] ?? "";
  return typeKind.endsWith("Patch") && typeKind !== kind;
}
