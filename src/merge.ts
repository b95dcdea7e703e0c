/** `over` merged onto `base`: objects key by key, everything else replaced; a null removes the key. */
export function merge<T>(base: T, over: unknown): T {
  if (over === undefined) return base;
  if (!isObject(over)) return over as T;
  const result: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}
