/** The member of that name which the record itself has: a plain look-up would also find "constructor" and the like. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
