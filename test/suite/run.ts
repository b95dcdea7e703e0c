import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { interruptible, PlainFailure } from "../../embedded/driver/command";
import { type Display, openDisplay } from "../../embedded/driver/display";
import { runLock, takeLock } from "../../embedded/driver/run-lock";
import { bringUp, type Suite } from "./bring-up";
import type { SuiteOptions } from "./options";
import { type Durations, inOrder, overlapped } from "./order";
import { heading, report } from "./report";
import { findSpecs, type SpecFile } from "./spec-file";
import { type SpecListener, SpecProcess, type SpecResult } from "./spec-process";

/** What a suite consists of. */
export interface SuiteContent {
  /** How a person starts it. */
  readonly command: string;
  /** Folder of the compiled spec files. */
  readonly folder: string;
  /** Of their names. */
  readonly ending: string;
  /** JSON with the seconds that its files took. */
  readonly durations?: string;
}

/** Files that run a second time at most: more that failed are no chance. */
const secondAttempts = 3;

/** Seconds between two signs of life of a spec file where there is no terminal. */
const heartbeat = 30;

/**
 * Runs the spec files, each in a process of its own: those that may overlap side by side, then the others one by one.
 *
 * @returns whether everything passed
 */
export async function runSuite(
  content: SuiteContent,
  options: SuiteOptions,
  interruption: AbortSignal,
): Promise<boolean> {
  const { verbose } = options;
  if (options.context !== undefined) process.env.E2E_CONTEXT = options.context;
  const files = await findSpecs(content.folder, content.ending, options.grep);
  if (files.length === 0) throw new PlainFailure(`No test has a title that matches "${options.grep ?? ""}".`);
  const durations = durationsOf(content);
  const release = takeLock(runLock(), content.command);
  const display = openDisplay({ stream: process.stdout, verbose, heartbeat });
  try {
    const suite = await bringUp(display, options.realPlugins, interruption);
    const run = new SpecRun(files, suite, options, display, interruption);
    const results = await withSuite(suite, display, () => run.run(durations));
    if (process.env.UPDATE_DURATIONS === "1") updateDurations(content, results);
    display.print(report(results, display.elapsed(), durations).join("\n"));
    return results.every(({ outcome }) => outcome.failed === 0);
  } finally {
    display.close();
    release();
  }
}

/** Takes the environment down after the work. What was left unfinished is removed first. */
async function withSuite<T>(suite: Suite, display: Display, work: () => Promise<T>): Promise<T> {
  const keep = process.env.E2E_KEEP === "1";
  try {
    return await work();
  } catch (error) {
    if (!keep)
      await suite
        .clean()
        .catch((problem: Error) => display.note(`${problem.message} The next run removes what is left.`));
    throw error;
  } finally {
    await suite.takeDown(keep);
  }
}

class SpecRun {
  private readonly results: SpecResult[] = [];
  private readonly atWork = new Set<SpecProcess>();

  constructor(
    private readonly files: readonly SpecFile[],
    private readonly suite: Suite,
    private readonly options: SuiteOptions,
    private readonly display: Display,
    private readonly interruption: AbortSignal,
  ) {}

  async run(durations: Durations): Promise<readonly SpecResult[]> {
    const { overlapping, alone } = inOrder(this.files, durations);
    const { jobs } = this.options;
    const tests = this.files.reduce((all, file) => all + file.tests, 0);
    this.display.note(
      `${tests} tests in ${this.files.length} files: ${overlapping.length} files ${jobs} at a time, then ${alone.length} alone`,
    );
    const live = jobs === 1 || overlapping.length === 1;
    const all = async (): Promise<void> => {
      await overlapped(overlapping, jobs, file => this.runFile(file, live));
      await overlapped(alone, 1, file => this.runFile(file, true));
      if (this.options.again) await this.runAgain();
    };
    try {
      await interruptible(all(), this.interruption);
    } catch (error) {
      await this.endAll();
      throw error;
    }
    return this.results;
  }

  /**
   * @param live  its lines are printed as they come, for no other's come between them
   * @param first how its first attempt ended, when this is the second
   */
  private async runFile(file: SpecFile, live: boolean, first?: SpecResult): Promise<void> {
    if (this.interruption.aborted) return;
    const said: string[] = [];
    const onLine = (line: string): void => (live ? this.display.print(line) : void said.push(line));
    const result = await this.shown(file, { onLine });
    if (this.interruption.aborted) return;
    if (first === undefined) this.results.push(result);
    else this.results.splice(this.results.indexOf(first), 1, secondOf(first, result));
    this.display.print([heading(result, this.results.length, this.files.length), ...said].join("\n"));
  }

  /** Files that failed with others beside them run once more, alone; the report names them also when they pass then. */
  private async runAgain(): Promise<void> {
    const failed = this.results.filter(({ outcome }) => outcome.failed > 0);
    if (failed.length > secondAttempts) return;
    for (const first of failed) {
      const file = this.files.find(({ name }) => name === first.name);
      if (file === undefined) continue;
      this.display.note(`${file.name} failed; it runs once more, alone.`);
      await this.runFile(file, true, first);
    }
  }

  /** A step of the display that fails as the file does. */
  private async shown(file: SpecFile, { onLine }: Pick<SpecListener, "onLine">): Promise<SpecResult> {
    let result: SpecResult | undefined;
    const step = this.display.step(file.name, async onRunning => {
      result = await this.runProcess(file, { onRunning, onLine });
      if (result.outcome.failed > 0) throw new Error(`${file.name} failed`);
    });
    await step.catch((error: unknown) => {
      if (result === undefined) throw error;
    });
    return result as unknown as SpecResult;
  }

  private async runProcess(file: SpecFile, listener: SpecListener): Promise<SpecResult> {
    const process = new SpecProcess(file, this.suite.file, listener, this.options.grep);
    this.atWork.add(process);
    try {
      return await process.done;
    } finally {
      this.atWork.delete(process);
    }
  }

  private async endAll(): Promise<void> {
    if (this.atWork.size === 0) return;
    await this.display.step("End the specs", async say => {
      say([...this.atWork].map(({ file }) => file.name).join(", "));
      await Promise.all([...this.atWork].map(process => process.end()));
    });
  }
}

/** What counts of two attempts: how the second ended. */
function secondOf(first: SpecResult, second: SpecResult): SpecResult {
  return { ...second, before: first.failures, seconds: first.seconds + second.seconds };
}

function durationsOf({ durations }: SuiteContent): Durations {
  return durations === undefined ? {} : (JSON.parse(readFileSync(durations, "utf8")) as Durations);
}

/** Whole files that passed replace what was known of them. */
function updateDurations(content: SuiteContent, results: readonly SpecResult[]): void {
  const { durations } = content;
  if (durations === undefined) return;
  const taken = results
    .filter(({ outcome }) => outcome.failed === 0 && outcome.skipped === 0)
    .map(({ name, seconds }) => [name, Math.round(seconds / 10) * 10] as const);
  const all = { ...durationsOf(content), ...Object.fromEntries(taken) };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b)));
  writeFileSync(durations, `${JSON.stringify(sorted, undefined, 2)}\n`);
  process.stdout.write(`${relative(process.cwd(), durations)} holds what the files took.\n`);
}
