import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A value the engine marks as secret. */
export class Secret {
  constructor(readonly element: Property) {}
}

/** A value that is not known before the update; seen only while previewing. */
export class Unknown {
  static readonly instance = new Unknown();
}

export type Property = null | boolean | number | string | Property[] | PropertyMap | Secret | Unknown;

export interface PropertyMap {
  [key: string]: Property;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";

const unknownStrings = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isMap(value: Property | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

/** A member that the map itself holds: keys are data, and one may be called `constructor`. */
export function member(map: PropertyMap, key: string): Property | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Reads what the engine sent. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return struct === undefined ? {} : (decode(struct.toJavaScript() as Property) as PropertyMap);
}

/** Writes what the engine is to receive. */
export function toStruct(properties: PropertyMap): Struct {
  return Struct.fromJavaScript(encode(properties) as Parameters<typeof Struct.fromJavaScript>[0]);
}

function decode(value: Property): Property {
  if (typeof value === "string") return unknownStrings.has(value) ? Unknown.instance : value;
  if (Array.isArray(value)) return value.map(decode);
  if (!isMap(value)) return value;
  const signature = value[signatureKey];
  if (typeof signature === "string") return decodeSigned(signature, value);
  return mapValues(value, decode);
}

function decodeSigned(signature: string, value: PropertyMap): Property {
  switch (signature) {
    case secretSignature:
      return new Secret(decode(value["value"] ?? null));
    case outputSignature: {
      const element = value["value"] === undefined ? Unknown.instance : decode(value["value"]);
      return value["secret"] === true ? new Secret(element) : element;
    }
    case resourceSignature:
      return decode(value["id"] ?? value["urn"] ?? null);
    default:
      throw new Error(
        `A property holds an asset or an archive (signature ${signature}), which the stand-in plugins do not take: pass its text instead.`,
      );
  }
}

function encode(value: Property): Property {
  if (value instanceof Unknown) return unknownString;
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: encode(value.element) };
  if (Array.isArray(value)) return value.map(encode);
  return isMap(value) ? mapValues(value, encode) : value;
}

export function mapValues(map: PropertyMap, change: (value: Property, key: string) => Property): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined) result[key] = change(value, key);
  }
  return result;
}

/** The same properties without their secret marks. */
export function withoutSecrets<T extends Property>(value: T): T {
  const strip = (property: Property): Property => {
    if (property instanceof Secret) return strip(property.element);
    if (Array.isArray(property)) return property.map(strip);
    return isMap(property) ? mapValues(property, strip) : property;
  };
  return strip(value) as T;
}

export function containsUnknown(value: Property): boolean {
  if (value instanceof Unknown) return true;
  if (value instanceof Secret) return containsUnknown(value.element);
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isMap(value) && Object.values(value).some(containsUnknown);
}

export function containsSecret(value: Property): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(containsSecret);
  return isMap(value) && Object.values(value).some(containsSecret);
}

/** Deep equality of plain properties; an unknown equals nothing. */
export function equal(a: Property | undefined, b: Property | undefined): boolean {
  if (a === b) return !(a instanceof Unknown);
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && equal(a.element, b.element);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => equal(element, b[index]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && equal(a[key], b[key]))
  );
}
