import { parseArgs, type ParseArgsConfig } from "node:util";
import { endChildren } from "./process-table";

/** What scripts can rely on: 0 done, 1 failed, 2 the command line is wrong, 130 interrupted. */
export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** A failure whose message is all a person needs: no stack trace is printed. */
export class PlainFailure extends Error {
  override readonly name = "PlainFailure";
}

/** The command line is wrong; the message says how, the usage text follows. */
export class UsageError extends PlainFailure {}

/** The work was interrupted by a signal and left a state from which the next run continues. */
export class Interrupted extends PlainFailure {}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The values of the flags that were given. */
export type Flags<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: false }>
>["values"];

/**
 * Reads flags strictly.
 *
 * @throws {@link UsageError} for an unknown flag, a missing value or a positional argument
 */
export function flags<T extends Options>(argv: readonly string[], options: T): Flags<T> {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

export interface Command {
  readonly usage: string;
  /** @returns nothing; throws on failure */
  run(argv: readonly string[], interruption: AbortSignal): Promise<void>;
}

/** Runs a command as the whole process: help, messages, signals and exit codes are alike for all of them. */
export async function main(command: Command): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(`${command.usage}\n`);
    return;
  }
  try {
    await command.run(argv, interruption());
  } catch (error) {
    report(error, command.usage);
  }
  if (process.exitCode === exitCode.interrupted) endChildren();
  // Open sockets of the Kubernetes client would keep the process alive after its work is done.
  process.exit();
}

function report(error: unknown, usage: string): void {
  const message = error instanceof Error ? (isMistake(error) ? error.stack : error.message) : String(error);
  process.stderr.write(`\n${message}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${usage}\n`);
  process.exitCode =
    error instanceof UsageError
      ? exitCode.usage
      : error instanceof Interrupted
        ? exitCode.interrupted
        : exitCode.failed;
}

// An error that was raised on purpose says all in its message; only for a mistake of the program is the place of interest.
function isMistake(error: Error): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some(kind => error instanceof kind);
}

/** Waits for the work or the interruption, whichever comes first; an interruption is thrown. */
export function interruptible<T>(work: Promise<T>, interruption: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(interruption.reason as Error);
    if (interruption.aborted) onAbort();
    interruption.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => interruption.removeEventListener("abort", onAbort));
  });
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      process.stderr.write(
        `\n${signal} again: leaving at once. Run the command again to repair what is half done.\n`,
      );
      process.exit(exitCode.interrupted);
    }
    process.stderr.write(`\n${signal}: finishing what is in flight. Once more leaves at once.\n`);
    controller.abort(new Interrupted(`Interrupted by ${signal}. Run the command again to continue.`));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return controller.signal;
}
