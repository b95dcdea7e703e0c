import { containsSecret, isMap, Secret } from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import { apiVersionOf, toManifest, toProperties } from "./manifest";
import type { Manifest } from "./manifest";

const inputsKey = "__inputs";
const apiVersionKey = "__initialApiVersion";
const fieldManagerKey = "__fieldManager";

export interface Checkpoint {
  inputs: Manifest;
  live: Manifest;
  apiVersion: string;
  fieldManager: string | undefined;
}

/**
 * What the state keeps of an object: the live object, and beside it the inputs that made it. What was secret in the
 * program stays secret, and everything a Secret holds is.
 */
export function checkpoint(
  inputs: Manifest,
  live: Manifest,
  program: PropertyMap,
  fieldManager: string,
  apiVersion: string = apiVersionOf(inputs),
): PropertyMap {
  return {
    ...markSecrets(toProperties(live), program),
    [inputsKey]: markSecrets(toProperties(inputs), program),
    [apiVersionKey]: apiVersion,
    [fieldManagerKey]: fieldManager,
  };
}

export function readCheckpoint(state: PropertyMap): Checkpoint {
  const {
    [inputsKey]: inputs,
    [apiVersionKey]: apiVersion,
    [fieldManagerKey]: fieldManager,
    ...live
  } = state;
  const manifest = toManifest(isMap(inputs) ? inputs : {});
  return {
    inputs: manifest,
    live: toManifest(live),
    apiVersion: typeof apiVersion === "string" ? apiVersion : apiVersionOf(manifest),
    fieldManager: typeof fieldManager === "string" ? fieldManager : undefined,
  };
}

/** Copies secretness from the program's properties, member by member, so that one secret does not hide a whole spec. */
export function markSecrets(properties: PropertyMap, program: PropertyMap): PropertyMap {
  if (properties["kind"] === "Secret") return markSecretKind(properties);
  const result: PropertyMap = { ...properties };
  for (const [key, input] of Object.entries(program)) {
    const value = result[key];
    if (value === undefined || value instanceof Secret) continue;
    if (isMap(value) && isMap(input)) result[key] = markSecrets(value, input);
    else if (containsSecret(input)) result[key] = new Secret(value);
  }
  return result;
}

function markSecretKind(properties: PropertyMap): PropertyMap {
  const result: PropertyMap = { ...properties };
  for (const key of ["data", "stringData"]) {
    const value = result[key];
    if (value !== undefined && !(value instanceof Secret)) result[key] = new Secret(value);
  }
  return result;
}
