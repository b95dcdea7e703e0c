import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EngineEvent, OpMap, OutputMap, PulumiFn, UpResult } from "@pulumi/pulumi/automation";
import { changeSummary, UpdateWatch } from "../../embedded/driver/engine-events";
import { openKubernetes } from "../../embedded/driver/kubernetes";
import { type Recovery, recoverStack } from "../../embedded/driver/recover";
import { stateDir } from "../../embedded/paths";
import { type OpenStack, openStack, type StackSettings } from "../../embedded/driver/stack";
import type { SpecEnvironment } from "./environment";

/**
 * An inline program speaks to each engine through the connections of this process, which remembers the addresses of engines that were
 * killed: when a new engine gets such an address, the first call can fail before anything was done.
 */
function isUnreached(log: string, events: readonly EngineEvent[]): boolean {
  const touched = events.some(
    ({ resourcePreEvent }) => resourcePreEvent && resourcePreEvent.metadata.type !== "pulumi:pulumi:Stack",
  );
  return !touched && log.includes("14 UNAVAILABLE: No connection established");
}

/** How many resources a summary names. */
const named = 3;

/** The first resources that changed, with the properties that differ. */
function changedResources(events: readonly EngineEvent[]): string[] {
  const changed = events
    .flatMap(
      ({ resourcePreEvent, resOutputsEvent }) =>
        resourcePreEvent?.metadata ?? resOutputsEvent?.metadata ?? [],
    )
    .filter(({ op, detailedDiff }) => op !== "same" && detailedDiff !== undefined && detailedDiff !== null);
  const lines = changed.map(
    ({ urn, detailedDiff }) =>
      `${urn.slice(urn.lastIndexOf("::") + 2)} (${Object.keys(detailedDiff ?? {})
        .slice(0, 5)
        .join(", ")})`,
  );
  return [...new Set(lines)].slice(0, named);
}

/** What one run of the engine did. */
export interface RunOutcome {
  /** Counts by operation, as the engine's summary gives them. */
  readonly changes: OpMap;
  /** The same in words; `no changes` when everything stayed. */
  readonly summary: string;
  /** After `up` the stack's outputs, secrets in the clear; otherwise empty. */
  readonly outputs: OutputMap;
  readonly warnings: readonly string[];
  readonly events: readonly EngineEvent[];
  /** Everything the engine wrote. */
  readonly log: string;
  readonly seconds: number;
}

/** A run of the engine failed. The message holds its errors; the log everything. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  constructor(
    message: string,
    readonly errors: readonly string[],
    readonly log: string,
  ) {
    super(message);
  }
}

/** An update that has begun, to be watched or killed. */
export interface RunningUpdate {
  /** The outcome; rejects with {@link RunFailure} when the engine fails or is killed. */
  readonly done: Promise<RunOutcome>;
  /** Waits until the engine has said that it begins an operation on a resource whose URN matches. */
  untilBegun(urn: RegExp): Promise<void>;
  /** Kills the engine with SIGKILL, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

type Verb = "up" | "preview" | "refresh" | "destroy";

/** Longest wait for an engine to appear, to begin something or to vanish, in milliseconds. */
const patience = 300_000;

/** A stack of one spec: its own backend, its own namespace, its own program. */
export class SpecStack {
  private opened: OpenStack | undefined;
  private program: PulumiFn;

  constructor(
    private readonly settings: Omit<StackSettings, "program">,
    private readonly environment: SpecEnvironment,
    /** The Kubernetes namespace made for this stack; its program puts everything there. */
    readonly namespace: string,
    program: PulumiFn,
    private readonly note: (line: string) => void,
  ) {
    this.program = program;
  }

  /** The program of the next run. */
  use(program: PulumiFn): this {
    this.program = program;
    return this;
  }

  /** @param program replaces the program, as {@link use} does */
  async up(program?: PulumiFn): Promise<RunOutcome> {
    return this.run("up", program);
  }

  async preview(program?: PulumiFn): Promise<RunOutcome> {
    return this.run("preview", program);
  }

  /** Reads the live objects; `changes` says what drifted. */
  async refresh(): Promise<RunOutcome> {
    return this.run("refresh");
  }

  async destroy(): Promise<RunOutcome> {
    return this.run("destroy");
  }

  /** Receives what a run is waiting for, whenever that changes. */
  say: (awaited: string) => void = () => undefined;

  /** Begins an update without waiting for it. */
  async begin(program?: PulumiFn): Promise<RunningUpdate> {
    if (program) this.use(program);
    const opened = await this.open();
    const events: EngineEvent[] = [];
    const done = this.drive(opened, "up", events);
    // Whoever kills the update looks at the outcome later; until then a rejection is not unhandled.
    done.catch(() => undefined);
    return {
      done,
      untilBegun: urn => untilBegun(events, urn, done),
      kill: () => this.killEngine(),
    };
  }

  /** Repairs what a killed update left, as `npm start` does. */
  async recover(): Promise<Recovery> {
    const kubernetes = await openKubernetes(this.environment.access);
    return recoverStack(this.settings, await this.open(), kubernetes, doing =>
      this.note(`recover: ${doing}`),
    );
  }

  /** Runs a plain CLI command on the stack, for example `state`, and gives back its stdout. */
  async cli(...args: string[]): Promise<string> {
    return (await this.open()).cli(...args);
  }

  /** The decrypted state, as `pulumi stack export --show-secrets` prints it. */
  async state(): Promise<{ deployment: { resources?: Record<string, unknown>[] } }> {
    return JSON.parse(await this.cli("stack", "export", "--show-secrets")) as { deployment: object };
  }

  async outputs(): Promise<OutputMap> {
    return (await this.open()).stack.outputs();
  }

  /** Whether the state still holds resources other than the stack itself. */
  async isEmpty(): Promise<boolean> {
    if (!this.opened) return true;
    return ((await this.state()).deployment.resources ?? []).every(
      ({ type }) => type === "pulumi:pulumi:Stack",
    );
  }

  /** Removes the stack's files, not its objects. */
  forget(): void {
    rmSync(this.settings.folder, { recursive: true, force: true });
  }

  private async run(verb: Verb, program?: PulumiFn): Promise<RunOutcome> {
    if (program) this.use(program);
    const outcome = await this.drive(await this.open(), verb, []);
    this.note(`${this.settings.stack} ${verb}: ${outcome.summary} (${outcome.seconds.toFixed(1)} s)`);
    return outcome;
  }

  private async open(): Promise<OpenStack> {
    this.opened ??= await openStack({ ...this.settings, program: () => this.program() });
    return this.opened;
  }

  private async drive(
    opened: OpenStack,
    verb: Verb,
    events: EngineEvent[],
    again = true,
  ): Promise<RunOutcome> {
    const { stack } = opened;
    const watch = new UpdateWatch(awaited => this.say(awaited));
    const written: string[] = [];
    const started = performance.now();
    const options = {
      onEvent: (event: EngineEvent) => {
        events.push(event);
        watch.onEvent(event);
      },
      onOutput: (text: string) => void written.push(text),
      onError: (text: string) => void written.push(text),
    };
    try {
      const result = await stack[verb](options);
      const changes = watch.changes ?? {};
      return {
        changes,
        summary: [changeSummary(changes), ...changedResources(events)].join("; "),
        outputs: "outputs" in result ? (result as UpResult).outputs : {},
        warnings: watch.warnings,
        events,
        log: written.join(""),
        seconds: (performance.now() - started) / 1000,
      };
    } catch (cause) {
      if (again && isUnreached(written.join(""), events)) {
        this.note(`${this.settings.stack} ${verb}: the program did not reach the engine, so it is run again`);
        events.length = 0;
        return this.drive(opened, verb, events, false);
      }
      const errors = watch.errors.length > 0 ? watch.errors : [firstLines(cause)];
      throw new RunFailure(this.told(verb, errors, written.join("")), errors, written.join(""));
    }
  }

  private told(verb: Verb, errors: readonly string[], log: string): string {
    const file = stateDir("logs", `e2e-${this.namespace}-${verb}.log`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, log);
    return `${verb} of ${this.settings.stack} failed:\n${errors.join("\n")}\nThe engine's whole output is in ${file}.`;
  }

  private async killEngine(): Promise<void> {
    const pid = await until(() => engineIn(join(this.settings.folder, "work")), "the engine to run");
    process.kill(pid, "SIGKILL");
    await until(
      () => (engineIn(join(this.settings.folder, "work")) === undefined ? true : undefined),
      "the engine to end",
    );
  }
}

// The Automation API repeats everything the engine wrote; that is in the log.
function firstLines(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return (/stderr: (.*)/.exec(message)?.[1] ?? message).slice(0, 400);
}

async function untilBegun(
  events: readonly EngineEvent[],
  urn: RegExp,
  done: Promise<RunOutcome>,
): Promise<void> {
  let over = false;
  const mark = (): void => void (over = true);
  done.then(mark, mark);
  const begun = (): true | undefined =>
    events.some(
      ({ resourcePreEvent: event }) => event && event.metadata.op !== "same" && urn.test(event.metadata.urn),
    )
      ? true
      : undefined;
  await until(() => {
    if (over && !begun())
      throw new Error(`The update ended before it began anything that matches ${urn.source}.`);
    return begun();
  }, `the engine to begin ${urn.source}`);
}

async function until<T>(look: () => T | undefined, what: string): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`Waited too long for ${what}.`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** The child of this process that works in a folder: the Automation API does not tell the engine's process id. */
function engineIn(folder: string): number | undefined {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .find(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return state !== "Z" && Number(parent) === process.pid && readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        // Ended while it was looked at.
        return false;
      }
    });
}
