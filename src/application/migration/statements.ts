/** One statement of a file of SQL. */
export interface Statement {
  /** Without comments before it and without the semicolon. */
  text: string;
  /** Line of the file on which it begins, from 1. */
  line: number;
  /** Its first words outside of brackets, in capitals; at most four. */
  words: string[];
}

const space = /\s+/y;
const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const number = /\d[\w.]*/y;
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/**
 * The statements of a file, in their order. Semicolons in strings, quoted names, comments, brackets and the bodies of functions that are
 * written as SQL (`BEGIN ATOMIC … END`) end none. What is not closed reaches to the end of the file: the server then says what is wrong.
 * Source: PostgreSQL 18, 4.1 Lexical Structure; where a body begins and ends is decided as psql does (psqlscan.l).
 */
export function statementsOf(sql: string): Statement[] {
  const statements: Statement[] = [];
  let at = sql.startsWith("\uFEFF") ? 1 : 0;
  let open: OpenStatement | undefined;
  const lines = lineCounter(sql);
  const close = (end: number): void => {
    if (open === undefined) return;
    const text = sql.slice(open.start, end).trimEnd();
    statements.push({ text, line: lines(open.start), words: open.words.slice(0, 4) });
    open = undefined;
  };
  while (at < sql.length) {
    const blank = endOfBlank(sql, at);
    if (blank > at) {
      at = blank;
      continue;
    }
    if (sql[at] === ";" && (open === undefined || isComplete(open))) {
      close(at);
      at += 1;
      continue;
    }
    open ??= { start: at, words: [], brackets: 0, bodies: 0 };
    at = take(sql, at, open);
  }
  close(sql.length);
  return statements;
}

/** A statement whose end was not found yet. */
interface OpenStatement {
  start: number;
  words: string[];
  /** Round brackets that are open. */
  brackets: number;
  /** Bodies of functions that are open, and `CASE` in them. */
  bodies: number;
}

function isComplete({ brackets, bodies }: OpenStatement): boolean {
  return brackets === 0 && bodies === 0;
}

/** Where white space and comments that begin here end; `at` itself when there are none. */
function endOfBlank(sql: string, at: number): number {
  if (sql.startsWith("--", at)) {
    const end = sql.indexOf("\n", at);
    return end === -1 ? sql.length : end;
  }
  if (sql.startsWith("/*", at)) return endOfComment(sql, at);
  return match(space, sql, at)?.end ?? at;
}

/** Comments nest. */
function endOfComment(sql: string, from: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let depth = 0;
  for (;;) {
    const found = mark.exec(sql);
    if (found === null) return sql.length;
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
}

/** Takes one token into the statement. @returns where it ends */
function take(sql: string, at: number, open: OpenStatement): number {
  const first = sql[at];
  if ((first === "E" || first === "e") && sql[at + 1] === "'") return endOfEscaped(sql, at + 2);
  // Two quotes within are two strings side by side, and end at the same place.
  if (first === "'" || first === '"') return after(sql, first, at + 1);
  const dollar = match(dollarQuote, sql, at);
  if (dollar !== undefined) return after(sql, dollar.text, dollar.end);
  const name = match(word, sql, at);
  if (name !== undefined) {
    takeWord(name.text.toUpperCase(), open);
    return name.end;
  }
  if (first === "(") open.brackets += 1;
  if (first === ")") open.brackets = Math.max(0, open.brackets - 1);
  return match(number, sql, at)?.end ?? at + 1;
}

function takeWord(name: string, open: OpenStatement): void {
  if (open.brackets > 0) return;
  // Only the first of them are read, and a file may be one statement of a megabyte.
  if (open.words.length < 4) open.words.push(name);
  if (!/^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b/.test(open.words.join(" "))) return;
  if (name === "BEGIN" || (name === "CASE" && open.bodies > 0)) open.bodies += 1;
  if (name === "END" && open.bodies > 0) open.bodies -= 1;
}

/** Where a string ends in which a backslash takes the next character with it. */
function endOfEscaped(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === "\\") at += 1;
    else if (sql[at] === "'") {
      if (sql[at + 1] !== "'") return at + 1;
      at += 1;
    }
  }
  return sql.length;
}

function after(sql: string, mark: string, from: number): number {
  const end = sql.indexOf(mark, from);
  return end === -1 ? sql.length : end + mark.length;
}

function match(pattern: RegExp, sql: string, at: number): { text: string; end: number } | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(sql);
  return found === null ? undefined : { text: found[0], end: pattern.lastIndex };
}

/** Counts lines up to positions that only grow. */
function lineCounter(sql: string): (position: number) => number {
  let [line, from] = [1, 0];
  return position => {
    for (let at = sql.indexOf("\n", from); at !== -1 && at < position; at = sql.indexOf("\n", from)) {
      line += 1;
      from = at + 1;
    }
    return line;
  };
}
