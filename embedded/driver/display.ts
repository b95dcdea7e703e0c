import type { Progress } from "../progress";

/** How long one step took, in the order in which the steps began. */
export interface Timing {
  readonly title: string;
  /** Seconds since the display was opened. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly failed: boolean;
}

/** A {@link Progress} that also remembers how long everything took. */
export interface Display extends Progress {
  readonly timings: readonly Timing[];
  /** Seconds since the display was opened. */
  elapsed(): number;
  /** Lines that stay, as they are: without the time that a note has. */
  print(text: string): void;
  /** Ends the display; the cursor is left on a fresh line. */
  close(): void;
}

export interface DisplayOptions {
  readonly stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Monotonic milliseconds. Default: the process clock. */
  readonly now?: () => number;
  /** Seconds between two signs of life of a step when the stream is not a terminal. Default: 10. */
  readonly heartbeat?: number;
  /** Also print every change of what is awaited when the stream is not a terminal. Default: false. */
  readonly verbose?: boolean;
}

interface Running {
  readonly title: string;
  readonly startedAt: number;
  awaited: string;
  /** When a line about this step was last written. */
  spokeAt: number;
}

/** Opens the display that fits the stream: live lines on a terminal, plain lines with times elsewhere. */
export function openDisplay(options: DisplayOptions): Display {
  return options.stream.isTTY ? new TerminalDisplay(options) : new PlainDisplay(options);
}

/** `7.3 s`, `42 s`, `3 min 07 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

abstract class StepDisplay implements Display {
  readonly timings: Timing[] = [];
  protected readonly running = new Set<Running>();
  protected readonly stream: DisplayOptions["stream"];
  private readonly openedAt: number;
  private readonly now: () => number;

  constructor(options: DisplayOptions) {
    this.stream = options.stream;
    this.now = options.now ?? (() => performance.now());
    this.openedAt = this.now();
  }

  elapsed(): number {
    return (this.now() - this.openedAt) / 1000;
  }

  async step<T>(title: string, run: (say: (awaited: string) => void) => Promise<T>): Promise<T> {
    const startedAt = this.elapsed();
    const step: Running = { title, startedAt, awaited: "", spokeAt: startedAt };
    this.running.add(step);
    this.began(step);
    let failed = true;
    try {
      const result = await run(awaited => {
        step.awaited = awaited;
        this.awaits(step);
      });
      failed = false;
      return result;
    } finally {
      const seconds = this.elapsed() - startedAt;
      this.running.delete(step);
      this.timings.push({ title, startedAt, seconds, failed });
      this.timings.sort((a, b) => a.startedAt - b.startedAt);
      this.ended(step, seconds, failed);
    }
  }

  abstract note(line: string): void;
  abstract print(text: string): void;
  abstract close(): void;
  protected abstract began(step: Running): void;
  protected abstract awaits(step: Running): void;
  protected abstract ended(step: Running, seconds: number, failed: boolean): void;
}

/** Milliseconds between two looks, per second of the heartbeat. */
const lookPeriod = 100;

class PlainDisplay extends StepDisplay {
  private readonly heartbeat: number;
  private readonly verbose: boolean;
  private readonly timer: NodeJS.Timeout;

  constructor(options: DisplayOptions) {
    super(options);
    this.heartbeat = options.heartbeat ?? 10;
    this.verbose = options.verbose ?? false;
    this.timer = setInterval(() => this.beat(), this.heartbeat * lookPeriod).unref();
  }

  note(line: string): void {
    for (const part of line.split("\n")) this.write(part);
  }

  print(text: string): void {
    this.stream.write(`${text}\n`);
  }

  close(): void {
    clearInterval(this.timer);
  }

  protected began(step: Running): void {
    this.write(`${step.title} …`);
  }

  protected awaits(step: Running): void {
    if (this.verbose) this.speak(step, `${step.title}: waiting for ${step.awaited}`);
  }

  protected ended(step: Running, seconds: number, failed: boolean): void {
    this.write(`${step.title}: ${failed ? "FAILED after" : "done in"} ${duration(seconds)}`);
  }

  private beat(): void {
    for (const step of this.running) {
      // The next look would be too late for the promise.
      if (this.elapsed() - step.spokeAt < this.heartbeat * 0.9) continue;
      const awaited = step.awaited === "" ? "" : `, waiting for ${step.awaited}`;
      this.speak(step, `${step.title}: ${duration(this.elapsed() - step.startedAt)} so far${awaited}`);
    }
  }

  private speak(step: Running, line: string): void {
    step.spokeAt = this.elapsed();
    this.write(line);
  }

  private write(line: string): void {
    this.stream.write(`[${duration(this.elapsed()).padStart(11)}] ${line}\n`);
  }
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const colour = { green: "\u001b[32m", red: "\u001b[31m", dim: "\u001b[2m", off: "\u001b[0m" };
const clearLine = "\u001b[2K";

class TerminalDisplay extends StepDisplay {
  private readonly timer: NodeJS.Timeout;
  private drawn = 0;
  private frame = 0;

  constructor(options: DisplayOptions) {
    super(options);
    this.timer = setInterval(() => this.draw(), 120).unref();
  }

  note(line: string): void {
    this.print(line);
  }

  print(text: string): void {
    this.erase();
    this.stream.write(`${text}\n`);
    this.draw();
  }

  close(): void {
    clearInterval(this.timer);
    this.erase();
  }

  protected began(): void {
    this.draw();
  }

  protected awaits(): void {
    this.draw();
  }

  protected ended(step: Running, seconds: number, failed: boolean): void {
    const mark = failed ? `${colour.red}✗${colour.off}` : `${colour.green}✓${colour.off}`;
    this.note(`${mark} ${step.title} ${colour.dim}(${duration(seconds)})${colour.off}`);
  }

  private erase(): void {
    if (this.drawn === 0) return;
    this.stream.write(`\u001b[${this.drawn}A${`${clearLine}\n`.repeat(this.drawn)}\u001b[${this.drawn}A`);
    this.drawn = 0;
  }

  private draw(): void {
    this.erase();
    this.frame += 1;
    const width = (this.stream.columns ?? 80) - 1;
    for (const step of this.running) {
      const awaited = step.awaited === "" ? "" : ` – ${step.awaited}`;
      const text = `${spinner[this.frame % spinner.length]} ${step.title} ${duration(this.elapsed() - step.startedAt)}${awaited}`;
      // A line that wraps would make the count of lines to erase wrong.
      this.stream.write(`${[...text].slice(0, width).join("")}\n`);
      this.drawn += 1;
    }
  }
}
