import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signalSession } from "../../embedded/driver/process-table";
import { projectDir } from "../../embedded/paths";
import { sharedFile } from "../e2e/environment";
import type { Ending, SpecMessage, Told } from "./message";
import type { SpecFile } from "./spec-file";

/** Every wait inside a spec has its own bound; this one only catches a spec that forgot one. Milliseconds. */
const testTimeout = 20 * 60_000;

/** Time to end by itself for what is told to, in milliseconds. */
const grace = 5_000;

const mocha = join(dirname(require.resolve("mocha/package.json")), "bin", "mocha.js");

/** How a spec file ended, and what it said. */
export interface SpecResult extends Ending {
  readonly name: string;
  /** From its start, which takes about a second, to its end. */
  readonly seconds: number;
  /** Failures of its first attempt, when this is the second. */
  readonly before?: readonly Told[];
}

/** What the watcher of a spec file hears while it runs. */
export interface SpecListener {
  /** Title of the test or the hook that began. */
  onRunning(title: string): void;
  /** A line of its output. */
  onLine(line: string): void;
}

/** A spec file at work: mocha in a process, and a session, of its own. */
export class SpecProcess {
  private readonly child: ChildProcess;
  private readonly startedAt = performance.now();
  private ending: Ending | undefined;
  /** Resolves when everything it said has been heard; never rejects. */
  readonly done: Promise<SpecResult>;

  /**
   * @param file   what to run
   * @param shared describes the run to it
   * @param grep   selects its tests
   */
  constructor(
    readonly file: Pick<SpecFile, "path" | "name">,
    shared: string,
    listener: SpecListener,
    grep?: string,
  ) {
    this.child = spawn(process.execPath, [mocha, ...mochaArguments(file.path, grep)], {
      cwd: projectDir(),
      env: { ...process.env, [sharedFile]: shared },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Ctrl-C reaches the whole run by the process that runs the suite.
      detached: true,
    });
    this.child.on("message", (message: SpecMessage) => {
      if ("running" in message) listener.onRunning(message.running);
      else this.ending = message.ending;
    });
    this.child.stdout?.setEncoding("utf8").on("data", lines(listener));
    this.child.stderr?.setEncoding("utf8").on("data", lines(listener));
    this.done = this.untilEnd();
  }

  /** Ends it with everything that it started. */
  async end(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined) return;
    signalSession(pid, "SIGTERM");
    await Promise.race([this.done, sleep(grace, undefined, { ref: false })]);
    // Also when it has ended itself: an engine ends its plugins in its own time.
    signalSession(pid, "SIGKILL");
    await this.done;
  }

  private async untilEnd(): Promise<SpecResult> {
    const closed = once(this.child, "close").catch(() => undefined);
    const how = await once(this.child, "exit").then(
      ([code, signal]: (number | string | null)[]) => code ?? signal,
      (error: Error) => error.message,
    );
    // A process that it left behind may hold its output open.
    await Promise.race([closed, sleep(grace, undefined, { ref: false })]);
    const seconds = (performance.now() - this.startedAt) / 1000;
    return { name: this.file.name, seconds, ...judge(this.ending, how) };
  }
}

function mochaArguments(path: string, grep?: string): string[] {
  return [
    "--no-config",
    "--exit",
    ...["--require", join(__dirname, "member.js")],
    ...["--reporter", join(__dirname, "..", "reporter.js")],
    ...["--reporter-option", "verbose=true", "--reporter-option", "part=true"],
    ...["--timeout", String(testTimeout)],
    ...(process.env.CI ? ["--forbid-only"] : []),
    ...(grep === undefined ? [] : ["--grep", grep]),
    path,
  ];
}

/**
 * What counts: what the tests said, and that their process ended as they did.
 *
 * @param ending absent when the process ended before its tests
 * @param how    its exit code, or the signal or error that ended it
 */
export function judge(ending: Ending | undefined, how: number | string | null | undefined): Ending {
  const good = how === 0 || (ending !== undefined && ending.outcome.failed > 0);
  if (ending !== undefined && good) return ending;
  const { outcome, failures, skips } = ending ?? {
    outcome: { passed: 0, failed: 0, skipped: 0 },
    failures: [],
    skips: [],
  };
  const reason = `its process ended with ${how}, ${ending ? "after" : "before"} the end of its tests`;
  return {
    outcome: { ...outcome, failed: outcome.failed + 1 },
    failures: [...failures, { title: "the spec file", reason }],
    skips,
  };
}

function lines({ onLine }: SpecListener): (chunk: string) => void {
  let rest = "";
  return chunk => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    parts.forEach(onLine);
  };
}
