import { reporters, Runner } from "mocha";
import { skipReason } from "./skip";

const {
  EVENT_RUN_END,
  EVENT_SUITE_BEGIN,
  EVENT_SUITE_END,
  EVENT_TEST_FAIL,
  EVENT_TEST_PASS,
  EVENT_TEST_PENDING,
} = Runner.constants;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** The closing line, which scripts read: `N passed, N failed`, and `, N skipped` when any were. */
function closingLine(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Prints failures as they happen and again at the end, slow tests, skips with their reasons and one closing line.
 * With the option `verbose` every test is printed with its time, as the end-to-end tests want it.
 */
export default class ClosingLineReporter extends reporters.Base {
  private readonly verbose: boolean;
  private readonly skips: { title: string; reason: string }[] = [];
  private depth = 0;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions = {}) {
    super(runner, options);
    const { verbose } = (options.reporterOptions ?? {}) as { verbose?: unknown };
    this.verbose = Boolean(verbose);
    runner.on(EVENT_SUITE_BEGIN, suite => this.suiteBegins(suite));
    runner.on(EVENT_SUITE_END, () => (this.depth -= 1));
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
    this.print(`FAILED  ${test.fullTitle()}: ${error.message.split("\n")[0]}`);
  }

  private ended(): void {
    if (this.failures.length > 0) reporters.Base.list(this.failures);
    for (const { title, reason } of this.skips) this.print(`skipped ${title}: ${reason}`);
    const { passes, failures, duration } = this.stats;
    this.print(`\n${seconds(duration ?? 0)}`);
    this.print(closingLine(passes, failures, this.skips.length));
  }
}
