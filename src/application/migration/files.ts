import { createHash } from "node:crypto";
import { isOutsideTransaction, transactionControl } from "./transaction";
import { statementsOf } from "./statements";

/** One file of SQL that changes the schema of a database. */
export interface MigrationFile {
  /** Name of the file; files are run in the order of their names, compared character by character. */
  name: string;
  text: string;
  /** SHA-256 of the text, hexadecimal. */
  checksum: string;
}

/** What is wrong with a file, and what to do. */
export interface MigrationProblem {
  /** Name of the file; absent for what concerns all of them. */
  file?: string;
  /** A sentence. */
  problem: string;
  /** A sentence. */
  remedy: string;
}

/** Bytes of all files together. Source: Kubernetes, ConfigMaps, "cannot exceed 1 MiB". */
export const mostBytes = 1024 * 1024;

/** A file as it was found. */
export function migrationFile(name: string, text: string): MigrationFile {
  return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
}

/** Order of names: that of their characters, the same on every machine. */
export function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * Everything that can be known to be wrong with files before they are run.
 * @param files texts by name
 */
export function migrationProblems(files: Record<string, string>): MigrationProblem[] {
  const names = Object.keys(files).sort();
  return [
    ...names.flatMap(name => nameProblems(name).map(found => ({ file: name, ...found }))),
    ...orderProblems(names),
    ...names.flatMap(name => textProblems(files[name] ?? "").map(found => ({ file: name, ...found }))),
    ...sizeProblems(Object.values(files)),
  ];
}

/** Files as the data of a ConfigMap, in the order in which they are run. */
export function migrationConfigMapData(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.keys(files)
      .sort()
      .map(name => [name, files[name] ?? ""]),
  );
}

/** Sixteen hexadecimal digits that are others as soon as a name or a text is. */
export function migrationVersion(files: Record<string, string>): string {
  const content = JSON.stringify(Object.entries(migrationConfigMapData(files)));
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

type Found = Omit<MigrationProblem, "file">;

/** Source: Kubernetes, IsConfigMapKey. */
function nameProblems(name: string): Found[] {
  const found: Found[] = [];
  if (!/^[-._a-zA-Z0-9]+$/.test(name) || name.length > 253 || name.startsWith("..")) {
    found.push({
      problem: "The name cannot be a key of a ConfigMap.",
      remedy:
        "Use letters, digits, '-', '_' and '.', at most 253 of them, and do not begin with two full stops.",
    });
  }
  if (!name.endsWith(".sql")) {
    found.push({ problem: "The name does not end in .sql.", remedy: `Call it ${name}.sql.` });
  }
  return found;
}

/** Numbers that somebody counts upwards, but that do not sort upwards. */
function orderProblems(names: readonly string[]): MigrationProblem[] {
  const numbers = names.map(name => Number(/^\d+/.exec(name)?.[0] ?? NaN));
  return names.flatMap((file, i): MigrationProblem[] => {
    const [own, before] = [numbers[i] ?? NaN, numbers[i - 1] ?? NaN];
    if (!(own < before)) return [];
    return [
      {
        file,
        problem: `It would be run after ${names[i - 1]}: names are compared character by character.`,
        remedy: "Give all numbers the same count of digits, for example 0009 and 0010.",
      },
    ];
  });
}

function textProblems(text: string): Found[] {
  const statements = statementsOf(text);
  return [
    ...(text.includes("\0")
      ? [{ problem: "It holds a character of code 0.", remedy: "Save it as text in UTF-8." }]
      : []),
    ...statements
      .filter(statement => transactionControl(statement) !== undefined)
      .map(statement => ({
        problem: `Line ${statement.line} has ${transactionControl(statement)}: ${
          isOutsideTransaction(text) ? "each statement is a transaction" : "each file is one transaction"
        } already.`,
        remedy: isOutsideTransaction(text)
          ? "Take it out, and put what belongs together into a file without -- no-transaction."
          : "Take it out. SAVEPOINT and ROLLBACK TO are possible.",
      })),
    ...statements
      .filter(({ words, text: sql }) => words[0] === "COPY" && /\bFROM\s+STDIN\b/i.test(sql))
      .map(({ line }) => ({
        problem: `Line ${line} has COPY FROM STDIN, which has no input here.`,
        remedy: "Write the rows as INSERT.",
      })),
    ...statements
      .filter(statement => statement.text.startsWith("\\"))
      .map(({ line }) => ({
        problem: `Line ${line} has a command of psql, which the server does not know.`,
        remedy: "Write it as SQL.",
      })),
  ];
}

function sizeProblems(texts: readonly string[]): MigrationProblem[] {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= mostBytes) return [];
  return [
    {
      problem: `The files have ${bytes} bytes together; a ConfigMap holds ${mostBytes}.`,
      remedy: "Load data in another way, or run an image with your own migration tool.",
    },
  ];
}
