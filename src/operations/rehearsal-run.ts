import type { FailoverRequest } from "../failover/request";
import type { FailoverOrigin, FailoverStatus } from "../failover/status";
import { type AttemptLog, balanceWrites, type ClientMeasure, measureClient } from "../rehearsal/measure";
import type { MeasuredClient, RehearsalFindings } from "../rehearsal/report";
import type { FoundInstance } from "./instance";
import type { KubernetesApi } from "./kubernetes";
import { type ActedOnPrimary, actOnPrimary, closeRecord } from "./rehearse-action";
import type { RehearseRequest } from "./rehearse-request";
import { type Clock, describeError, type Look, untilItSucceeds, waitUntil } from "./waiting";
import { lookAtInstance, wholenessProblem } from "./whole-instance";
import { probeSchema, type ProbeLogs, type WriteProbe } from "./write-probe";

/** A probe that writes and reads. */
export type RunningProbe = Pick<
  WriteProbe,
  "now" | "timeOf" | "lastWrite" | "longestGapMs" | "stop" | "found" | "remove"
>;

/** What the run of a rehearsal needs. */
export interface RehearsalSurroundings {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
  /** Name of the Job it runs in. */
  job?: string;
  /** Begins to write and read through the endpoints. */
  beginProbe: () => Promise<RunningProbe>;
  /** Switches over, and records it. */
  switchOver: (
    request: FailoverRequest & { origin: FailoverOrigin },
    probe: Pick<RunningProbe, "longestGapMs">,
  ) => Promise<FailoverStatus>;
}

/** Milliseconds of writing before anything is done: what is normal here. */
const baselineMs = 3000;

/** Milliseconds after which the endpoint counts as not writable. */
const writingMs = 1000;

/** Seconds in which the table is read back and removed, and when the rehearsal was told to stop: Kubernetes kills the pod half a minute after that. */
const concludeSeconds = 60;
const hurriedSeconds = 8;

/** One rehearsal from its first write to its last; what it finds goes into `findings` at once, so that a failure leaves what was known. */
export class Rehearsal {
  readonly findings: RehearsalFindings = {};
  readonly #id: string;
  readonly #request: RehearseRequest;
  readonly #found: FoundInstance;
  readonly #context: RehearsalSurroundings;
  #probe: RunningProbe | undefined;
  /** On the clock of the probe. */
  #actedAt: number | undefined;
  #acted: ActedOnPrimary = {};

  constructor(id: string, request: RehearseRequest, found: FoundInstance, context: RehearsalSurroundings) {
    this.#id = id;
    this.#request = request;
    this.#found = found;
    this.#context = context;
  }

  /** @throws Error when the instance does not become whole again */
  async run(): Promise<void> {
    const { clock, say } = this.#context;
    const probe = await this.#context.beginProbe();
    this.#probe = probe;
    say(`Writing every ${this.#request.rehearsal.intervalMs} ms.`);
    await clock.sleep(baselineMs);
    await this.#act(probe);
    await this.#untilWhole(probe);
  }

  /**
   * Stops the probe, measures, and removes what it made. Never throws: what went wrong stands in what it returns.
   * @param hurried no time is left to try again
   * @param failure why the run ended early
   * @returns what could not be removed
   */
  async conclude(hurried: boolean, failure?: string): Promise<string[]> {
    const probe = this.#probe;
    if (probe === undefined) return [];
    const logs = await probe.stop();
    this.#measure(probe, logs);
    const patience = hurried ? hurriedSeconds : concludeSeconds;
    await this.#balance(probe, logs, patience);
    const { newPrimary, writes } = this.findings;
    const end = { newPrimary, writeGapMs: writes?.gapMs, failure };
    await this.#attempt("The record of the failover was not written", patience, () =>
      closeRecord(this.#acted, end, this.#context),
    );
    const removed = await this.#attempt(`Schema ${probeSchema} was not removed`, patience, () =>
      probe.remove(),
    );
    return removed === undefined ? [`schema ${probeSchema}`] : [];
  }

  async #act(probe: RunningProbe): Promise<void> {
    const { api, clock, say, job, switchOver } = this.#context;
    const { kind } = this.#request.rehearsal;
    this.findings.oldPrimary = this.#found.cluster.status?.currentPrimary;
    this.findings.actedAt = clock.now().toISOString();
    this.#actedAt = probe.now();
    this.#acted = await actOnPrimary(kind, this.#id, this.#found, {
      api,
      clock,
      say,
      job,
      switchOver: request => switchOver(request, probe),
    });
    if (this.#acted.record !== undefined) this.findings.failoverId = this.#acted.record.id;
  }

  /** Writes go on and every server is ready, and that for a while: a server may be called ready and fall again. */
  async #untilWhole(probe: RunningProbe): Promise<void> {
    const { api, clock, say } = this.#context;
    const { settleSeconds, timeoutSeconds } = this.#request.rehearsal;
    const { namespace, name, cluster } = this.#found;
    const acted = Date.parse(this.findings.actedAt ?? "");
    let whole: number | undefined;
    const look = async (): Promise<Look<void>> => {
      const looked = await lookAtInstance(api, namespace, cluster.metadata.name ?? "");
      this.findings.newPrimary = looked.cluster.status?.currentPrimary;
      const problem = wholenessProblem(`${namespace}/${name}`, looked) ?? writeProblem(probe);
      if (problem !== undefined) {
        whole = undefined;
        return { done: false, awaiting: problem };
      }
      whole ??= clock.now().getTime();
      this.findings.wholeAfterSeconds = Math.round((whole - acted) / 100) / 10;
      if (clock.now().getTime() - whole >= settleSeconds * 1000) return { done: true, value: undefined };
      return { done: false, awaiting: `that the instance stays whole for ${settleSeconds} s` };
    };
    await waitUntil(look, { clock, say, timeoutSeconds, intervalMilliseconds: 500 });
  }

  #measure(probe: RunningProbe, { writes, reads, readOnlyReads }: ProbeLogs): void {
    const from = this.#actedAt;
    const before: AttemptLog =
      from === undefined
        ? writes
        : { attempts: writes.attempts.filter(({ end }) => end < from), until: from };
    const { acknowledged, gapMs, latencyMs } = measureClient(before);
    this.findings.baseline = { acknowledged, gapMs, ...(latencyMs === undefined ? {} : { latencyMs }) };
    if (from === undefined) return;
    const measured = measureClient(writes, from);
    this.findings.writes = { ...clientOf(measured, probe), inDoubt: measured.inDoubt };
    this.findings.reads = clientOf(measureClient(reads, from), probe);
    if (readOnlyReads !== undefined)
      this.findings.readOnlyReads = clientOf(measureClient(readOnlyReads, from), probe);
  }

  /** Asks the new primary which rows it has. */
  async #balance(probe: RunningProbe, { writes }: ProbeLogs, seconds: number): Promise<void> {
    const measured = this.findings.writes;
    if (measured === undefined) return;
    const found = await this.#attempt("The rows were not read back", seconds, () => probe.found());
    if (found !== undefined) Object.assign(measured, balanceWrites(writes.attempts, found.value));
  }

  /** What work brings, tried again until the time is up; undefined, and said, when it fails. */
  async #attempt<T>(
    problem: string,
    seconds: number,
    work: () => Promise<T>,
  ): Promise<{ value: T } | undefined> {
    try {
      return { value: await untilItSucceeds(work, { ...this.#context, timeoutSeconds: seconds }) };
    } catch (error) {
      this.#context.say(`${problem}: ${describeError(error)}`);
      return undefined;
    }
  }
}

function writeProblem(probe: RunningProbe): string | undefined {
  const silence = probe.now() - (probe.lastWrite ?? -Infinity);
  return silence <= writingMs ? undefined : "No write has been acknowledged for a second.";
}

function clientOf(measure: ClientMeasure, probe: RunningProbe): MeasuredClient {
  const { acknowledged, failedStatements, failedConnections, reasons } = measure;
  const { gapMs, gapBegin, gapEnded, latencyMs } = measure;
  return {
    acknowledged,
    failedStatements,
    failedConnections,
    reasons,
    gapMs,
    gapBegan: probe.timeOf(gapBegin).toISOString(),
    gapEnded,
    ...(latencyMs === undefined ? {} : { latencyMs }),
  };
}
