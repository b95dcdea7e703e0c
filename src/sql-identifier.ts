/** A name as an identifier of SQL: always quoted, so that every character means itself. */
export function sqlIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
