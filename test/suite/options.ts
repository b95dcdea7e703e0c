import { flags, UsageError } from "../../embedded/driver/command";

/** What the command line of a suite says. */
export interface SuiteOptions {
  /** Selects tests by their full title; a regular expression. */
  readonly grep?: string;
  /** A kubeconfig context in place of the embedded cluster. */
  readonly context?: string;
  /** Refuse the stand-in provider plugins. */
  readonly realPlugins: boolean;
  /** Also print which test begins, and what a step waits for. */
  readonly verbose: boolean;
  /** Spec files at once, at least 1. */
  readonly jobs: number;
  /** Run files that failed once more at the end, alone. */
  readonly again: boolean;
}

/**
 * Reads the command line of a suite. A first word without a dash means the same as `--grep`.
 *
 * @param jobs what it does at once unless it is told: by `--jobs`, or else by the variable `E2E_JOBS`
 */
export function suiteOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  jobs: number,
): SuiteOptions {
  const [first, ...rest] = argv;
  // `npm run bench -- failover` is what people try first.
  const word = first === undefined || first.startsWith("-") ? undefined : first;
  const given = flags(word === undefined ? argv : rest, {
    grep: { type: "string", short: "g" },
    context: { type: "string" },
    "real-plugins": { type: "boolean" },
    verbose: { type: "boolean" },
    jobs: { type: "string", short: "j" },
    once: { type: "boolean" },
  });
  if (word !== undefined && given.grep !== undefined)
    throw new UsageError(`Tests are selected by "${word}" and by --grep: leave one of them out.`);
  const grep = word ?? given.grep;
  return {
    ...(grep === undefined ? {} : { grep }),
    ...(given.context === undefined ? {} : { context: given.context }),
    realPlugins: given["real-plugins"] ?? false,
    verbose: given.verbose ?? false,
    again: !(given.once ?? false),
    jobs:
      given.jobs !== undefined
        ? numberOfJobs("--jobs", given.jobs)
        : environment.E2E_JOBS
          ? numberOfJobs("E2E_JOBS", environment.E2E_JOBS)
          : jobs,
  };
}

function numberOfJobs(where: string, text: string): number {
  if (!/^[1-9]\d?$/.test(text))
    throw new UsageError(`${where} is "${text}": give the number of spec files at once, from 1 to 99.`);
  return Number(text);
}
