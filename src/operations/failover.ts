import { decideOptions, givenOptions } from "../failover/options";
import { type FailoverPlan, planFailoverOf } from "../failover/plan";
import { FailoverMode, type FailoverOptions, type FailoverRequest } from "../failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../failover/status";
import { failoverTo, undoOf } from "../failover/undo";
import { EventType, recordEvent, subjectOf } from "./event";
import { cleanUpOldPrimary } from "./failover-cleanup";
import type { FailoverContext } from "./failover-context";
import { failoverHistory } from "./failover-history";
import { eventWord, FailoverRun } from "./failover-run";
import { surveyInstance, type SurveyContext } from "./failover-survey";
import { changePrimary, type Switch, targetOf, waitForSync } from "./failover-switch";
import { waitForManager } from "./failover-unfenced";
import { findInstance, type FoundInstance } from "./instance";
import { Interrupted, interruptible } from "./interruption";
import { kinds } from "./kubernetes";
import { poolerHooks, type SwitchHooks } from "./pooler-pause";
import { describeError } from "./waiting";

export type { FailoverContext, WriteProbe } from "./failover-context";

/** The request is not carried out; nothing was changed. */
export class FailoverRefused extends Error {
  readonly plan: FailoverPlan;

  constructor(plan: FailoverPlan) {
    super(plan.refusals.join(" "));
    this.name = "FailoverRefused";
    this.plan = plan;
  }
}

/** A failover, or the way back from the last one. */
export interface WantedFailover extends FailoverRequest {
  /** Switch back to the primary before the last failover. @default false */
  undo?: boolean;
}

/** What a failover would do now. Changes nothing. */
export async function planFailover(request: WantedFailover, context: SurveyContext): Promise<FailoverPlan> {
  const found = await findInstance(context.api, request.namespace, request.instance);
  const survey = await surveyInstance(found, context);
  return planFailoverOf(survey, await optionsOf(request, found, context));
}

async function optionsOf(
  request: WantedFailover,
  { namespace, name, cluster }: FoundInstance,
  { api }: SurveyContext,
): Promise<FailoverOptions> {
  const options = givenOptions(request);
  if (request.undo !== true) return options;
  const primary = cluster.status?.currentPrimary;
  const last = failoverTo(await failoverHistory(api, namespace, name), primary);
  if (last === undefined) {
    throw new Error(
      `There is nothing to undo: the history of ${namespace}/${name} does not know how ${primary ?? "its primary"} became primary.`,
    );
  }
  return { ...undoOf(last), ...options };
}

/**
 * Switches over, or fails over, and records what happens.
 * @returns the record, also when it failed
 * @throws FailoverRefused when it is not begun
 */
export async function failover(
  request: WantedFailover & { origin?: FailoverOrigin },
  surroundings: FailoverContext,
): Promise<FailoverStatus> {
  const { signal } = surroundings;
  const context =
    signal === undefined
      ? surroundings
      : { ...surroundings, clock: interruptible(surroundings.clock, signal) };
  const found = await findInstance(context.api, request.namespace, request.instance);
  const survey = await surveyInstance(found, context);
  const given = await optionsOf(request, found, context);
  const plan = planFailoverOf(survey, given);
  const options = decideOptions(given);
  const about = subjectOf({ ...found.cluster, apiVersion: kinds.cluster.apiVersion, kind: "Cluster" });
  const word = eventWord(options.mode);
  if (plan.refusals.length > 0) {
    const refused = new FailoverRefused(plan);
    await recordEvent(context.api, context.clock, {
      about,
      type: EventType.Warning,
      reason: `${word}Refused`,
      message: refused.message,
    });
    throw refused;
  }
  for (const warning of plan.warnings) context.say(warning);
  const origin = request.origin ?? FailoverOrigin.Requested;
  // What it does at its end is done also when it was told to stop.
  const pooler = options.mode === FailoverMode.Planned ? poolerHooks(found, surroundings) : undefined;
  const run = await FailoverRun.begin(plan, options, origin, about, surroundings);
  try {
    await carryOut({ plan, options, run, context }, pooler);
    await run.complete();
    await run.tell(EventType.Normal, `${word}Completed`, outcome(run.status));
  } catch (error) {
    await run.fail(failureOf(run, error));
    await run.tell(EventType.Warning, `${word}Failed`, run.status.failureReason ?? "");
  }
  return run.status;
}

async function carryOut(change: Switch, pooler: SwitchHooks | undefined): Promise<void> {
  const { options, run, context } = change;
  if (options.waitForSync) {
    await waitForManager(change);
    await waitForSync(change);
  }
  await context.beforeSwitch?.(run.status);
  // Last, because clients wait from here on.
  await pooler?.beforeSwitch(run.status);
  try {
    await changePrimary(change);
  } finally {
    await pooler?.afterSwitch(run.status);
    await context.afterSwitch?.(run.status);
  }
  const writeGapMs = await context.probe?.longestGapMs();
  if (writeGapMs !== undefined) run.learn({ writeGapMs });
  await run.enter(FailoverState.CleaningUpOldPrimary);
  await cleanUpOldPrimary(change);
}

function failureOf(run: FailoverRun, error: unknown): string {
  const { states, oldPrimaryId } = run.status;
  const why = error instanceof Interrupted ? "It was told to stop." : describeError(error);
  if (states.some(({ state }) => state === FailoverState.UpdatingRouting))
    return `${targetOf(run)} is primary, but: ${why}`;
  if (run.isUnderWay) return `${why} ${oldPrimaryId} has been asked to stop.`;
  return `Nothing was changed: ${why}`;
}

function outcome({ oldPrimaryId, newPrimaryId, dataLossBytes }: FailoverStatus): string {
  const loss =
    dataLossBytes === undefined
      ? "what was lost is not known"
      : dataLossBytes === 0
        ? "nothing was lost"
        : `${dataLossBytes} bytes of WAL were lost`;
  return `${newPrimaryId} is primary in place of ${oldPrimaryId}, ${loss}`;
}
