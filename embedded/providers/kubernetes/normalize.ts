import { parseNano } from "../../../src/quantity";
import { containsUnknown, isMap, member } from "../protocol/property";
import type { Property, PropertyMap } from "../protocol/property";
import { at, isCrd, isSecretKind, withValue, without } from "./manifest";
import type { Manifest } from "./manifest";

const readOnlyMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** The form in which two spellings of the same object look the same, so that neither shows as a difference. */
export function normalize(object: Manifest): Manifest {
  let result = containsUnknown(object) ? object : normalizeKind(object);
  for (const key of readOnlyMetadata) result = without(result, "metadata", key);
  return result;
}

function normalizeKind(object: Manifest): Manifest {
  if (isSecretKind(object)) return normalizeSecret(object);
  if (!isCrd(object)) return object;
  const served = without(object, "status");
  return at(served, "spec", "preserveUnknownFields") === false
    ? without(served, "spec", "preserveUnknownFields")
    : served;
}

/** The API server turns `stringData` into `data` and re-encodes `data`; so do we. */
function normalizeSecret(secret: Manifest): Manifest {
  const data: PropertyMap = {};
  for (const [key, value] of Object.entries(members(secret, "data"))) {
    data[key] = typeof value === "string" && isBase64(value) ? reencode(value) : value;
  }
  const stringData = Object.entries(members(secret, "stringData"));
  for (const [key, value] of stringData) {
    data[key] = Buffer.from(typeof value === "string" ? value : String(value), "utf8").toString("base64");
  }
  if (stringData.length > 0) return withValue(without(secret, "stringData"), data, "data");
  return isMap(at(secret, "data")) ? withValue(secret, data, "data") : secret;
}

function members(object: Manifest, key: string): PropertyMap {
  const value = at(object, key);
  return isMap(value) ? value : {};
}

const isBase64 = (value: string): boolean => /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value);
const reencode = (value: string): string => Buffer.from(value, "base64").toString("base64");

/** What of the live object the program's inputs once set: the rest belongs to the cluster. */
export function prune(live: Property, inputs: Property): Property {
  if (isMap(live) && isMap(inputs)) {
    const result: PropertyMap = {};
    for (const [key, value] of Object.entries(live)) {
      const input = member(inputs, key);
      if (input !== undefined) result[key] = prune(value, input);
    }
    return result;
  }
  if (Array.isArray(live) && Array.isArray(inputs)) {
    if (isMap(live[0]) !== isMap(inputs[0])) return live.length === 0 || inputs.length === 0 ? [] : live;
    return inputs.slice(0, live.length).map((input, index) => prune(live[index] as Property, input));
  }
  return live;
}

/**
 * Built-in types drop fields that hold their zero value, so a `false`, `""`, `0`, `[]` or `{}` that the live object lacks
 * says nothing.
 */
export function isZero(value: Property): boolean {
  if (value === null || value === false || value === "" || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.values(value).every(isZero);
}

const quantityParents = new Set([
  "requests",
  "limits",
  "capacity",
  "hard",
  "allocatable",
  "default",
  "defaultRequest",
]);
const quantityFields = new Set(["sizeLimit", "divisor"]);

/** True when both are the same amount in different spellings, at a place where Kubernetes reads a quantity. */
export function sameQuantity(path: readonly (string | number)[], a: Property, b: Property): boolean {
  const parent = path.at(-2);
  const field = path.at(-1);
  const isQuantity =
    (typeof parent === "string" && quantityParents.has(parent)) ||
    (typeof field === "string" && quantityFields.has(field));
  if (!isQuantity) return false;
  const left = parseNano(String(a));
  return left !== undefined && left === parseNano(String(b));
}
