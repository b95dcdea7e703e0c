import { isMap } from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import { list, text } from "./manifest";
import type { Manifest } from "./manifest";
import type { PathStep } from "./property-path";

/** Objects are created under this name; the first update hands the fields to the resource's own manager. */
export const creationManager = "pulumi-kubernetes";

/** Names and operations under which this tool or kubectl may have written an object before. */
const adopted = new Set([
  "kubectl/Apply",
  "kubectl/Update",
  "before-first-apply/Update",
  "pulumi-kubernetes/Update",
  "pulumi-kubernetes.exe/Update",
  "pulumi-resource-kubernetes/Update",
]);

const ownNames = new Set(["pulumi-kubernetes", "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"]);

type Entry = PropertyMap;

export const managedFields = (object: Manifest): Entry[] =>
  list(object, "metadata", "managedFields").filter((entry): entry is Entry => isMap(entry));

/** True when fields still stand under the creation's name, so that an apply under our own would conflict. */
export function hasCreationFields(object: Manifest): boolean {
  return managedFields(object).some(
    entry => text(entry, "operation") === "Update" && ownNames.has(text(entry, "manager")),
  );
}

/**
 * The JSON patch that moves the fields of earlier writers to `manager`; empty when there are none. Without it the first
 * apply would conflict with the object's own creation.
 */
export function adoption(object: Manifest, manager: string): unknown[] {
  const entries = managedFields(object);
  const isAdopted = (entry: Entry): boolean =>
    text(entry, "subresource") === "" && adopted.has(`${text(entry, "manager")}/${text(entry, "operation")}`);
  const taken = entries.filter(isAdopted);
  if (taken.length === 0) return [];

  const isOurs = (entry: Entry): boolean =>
    text(entry, "manager") === manager &&
    text(entry, "operation") === "Apply" &&
    text(entry, "subresource") === "";
  const merged = [...entries.filter(isOurs), ...taken];
  const fields = merged
    .map(entry => entry["fieldsV1"])
    .filter(isMap)
    .reduce(union, {});
  const ours: Entry = { ...merged[0], manager, operation: "Apply", fieldsType: "FieldsV1", fieldsV1: fields };
  const rest = entries.filter(entry => !isAdopted(entry) && !isOurs(entry));
  return [
    { op: "replace", path: "/metadata/managedFields", value: [ours, ...rest] },
    { op: "replace", path: "/metadata/resourceVersion", value: text(object, "metadata", "resourceVersion") },
  ];
}

function union(a: PropertyMap, b: PropertyMap): PropertyMap {
  const result: PropertyMap = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const present = result[key];
    result[key] = isMap(present) && isMap(value) ? union(present, value) : value;
  }
  return result;
}

/** True when another manager owns the field, or something in it, and `manager` does not. */
export function ownedOnlyByOthers(object: Manifest, manager: string, path: readonly PathStep[]): boolean {
  let others = false;
  for (const entry of managedFields(object)) {
    if (!ownsField(entry["fieldsV1"], path)) continue;
    if (text(entry, "manager") === manager) return false;
    others = true;
  }
  return others;
}

function ownsField(fields: PropertyMap[string] | undefined, path: readonly PathStep[]): boolean {
  let current = fields;
  for (const step of path) {
    if (!isMap(current)) return false;
    current = current[`f:${step}`];
  }
  return current !== undefined;
}

/** Who holds the fields that a refused apply wanted, in the API server's own words, and the ways out. */
export function conflictMessage(manager: string, message: string): string {
  return [
    `server-side apply field conflict detected: "${manager}", under which this resource writes, does not own all it wants to set.`,
    message,
    'Leave the field out, name it in "ignoreChanges", or take it over with the annotation pulumi.com/patchForce: "true".',
  ].join("\n");
}
