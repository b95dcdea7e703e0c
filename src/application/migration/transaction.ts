import type { Statement } from "./statements";

/**
 * Whether a file asks to be run outside of a transaction, as `CREATE INDEX CONCURRENTLY` must be: its first line is `-- no-transaction`.
 * Each of its statements then stands alone, and the file is recorded after the last one. When the run ends in between, by an error, a lost
 * connection or a lost node, what was done stays done, and the next run begins the file anew: write it so that it can be repeated
 * (`IF NOT EXISTS`; `DROP INDEX CONCURRENTLY IF EXISTS` before the index, because a broken-off one stays behind as invalid).
 */
export function isOutsideTransaction(text: string): boolean {
  return /^\uFEFF?--[ \t]*no-transaction[ \t]*\r?(\n|$)/.test(text);
}

/** What a statement does to the transaction around it, as SQL says it; undefined when nothing, as with savepoints. */
export function transactionControl({ words }: Pick<Statement, "words">): string | undefined {
  const [first = "", second = "", third = ""] = words;
  switch (first) {
    case "BEGIN":
    case "COMMIT":
    case "END":
    case "ABORT":
      return first;
    case "START":
    case "PREPARE":
      return second === "TRANSACTION" ? `${first} TRANSACTION` : undefined;
    case "ROLLBACK":
      // ROLLBACK [WORK | TRANSACTION] TO
      return second === "TO" || third === "TO" ? undefined : first;
    default:
      return undefined;
  }
}
