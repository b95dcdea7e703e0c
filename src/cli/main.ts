import { CommanderError } from "commander";
import type { Layout } from "./layout";
import type { ProgressSurroundings } from "./progress";
import { buildProgram } from "./program";
import { ExitCode, PlainFailure, UsageError } from "./result";

/** What the process gives to a command. */
export interface CliSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** What standard output is fitted to. */
  layout: Layout;
  progress: ProgressSurroundings;
}

/** What the process is to print and to end with. */
export interface Outcome {
  exitCode: ExitCode;
  stdout: string;
  stderr: string;
}

/** Runs one command line to its end. Never throws. */
export async function run(args: readonly string[], surroundings: CliSurroundings): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  let exitCode: ExitCode = ExitCode.Done;
  const program = buildProgram({
    ...surroundings,
    writeOut: text => (stdout += text),
    writeError: text => (stderr += text),
    finish: (result, json) => {
      exitCode = result.exitCode;
      stdout += ended(json ? JSON.stringify(result.json, undefined, 2) : result.text);
      stderr += json ? "" : ended(result.notes ?? "");
    },
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    exitCode = exitCodeOf(error);
    stderr += ended(messageOf(error, surroundings.env));
  }
  return { exitCode, stdout, stderr };
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function exitCodeOf(error: unknown): ExitCode {
  // Help and version that were asked for end the parsing in the same way as a mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Done : ExitCode.Refused;
  return error instanceof UsageError ? ExitCode.Refused : ExitCode.Failed;
}

function messageOf(error: unknown, env: CliSurroundings["env"]): string {
  // commander has written its own.
  if (error instanceof CommanderError) return "";
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  if ((env.DEBUG ?? "") !== "") return error.stack ?? error.message;
  if (error instanceof PlainFailure || !isMistake(error)) return `error: ${error.message}`;
  return `error: ${error.message}\nThis is a mistake in the program; DEBUG=1 shows where.`;
}

/** Raised by the language, not on purpose. */
function isMistake(error: Error): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some(kind => error instanceof kind);
}

/** Runs the command line as the whole process. */
export async function main(args: readonly string[]): Promise<void> {
  const { stdout, stderr, env } = process;
  let exitCode: ExitCode = ExitCode.Done;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // A reader such as `head` may leave before the end; that is no failure.
      if (error.code === "EPIPE") process.exit(exitCode);
      if (stream === stdout) stderr.write(`error: The result cannot be written: ${error.message}\n`);
      process.exit(ExitCode.Failed);
    });
  }
  const outcome = await run(args, {
    env,
    layout: { width: widthOf(env), colour: stdout.isTTY && stdout.hasColors() },
    progress: { write: text => stderr.write(text), every },
  });
  ({ exitCode } = outcome);
  stderr.write(outcome.stderr);
  stdout.write(outcome.stdout, error => {
    // Open connections would keep the process alive after its work is done.
    if (error == null) process.exit(exitCode);
  });
}

function widthOf(env: CliSurroundings["env"]): number {
  const told = Number(env.COLUMNS ?? "");
  if (Number.isInteger(told) && told > 0) return told;
  return process.stdout.isTTY ? process.stdout.columns : Infinity;
}

function every(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, milliseconds);
  return () => clearInterval(timer);
}
