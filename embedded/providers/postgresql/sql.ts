import { escapeIdentifier, escapeLiteral } from "pg";

/** A name as SQL takes it. Throws for one that no server can have: a zero byte would end the statement. */
export function identifier(name: string): string {
  if (name === "") throw new Error("a name must not be empty");
  return escapeIdentifier(withoutZero(name));
}

/** A text as a literal of SQL, for where no parameter can stand. */
export function literal(text: string): string {
  // Written as E'…' where there is a backslash; the driver puts a blank before it.
  return escapeLiteral(withoutZero(text)).trimStart();
}

/** A whole number as SQL takes it. */
export function numeral(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is not a whole number`);
  return String(value);
}

function withoutZero(text: string): string {
  if (text.includes("\0")) throw new Error("PostgreSQL takes no text with a zero byte");
  return text;
}
