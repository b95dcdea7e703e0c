import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** What a program left. */
export interface ProgramResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** How a program is run. */
export interface ProgramOptions {
  /** Added to the environment of this process: the place for secrets, which never stand in arguments. */
  env?: Readonly<Record<string, string>>;
  /** What it reads. @default nothing */
  input?: string | Readable;
  /** Where its output goes in place of the result. */
  output?: Writable;
}

/** Runs a program of the image to its end. Throws only when it could not be begun, or when its output could not be written. */
export type RunProgram = (
  command: string,
  args: readonly string[],
  options?: ProgramOptions,
) => Promise<ProgramResult>;

/** Runs programs of this machine. */
export const runProgram: RunProgram = async (command, args, { env = {}, input, output } = {}) => {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: "pipe" });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  if (output === undefined) child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  else child.stdout.pipe(output, { end: false });
  let unwritable: Error | undefined;
  output?.once("error", error => {
    unwritable = error;
    // Nobody reads the rest, and the program would wait for that for ever.
    child.kill();
  });
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A program that ends before it has read everything says so itself.
  child.stdin.on("error", () => undefined);
  if (input === undefined || typeof input === "string") child.stdin.end(input ?? "");
  else {
    input.pipe(child.stdin);
    // One that breaks off never ends what it is piped to.
    input.once("close", () => child.stdin.end());
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", error =>
      reject(new Error(`${command} cannot be run: ${error.message}`, { cause: error })),
    );
    child.on("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
  if (unwritable !== undefined) throw unwritable;
  return {
    stdout: Buffer.concat(stdout).toString("utf8"),
    stderr: Buffer.concat(stderr).toString("utf8"),
    exitCode,
  };
};
