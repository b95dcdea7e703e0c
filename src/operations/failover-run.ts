import type { DecidedOptions } from "../failover/options";
import { withFailover } from "../failover/history";
import type { FailoverPlan } from "../failover/plan";
import { FailoverMode } from "../failover/request";
import { type FailoverOrigin, FailoverState, type FailoverStatus } from "../failover/status";
import { EventType, recordEvent, type EventSubject } from "./event";
import type { FailoverContext } from "./failover-context";
import { changeHistory, recordFailover } from "./failover-history";
import { isAlive } from "./failover-survey";
import { present } from "../present";
import { describeError } from "./waiting";

/** What is found out about a failover while it goes on. */
export type Findings = Partial<
  Pick<
    FailoverStatus,
    | "newPrimaryId"
    | "replicationLagAtStart"
    | "dataLossBytes"
    | "primaryLsn"
    | "promotionLsn"
    | "timeline"
    | "writeGapMs"
  >
>;

/** How often a record is written again, and milliseconds between two tries. */
const saveTries = 3;
const savePause = 1000;

/** A failover that goes on. What happens to it is written down at once, and told as Events of the Cluster. */
export class FailoverRun {
  /** Whether another primary has been asked for. */
  isUnderWay = false;
  #status: FailoverStatus;
  readonly #context: FailoverContext;
  readonly #about: EventSubject;

  private constructor(status: FailoverStatus, context: FailoverContext, about: EventSubject) {
    this.#status = status;
    this.#context = context;
    this.#about = about;
  }

  /**
   * Takes the instance for itself. Records that were left without an end get one, because what became of them shows now.
   * @param about the Cluster
   * @throws Error when another failover of the instance has begun meanwhile
   */
  static async begin(
    plan: FailoverPlan,
    options: DecidedOptions,
    origin: FailoverOrigin,
    about: EventSubject,
    context: FailoverContext,
  ): Promise<FailoverRun> {
    const { api, clock } = context;
    const status = firstStatus(plan, options, origin, context);
    await changeHistory(api, clock, plan, async history => {
      const closed: FailoverStatus[] = [];
      for (const entry of history) {
        const open = entry.completedAt === undefined;
        if (open && (await isAlive(entry, api, clock))) {
          throw new Error(`${plan.namespace}/${plan.instance} fails over already: ${entry.id} has begun.`);
        }
        closed.push(open ? interrupted(entry, plan.oldPrimaryId, clock.now()) : entry);
      }
      return withFailover(closed, status);
    });
    return new FailoverRun(status, context, about);
  }

  get status(): FailoverStatus {
    return this.#status;
  }

  /** Enters a state. */
  async enter(state: FailoverState, findings: Findings = {}): Promise<void> {
    const at = this.#context.clock.now().toISOString();
    const isThere = this.#status.states.at(-1)?.state === state;
    const states = isThere ? this.#status.states : [...this.#status.states, { state, at }];
    this.#status = { ...this.#status, ...findings, state, states };
    await this.#save();
  }

  /** Adds what was found out. It is written down with the next state. */
  learn(findings: Findings): void {
    this.#status = { ...this.#status, ...findings };
  }

  async complete(): Promise<void> {
    await this.#end(FailoverState.Completed);
  }

  async fail(reason: string): Promise<void> {
    this.#status = { ...this.#status, failureReason: reason };
    await this.#end(FailoverState.Failed);
  }

  /** Tells those who watch the Cluster. */
  async tell(type: EventType, reason: string, message: string): Promise<void> {
    const { api, clock, say } = this.#context;
    say(message);
    try {
      await recordEvent(api, clock, {
        about: this.#about,
        type,
        reason,
        message: `${this.#status.id}: ${message}`,
      });
    } catch (error) {
      // A primary that has stopped must not wait for an Event.
      say(`The Event ${reason} could not be recorded: ${describeError(error)}`);
    }
  }

  async #end(state: FailoverState): Promise<void> {
    const completedAt = this.#context.clock.now().toISOString();
    const states = [...this.#status.states, { state, at: completedAt }];
    this.#status = { ...this.#status, state, completedAt, states };
    await this.#save();
  }

  async #save(): Promise<void> {
    const { api, clock, say } = this.#context;
    for (let left = saveTries; ; left -= 1) {
      try {
        return await recordFailover(api, clock, this.#status);
      } catch (error) {
        if (left <= 1) {
          // Between two primaries nobody can write: going on comes before writing it down.
          return say(`The record of ${this.#status.id} could not be written: ${describeError(error)}`);
        }
        await clock.sleep(savePause);
      }
    }
  }
}

/** Words of the Events: a planned change is a switchover, an unplanned one a failover. */
export function eventWord(mode: FailoverMode): "Switchover" | "Failover" {
  return mode === FailoverMode.Planned ? "Switchover" : "Failover";
}

/** @example "failover-20261128T101500Z" */
function failoverId(startedAt: string): string {
  return `failover-${startedAt.replace(/[-:]|\.\d+/g, "")}`;
}

function firstStatus(
  plan: FailoverPlan,
  { mode, oldPrimaryAction, waitForSync, reason }: DecidedOptions,
  origin: FailoverOrigin,
  { clock, job }: FailoverContext,
): FailoverStatus {
  const startedAt = clock.now().toISOString();
  const { namespace, instance, oldPrimaryId, newPrimaryId, candidates, primaryLsn } = plan;
  const state = waitForSync ? FailoverState.WaitingForSync : FailoverState.FencingPrimary;
  const lag = candidates.find(({ id }) => id === newPrimaryId)?.lagBytes;
  return {
    id: failoverId(startedAt),
    namespace,
    instance,
    state,
    startedAt,
    oldPrimaryId,
    mode,
    origin,
    oldPrimaryAction,
    states: [{ state, at: startedAt }],
    ...present({
      newPrimaryId,
      reason,
      job,
      primaryLsn,
      replicationLagAtStart: primaryLsn === undefined ? undefined : lag,
    }),
  };
}

/** The end of a record that nobody finished. */
function interrupted(status: FailoverStatus, primary: string, now: Date): FailoverStatus {
  const completedAt = now.toISOString();
  const became =
    primary === status.newPrimaryId
      ? `${primary} had become primary; whether ${status.oldPrimaryId} was dealt with is not known`
      : `${primary} is primary`;
  return {
    ...status,
    state: FailoverState.Failed,
    failureReason: `It was ended in state ${status.state} from outside. ${became}.`,
    completedAt,
    states: [...status.states, { state: FailoverState.Failed, at: completedAt }],
  };
}
