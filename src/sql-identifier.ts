/** Longest name in PostgreSQL, bytes; a longer one would be cut. Source: PostgreSQL 18, 4.1.1 Identifiers and Key Words. */
export const maxIdentifierBytes = 63;

/** A name as an identifier of SQL: always quoted, so that every character means itself. */
export function sqlIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Why a text cannot be a name in PostgreSQL, as the end of a sentence; undefined when it can. Quoted names may hold almost everything. */
export function identifierProblem(name: string): string | undefined {
  if (name === "") return "is empty.";
  // eslint-disable-next-line no-control-regex -- a name with a line end would pass every quoting and break what prints it
  if (/[\u0000-\u001f\u007f]/.test(name)) return "has a control character.";
  // CloudNativePG leaves it out in one place and not in the other.
  if (name.trim() !== name) return "begins or ends with white space.";
  if (Buffer.from(name).toString() !== name) return "is not valid Unicode.";
  const bytes = Buffer.byteLength(name);
  return bytes > maxIdentifierBytes
    ? `has ${bytes} bytes; PostgreSQL cuts names after ${maxIdentifierBytes}.`
    : undefined;
}
