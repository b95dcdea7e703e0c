/** What of a dump is restored, and what is not. */
export interface RestoreList {
  /** For `pg_restore --use-list`. */
  list: string;
  /** What is left out, as sentences. */
  left: string[];
}

/** Entries that are made beforehand by the superuser, and those that would connect to other servers. */
const otherwise = ["EXTENSION", "COMMENT - EXTENSION", "PUBLICATION", "PUBLICATION TABLE", "SUBSCRIPTION"];

/**
 * What is restored of a dump, from what `pg_restore --list` says of it. Extensions are made before by the superuser. Publications and
 * subscriptions are left out: a copy of a database must not take part in a replication. Default privileges are those of the role that
 * restores.
 * @param owner role that restores
 * @param schemas that are made before, for extensions
 */
export function restoreList(contents: string, owner: string, schemas: readonly string[] = []): RestoreList {
  const left: string[] = [];
  const lines = contents.split("\n").filter(line => {
    const entry = entryOf(line);
    if (entry === undefined) return true;
    if (otherwise.some(kind => entry.startsWith(`${kind} `))) {
      if (!entry.includes("EXTENSION")) left.push(`left out: ${entry}`);
      return false;
    }
    if (entry.startsWith("DEFAULT ACL ") && !entry.endsWith(` ${owner}`)) {
      left.push(`left out: ${entry}`);
      return false;
    }
    return !schemas.some(schema => entry.startsWith(`SCHEMA - ${schema} `));
  });
  return { list: lines.join("\n"), left };
}

/** How many tables have rows in a dump. */
export function tablesWithData(contents: string): number {
  return contents.split("\n").filter(line => entryOf(line)?.startsWith("TABLE DATA ") === true).length;
}

/** `TABLE DATA public orders app` of `3456; 0 16390 TABLE DATA public orders app`; undefined for a comment. */
function entryOf(line: string): string | undefined {
  return /^\d+; \d+ \d+ (.*)$/.exec(line)?.[1];
}
