/** One step of the verification. */
export interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was seen, or why it failed. */
  readonly detail?: string;
}

/** What a run is written down as. */
export interface Verification {
  readonly startedAt: string;
  readonly location: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly passed: boolean;
}

/** Runs steps in order and keeps what became of them. After one that failed the rest are skipped, those that clean up excepted. */
export class Steps {
  readonly #steps: Step[] = [];
  readonly #now: () => number;
  readonly #say: (line: string) => void;

  constructor(now: () => number, say: (line: string) => void) {
    this.#now = now;
    this.#say = say;
  }

  get failed(): boolean {
    return this.#steps.some(({ outcome }) => outcome === "failed");
  }

  get all(): readonly Step[] {
    return this.#steps;
  }

  /** @param work gives what was seen, as a sentence */
  async run(
    name: string,
    work: () => Promise<string | undefined>,
    { always = false }: { always?: boolean } = {},
  ): Promise<void> {
    if (this.failed && !always) {
      this.#add({ name, seconds: 0, outcome: "skipped", detail: "A step before it failed." });
      return;
    }
    this.#say(`${name} …`);
    const started = this.#now();
    const seconds = (): number => Math.round((this.#now() - started) / 100) / 10;
    try {
      const detail = await work();
      this.#add({ name, seconds: seconds(), outcome: "passed", ...(detail === undefined ? {} : { detail }) });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#add({ name, seconds: seconds(), outcome: "failed", detail });
    }
  }

  #add(step: Step): void {
    this.#steps.push(step);
    const what = step.detail === undefined ? "" : `: ${step.detail}`;
    this.#say(`${step.name}: ${step.outcome} after ${step.seconds} s${what}`);
  }
}

/** What a person reads in the file first. */
export function verification(
  startedAt: Date,
  location: string,
  versions: Readonly<Record<string, string>>,
  steps: readonly Step[],
): Verification {
  return {
    startedAt: startedAt.toISOString(),
    location,
    versions,
    steps,
    passed: steps.length > 0 && steps.every(({ outcome }) => outcome === "passed"),
  };
}
