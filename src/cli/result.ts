/** What scripts can rely on. */
export const ExitCode = {
  /** Done; warnings are allowed. */
  Done: 0,
  /** It could not be done: a file or the cluster cannot be reached, the instance is not there. */
  Failed: 1,
  /** A parameter is refused, or the command line is wrong. */
  Refused: 2,
  /** The server differs from what is desired; only when that was asked for as a failure. */
  Drift: 3,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What a command found out. */
export interface CommandResult {
  exitCode: ExitCode;
  /** For people, without the last newline. */
  text: string;
  /** The same for programs: what `--json` prints. */
  json: object;
  /** For people, beside a `text` that is meant for a file: goes to standard error. */
  notes?: string;
}

/** A failure whose message is all a person needs. */
export class PlainFailure extends Error {
  override readonly name: string = "PlainFailure";
}

/** The command line is wrong, or a file it names cannot be understood. */
export class UsageError extends PlainFailure {
  override readonly name = "UsageError";
}
