import { reporters, Runner } from "mocha";
import { closingLine } from "./outcome";
import { skipReason } from "./skip";
import type { SpecMessage, Told } from "./suite/message";

const {
  EVENT_HOOK_BEGIN,
  EVENT_RUN_END,
  EVENT_SUITE_BEGIN,
  EVENT_SUITE_END,
  EVENT_TEST_BEGIN,
  EVENT_TEST_FAIL,
  EVENT_TEST_PASS,
  EVENT_TEST_PENDING,
} = Runner.constants;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const firstLine = (text: string): string => text.split("\n")[0] ?? "";

/** `--reporter-option`s. */
interface ReporterOptions {
  /** Every test is printed with its time, as the end-to-end tests want it. */
  readonly verbose?: unknown;
  /** The file is one of a suite: the process that runs it is told, and prints the skips and the closing line of all. */
  readonly part?: unknown;
}

/** Prints failures as they happen and again at the end, slow tests, skips with their reasons and one closing line. */
export default class ClosingLineReporter extends reporters.Base {
  private readonly verbose: boolean;
  private readonly part: boolean;
  private readonly skips: Told[] = [];
  private depth = 0;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions = {}) {
    super(runner, options);
    const { verbose, part } = (options.reporterOptions ?? {}) as ReporterOptions;
    this.verbose = Boolean(verbose);
    this.part = Boolean(part);
    runner.on(EVENT_SUITE_BEGIN, suite => this.suiteBegins(suite));
    runner.on(EVENT_SUITE_END, () => (this.depth -= 1));
    for (const begin of [EVENT_TEST_BEGIN, EVENT_HOOK_BEGIN] as const)
      runner.on(begin, ({ title }: Mocha.Runnable) => this.tell({ running: title }));
    runner.on(EVENT_TEST_PASS, test => this.passed(test));
    runner.on(EVENT_TEST_FAIL, (test, error: Error) => this.failed(test, error));
    runner.on(EVENT_TEST_PENDING, test =>
      this.skips.push({ title: test.fullTitle(), reason: skipReason(test) }),
    );
    runner.once(EVENT_RUN_END, () => this.ended());
  }

  private print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  private tell(message: SpecMessage): void {
    if (this.part) process.send?.(message);
  }

  private suiteBegins(suite: Mocha.Suite): void {
    if (this.verbose && !suite.root) this.print(`${"  ".repeat(this.depth - 1)}${suite.title}`);
    this.depth += 1;
  }

  private passed(test: Mocha.Test): void {
    const took = test.duration ?? 0;
    if (this.verbose) this.print(`${"  ".repeat(this.depth - 1)}passed  ${test.title} (${seconds(took)})`);
    else if (took > test.slow()) this.print(`slow    ${test.fullTitle()} (${seconds(took)})`);
  }

  private failed(test: Mocha.Test, error: Error): void {
    this.print(`FAILED  ${test.fullTitle()}: ${firstLine(error.message)}`);
  }

  private ended(): void {
    if (this.failures.length > 0) reporters.Base.list(this.failures);
    const { passes: passed, failures: failed, duration } = this.stats;
    const outcome = { passed, failed, skipped: this.skips.length };
    if (this.part) {
      this.tell({ ending: { outcome, failures: this.failures.map(told), skips: this.skips } });
      return;
    }
    for (const { title, reason } of this.skips) this.print(`skipped ${title}: ${reason}`);
    this.print(`\n${seconds(duration ?? 0)}`);
    this.print(closingLine(outcome));
  }
}

function told(test: Mocha.Test): Told {
  return { title: test.fullTitle(), reason: firstLine(test.err?.message ?? "") };
}
