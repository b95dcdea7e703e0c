import type { DrillAssertion, DrillChecks } from "../backup/drill/args";
import { checksumQuery, databasesQuery, pageStatements, rowStatements } from "../backup/drill/queries";
import {
  CheckOutcome,
  type DrillCheck,
  largestTables,
  type RowCounts,
  type TableRows,
} from "../backup/drill/report";
import { type Execute, type ExecuteResult, type PodSql, sqlOver } from "./execute";
import { runLong } from "./long-command";
import { type Clock, describeError } from "./waiting";

/** The restored instance, and what is to be looked at. */
export interface ChecksRequest {
  namespace: string;
  pod: string;
  /** Major version of PostgreSQL. */
  major: number;
  /** Database of assertions that name none. */
  database: string;
  checks: DrillChecks;
}

/** What checks need. */
export interface ChecksContext {
  execute: Execute;
  clock: Clock;
  say: (sentence: string) => void;
  /** Seconds that are left for all of them. */
  secondsLeft: () => number;
}

/** What the checks found. */
export interface CheckFindings {
  checks: DrillCheck[];
  rows?: RowCounts;
}

/** What one check found. */
type Verdict = Pick<DrillCheck, "outcome" | "detail">;

/** Container of PostgreSQL. */
const container = "postgres";

/** How many complaints of one check are kept. */
const mostProblems = 5;

/** Looks at the restored data: the pages first, because whatever is wrong there explains what follows. */
export async function checkRestored(request: ChecksRequest, context: ChecksContext): Promise<CheckFindings> {
  const { checks: asked } = request;
  const pod = new CheckedPod(request, context);
  const checks: DrillCheck[] = [];
  let rows: RowCounts | undefined;
  const check = async (name: string, wanted: boolean, look: () => Promise<Verdict>): Promise<void> => {
    if (wanted) checks.push(await timed(name, context, look));
  };
  await check("checksums", asked.checksums ?? true, () => verifyChecksums(pod));
  await check("amcheck", asked.amcheck ?? true, () => verifyStructure(pod, request.major));
  await check("rowCounts", asked.rowCounts ?? true, async () => {
    rows = await countRows(pod);
    return passed(describeRows(rows));
  });
  for (const [index, assertion] of (asked.assertions ?? []).entries()) {
    await check(assertion.name, true, () => assertTrue(pod, assertion, index, request.database));
  }
  return { checks, ...(rows === undefined ? {} : { rows }) };
}

const passed = (detail: string): Verdict => ({ outcome: CheckOutcome.Passed, detail });
const failed = (detail: string): Verdict => ({ outcome: CheckOutcome.Failed, detail });

/** A check that breaks off has failed: what it was to prove is not proved. */
async function timed(
  name: string,
  context: ChecksContext,
  look: () => Promise<Verdict>,
): Promise<DrillCheck> {
  const started = context.clock.now().getTime();
  const verdict = await look().catch((error: unknown) => {
    if (error instanceof Error && error.name === "Interrupted") throw error;
    return failed(describeError(error));
  });
  const seconds = Math.round((context.clock.now().getTime() - started) / 100) / 10;
  context.say(`Check ${name}: ${verdict.outcome} in ${seconds} s. ${verdict.detail}`);
  return { name, ...verdict, seconds };
}

/** Commands in the pod of the restored instance. */
class CheckedPod {
  readonly #request: ChecksRequest;
  readonly #context: ChecksContext;
  readonly #sql: PodSql;

  constructor(request: ChecksRequest, context: ChecksContext) {
    this.#request = request;
    this.#context = context;
    this.#sql = sqlOver(context.execute);
  }

  query(text: string): Promise<Record<string, unknown>[]> {
    return this.#sql(this.#request.namespace, this.#request.pod, text);
  }

  async databases(): Promise<string[]> {
    return (await this.query(databasesQuery)).map(({ name }) => String(name));
  }

  run(name: string, doing: string, command: readonly string[]): Promise<ExecuteResult> {
    const { namespace, pod } = this.#request;
    const { execute, clock, say, secondsLeft } = this.#context;
    const wait = { clock, say, timeoutSeconds: secondsLeft() };
    return runLong(execute, { namespace, pod, container, name, command, doing }, wait);
  }

  /** What the last of the statements returns, with psql's own words when one fails. */
  async statements(name: string, doing: string, database: string, texts: readonly string[]): Promise<string> {
    const commands = texts.flatMap(text => ["-c", text]);
    const psql = [
      "psql",
      "-XAtq",
      "-v",
      "ON_ERROR_STOP=1",
      "-d",
      `dbname='${escaped(database)}'`,
      ...commands,
    ];
    const { stdout, stderr, exitCode } = await this.run(name, doing, psql);
    if (exitCode !== 0) {
      // Where in our own statement it happened says nothing to the reader.
      const words = (stderr || stdout).replace(/^(CONTEXT|LINE \d+):[\s\S]*/m, "");
      throw new Error(`In database ${database}: ${describeError(words)}`);
    }
    return stdout.trim();
  }
}

/** A name inside the quotes of a connection string. */
function escaped(name: string): string {
  return name.replace(/[\\']/g, character => `\\${character}`);
}

interface PageResult {
  pages: number;
  problems: string[];
}

async function verifyChecksums(pod: CheckedPod): Promise<Verdict> {
  let pages = 0;
  const problems: string[] = [];
  for (const [index, database] of (await pod.databases()).entries()) {
    const doing = `every page of database ${database} is read`;
    const text = await pod.statements(`drill-pages-${index}`, doing, database, pageStatements);
    const found = JSON.parse(text) as PageResult;
    pages += found.pages;
    problems.push(...found.problems.map(problem => `${database}: ${problem}`));
  }
  const [row] = await pod.query(checksumQuery);
  const { setting, failures } = row as { setting: string; failures: number };
  if (problems.length > 0) return failed(listed(problems));
  if (failures > 0) return failed(`${failures} pages have a wrong checksum.`);
  const detail = `${pages} pages were read without an error`;
  if (setting === "on") return passed(`${detail}, their checksums are right.`);
  return {
    outcome: CheckOutcome.Skipped,
    detail: `${detail}, but data_checksums is ${setting}: nothing tells whether they are what was written.`,
  };
}

/**
 * Every table and B-tree index. The strict ways, because nobody else needs the locks here: order within and between the pages of an index,
 * and every row of the table in it; from 17 on also whether unique indexes are.
 */
async function verifyStructure(pod: CheckedPod, major: number): Promise<Verdict> {
  const strict = ["--heapallindexed", "--parent-check", ...(major >= 17 ? ["--checkunique"] : [])];
  const command = ["pg_amcheck", "--all", "--install-missing", "--jobs=2", ...strict];
  const { stdout, stderr, exitCode } = await pod.run(
    "drill-amcheck",
    "pg_amcheck looks at every table",
    command,
  );
  if (exitCode === 0) return passed("Tables and B-tree indexes of all databases are sound.");
  // A complaint stands indented below the relation it is about.
  const lines = `${stdout}\n${stderr}`.replace(/:\n\s+/g, ": ").split("\n");
  if (exitCode === 126 || exitCode === 127) {
    return failed("The image has no pg_amcheck. Take one that has, or set checks.amcheck to false.");
  }
  return failed(listed(lines.map(line => line.trim()).filter(line => line !== "")));
}

async function countRows(pod: CheckedPod): Promise<RowCounts> {
  const all: RowCounts = { tables: 0, rows: 0, exact: true, largest: [] };
  for (const [index, database] of (await pod.databases()).entries()) {
    const doing = `the rows of database ${database} are counted`;
    const text = await pod.statements(`drill-rows-${index}`, doing, database, rowStatements);
    const found = JSON.parse(text) as Omit<RowCounts, "largest"> & { largest: Omit<TableRows, "database">[] };
    all.tables += found.tables;
    all.rows += found.rows;
    all.exact &&= found.exact;
    all.largest.push(...found.largest.map(table => ({ database, ...table })));
  }
  all.largest = all.largest.sort((a, b) => b.rows - a.rows).slice(0, largestTables);
  return all;
}

function describeRows({ tables, rows, exact }: RowCounts): string {
  return `${rows} rows in ${tables} tables${exact ? "" : ", those of large tables by the planner's estimate"}.`;
}

async function assertTrue(
  pod: CheckedPod,
  { name, database, sql }: DrillAssertion,
  index: number,
  fallback: string,
): Promise<Verdict> {
  const answer = await pod.statements(
    `drill-assertion-${index}`,
    `assertion "${name}"`,
    database ?? fallback,
    [sql],
  );
  if (answer === "t") return passed("true");
  const shown = answer === "" ? "no row" : answer === "f" ? "false" : JSON.stringify(answer.slice(0, 200));
  return failed(`It returned ${shown}; one row with one column that is true is wanted.`);
}

function listed(problems: readonly string[]): string {
  const more = problems.length > mostProblems ? ` (and ${problems.length - mostProblems} more)` : "";
  return `${problems.slice(0, mostProblems).join("; ")}${more}`;
}
