/** Who set a field of an object. */
export interface FieldOwner {
  manager: string;
  /** `Apply` or `Update`. */
  operation: string;
}

/** One entry of `metadata.managedFields`. */
export interface ManagedFields extends FieldOwner {
  /** Part of the object, for example `status`. */
  subresource?: string;
  fieldsV1?: Record<string, unknown>;
  [member: string]: unknown;
}

/** The first owner of a field; undefined when nobody set it. */
export function ownerOf(
  managedFields: readonly ManagedFields[] | undefined,
  path: readonly string[],
): FieldOwner | undefined {
  const entry = (managedFields ?? []).find(candidate => owns(candidate, path));
  return entry && { manager: entry.manager, operation: entry.operation };
}

/**
 * Hands a field back to who had it before, or to nobody. Who changed a field becomes its owner, and the next apply of the former owner
 * with another value would be refused for ever.
 * @param from manager that gives it up
 * @param to owner of before, which gets it when it still has an entry
 */
export function handBack(
  managedFields: readonly ManagedFields[],
  path: readonly string[],
  from: string,
  to: FieldOwner | undefined,
): ManagedFields[] {
  return managedFields.flatMap(entry => {
    const { manager, operation, subresource, fieldsV1 = {} } = entry;
    if (subresource !== undefined) return [entry];
    if (manager === from) {
      const left = without(
        fieldsV1,
        path.map(key => `f:${key}`),
      );
      return Object.keys(left).length === 0 ? [] : [{ ...entry, fieldsV1: left }];
    }
    if (manager !== to?.manager || operation !== to.operation || owns(entry, path)) return [entry];
    return [
      {
        ...entry,
        fieldsV1: withPath(
          fieldsV1,
          path.map(key => `f:${key}`),
        ),
      },
    ];
  });
}

function owns({ subresource, fieldsV1 }: ManagedFields, path: readonly string[]): boolean {
  if (subresource !== undefined) return false;
  let at: unknown = fieldsV1;
  for (const key of path) at = (at as Record<string, unknown> | undefined)?.[`f:${key}`];
  return at !== undefined;
}

type Fields = Record<string, unknown>;

function without(fields: Fields, [key, ...rest]: readonly string[]): Fields {
  if (key === undefined || fields[key] === undefined) return fields;
  const { [key]: inner, ...others } = fields;
  if (rest.length === 0) return others;
  const left = without(inner as Fields, rest);
  return isEmpty(left) ? others : { ...others, [key]: left };
}

/** `.` stands for the object itself, which goes with its last field. */
function isEmpty(fields: Fields): boolean {
  return Object.keys(fields).every(key => key === ".");
}

function withPath(fields: Fields, [key, ...rest]: readonly string[]): Fields {
  if (key === undefined) return fields;
  return { ...fields, [key]: withPath((fields[key] as Fields | undefined) ?? {}, rest) };
}
