import type { Statement } from "./statements";

/** An error of the server, as far as it is told; members as PostgreSQL's protocol names them. */
export interface ServerError {
  message: string;
  /** SQLSTATE. */
  code?: string;
  /** Character of the statement, from 1. */
  position?: string;
  detail?: string;
  hint?: string;
  /** Where inside of a function it happened. */
  where?: string;
}

/** What helps with errors whose message does not say it. */
const remedies: Readonly<Record<string, string>> = {
  // active_sql_transaction
  "25001": "Begin the file with the line -- no-transaction to run it outside of one.",
  // lock_not_available
  "55P03": "Another session held the lock; run it again when that has ended, or allow more time.",
};

/** What went wrong in a file, in one sentence with its line. */
export function failureText(file: string, statement: Statement, error: ServerError): string {
  const line = statement.line + linesBefore(statement.text, Number(error.position ?? 1));
  const code = error.code === undefined ? "" : ` ${error.code}`;
  return [
    `${file}, line ${line}: ERROR${code}: ${error.message}.`,
    ...(error.detail === undefined ? [] : [error.detail]),
    ...(error.hint === undefined ? [] : [`Hint: ${error.hint}`]),
    ...(error.where === undefined ? [] : [`(${error.where.replace(/\s*\n\s*/g, "; ")})`]),
    ...(remedies[error.code ?? ""] === undefined ? [] : [remedies[error.code ?? ""] ?? ""]),
  ].join(" ");
}

/** The server counts characters, not the halves that JavaScript stores some of them in. */
function linesBefore(text: string, position: number): number {
  let [characters, lines] = [1, 0];
  for (const character of text) {
    if (characters >= position) return lines;
    if (character === "\n") lines += 1;
    characters += 1;
  }
  return lines;
}
