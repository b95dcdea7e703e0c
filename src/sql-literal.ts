/** A text as a literal of SQL, for where no parameter can stand. */
export function sqlLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
