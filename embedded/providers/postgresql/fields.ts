import { equal, member, Secret, Unknown, withoutSecrets } from "../protocol/property";
import type { Property, PropertyMap } from "../protocol/property";
import type { CheckFailure, PropertyDifference } from "../protocol/provider";

/** One property of a resource. */
export interface Field {
  /** The order of a set does not count. */
  kind: "text" | "number" | "flag" | "set" | "list";
  required?: boolean;
  /** A change replaces the resource. */
  replaces?: boolean;
  /** Stands where nothing is given. */
  fallback?: string | number | boolean;
  /** The server decides where nothing is given. */
  computed?: boolean;
  secret?: boolean;
  choices?: readonly string[];
  /** The smallest number. */
  least?: number;
}

export type Fields = Readonly<Record<string, Field>>;

/** What is wrong with a program's inputs. */
export function failures(fields: Fields, inputs: PropertyMap): CheckFailure[] {
  const unserved = Object.keys(inputs).filter(key => !Object.hasOwn(fields, key) && !isAbsent(inputs[key]));
  return [
    ...unserved.map(property => ({
      property,
      reason: `${property} is not served by the stand-in plugin: remove it, or install the real plugin.`,
    })),
    ...Object.entries(fields).flatMap(([property, field]) => {
      const reason = problem(field, member(inputs, property));
      return reason === undefined ? [] : [{ property, reason: `${property} ${reason}` }];
    }),
  ];
}

function problem(field: Field, value: Property | undefined): string | undefined {
  if (isAbsent(value)) return field.required ? "is missing." : undefined;
  const plain = withoutSecrets(value as Property);
  if (plain instanceof Unknown) return undefined;
  if (!isOfKind(field, plain)) return `must be ${kinds[field.kind]}.`;
  if (field.choices !== undefined && !field.choices.includes(plain as string))
    return `must be one of ${field.choices.join(", ")}, got ${String(plain)}.`;
  if (field.least !== undefined && (plain as number) < field.least)
    return `must be at least ${field.least}, got ${String(plain)}.`;
  return undefined;
}

const kinds = {
  text: "a text",
  number: "a whole number",
  flag: "true or false",
  set: "a list of texts",
  list: "a list of texts",
};

function isOfKind({ kind }: Field, value: Property): boolean {
  const isText = (each: Property): boolean => typeof each === "string" || each instanceof Unknown;
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return Number.isSafeInteger(value);
    case "flag":
      return typeof value === "boolean";
    case "set":
    case "list":
      return Array.isArray(value) && value.every(isText);
  }
}

/** The inputs with their fallbacks, without what is absent; secrets stay marked. */
export function completed(fields: Fields, inputs: PropertyMap): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, { fallback }] of Object.entries(fields)) {
    const value = member(inputs, key);
    if (!isAbsent(value)) result[key] = value as Property;
    else if (fallback !== undefined) result[key] = fallback;
  }
  return result;
}

/** Where the inputs ask for something else than the state holds. What the server decided stays where nothing is given. */
export function differences(
  fields: Fields,
  state: PropertyMap,
  inputs: PropertyMap,
): Map<string, PropertyDifference> {
  const [before, after] = [withoutSecrets(state), completed(fields, withoutSecrets(inputs))];
  const found = new Map<string, PropertyDifference>();
  for (const [key, field] of Object.entries(fields)) {
    const now = member(after, key);
    if (now === undefined && field.computed) continue;
    const old = member(before, key) ?? field.fallback;
    if (sameValue(field, old, now)) continue;
    const kind = isEmpty(old) ? "add" : isEmpty(now) ? "delete" : "update";
    found.set(key, { kind, replace: field.replaces === true, inputs: false });
  }
  return found;
}

/** Equality of two values of a field, where nothing, the empty text, the empty list and the number 0 are the same. */
export function sameValue(field: Field, a: Property | undefined, b: Property | undefined): boolean {
  if (isEmpty(a) && isEmpty(b)) return true;
  if (field.kind === "set" && Array.isArray(a) && Array.isArray(b)) return sameSet(a, b);
  return equal(a ?? null, b ?? null);
}

export function sameSet(a: readonly Property[], b: readonly Property[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every(each => !(each instanceof Unknown) && right.has(each));
}

/** The state to keep: as read from the server, but what is equal is spelled as before. Secrets stay or become marked. */
export function settled(fields: Fields, read: PropertyMap, before: PropertyMap): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, field] of Object.entries(fields)) {
    const old = member(before, key);
    const now = member(read, key);
    const value = old !== undefined && sameValue(field, withoutSecrets(old), now) ? withoutSecrets(old) : now;
    if (isAbsent(value)) continue;
    result[key] = field.secret || old instanceof Secret ? new Secret(value as Property) : (value as Property);
  }
  return result;
}

/** The inputs that a program would have to give to get this state: at an import, what differs from the fallbacks. */
export function inputsOf(
  fields: Fields,
  state: PropertyMap,
  inputs: PropertyMap,
  imported: boolean,
): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = member(state, key);
    const told = imported ? !sameValue(field, value, field.fallback) : member(inputs, key) !== undefined;
    if (told && value !== undefined) result[key] = value;
  }
  return result;
}

function isEmpty(value: Property | undefined): boolean {
  return isAbsent(value) || value === "" || value === 0 || (Array.isArray(value) && value.length === 0);
}

function isAbsent(value: Property | undefined): boolean {
  return value === undefined || value === null;
}
