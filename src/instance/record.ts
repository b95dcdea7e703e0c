import * as pulumi from "@pulumi/pulumi";
import type { ArgumentProblem } from "../argument-error";
import { availabilityChanges } from "../availability/changes";
import { type ChangePlan, describePlan, PlannedAction } from "../parameters/change-plan";
import { lateSourceProblems } from "../replica/checked-source";
import { firstRoleProblems, roleChanges } from "../replica/compare";
import { refuse } from "../report";
import type { InstanceContext } from "./children";
import {
  archiveChanges,
  changeProblems,
  type InstanceRecord,
  instanceRecord,
  parameterPlan,
} from "./compare";
import { instanceProblem } from "./problem";
import { clusterManifest, rolloutOf } from "./render";

/** What comes of comparing the arguments with those of the update before. */
export interface InstanceComparison {
  record: pulumi.Resource;
  /** What the changed parameters do to the servers; undefined when nothing changed. */
  changePlan: pulumi.Output<ChangePlan | undefined>;
}

/** Keeps the arguments of this update for the next one, refuses changes that cannot be made, and says what changed parameters do. */
export function makeRecord(context: InstanceContext): InstanceComparison {
  const { name, args, instance, parent } = context;
  const { confirmReplacement, confirmDestructive, droppedGenerations, backup } = args;
  const rollout = rolloutOf(clusterManifest(instance, args, instance.active).spec);
  let changePlan: ChangePlan | undefined;
  const compared = (before: InstanceRecord, now: InstanceRecord): void => {
    changePlan = parameterPlan(before, now);
    // What interrupts nobody is not worth a warning.
    const say = changePlan?.action === PlannedAction.Reload ? pulumi.log.info : pulumi.log.warn;
    for (const line of changeLines(before, now, changePlan)) void say(line, parent);
    for (const line of archiveChanges(before, now)) void pulumi.log.warn(line, parent);
    const rolls = before.server?.rollout !== now.server?.rollout;
    for (const line of availabilityChanges(before.availability, now.availability, rolls))
      void pulumi.log.warn(line, parent);
    for (const line of roleChanges(now.name, before.follow, now.follow)) void pulumi.log.warn(line, parent);
  };
  const record = new pulumi.Stash(
    `${name}-record`,
    {
      input: instanceRecord(
        instance,
        { confirmReplacement, confirmDestructive, droppedGenerations, backup },
        rollout,
      ),
    },
    {
      parent,
      protect: false,
      retainOnDelete: false,
      hooks: takesHooks()
        ? { beforeUpdate: [comparison(context, compared)], ...firstComparison(context) }
        : undefined,
    },
  );
  // The hook has run when the registration is answered.
  return { record, changePlan: record.urn.apply(() => changePlan) };
}

/** What a person wants to know before the update goes on. */
function changeLines(before: InstanceRecord, now: InstanceRecord, plan: ChangePlan | undefined): string[] {
  const lines = plan === undefined || !says(plan) ? [] : describePlan(plan);
  const released = before.server?.held === true && now.server?.held === false;
  return released ? [...lines, "Parameters that were held back so far take effect with this update."] : lines;
}

function says(plan: ChangePlan): boolean {
  const { action, held = [], majorChange } = plan;
  return action !== PlannedAction.None || held.length > 0 || majorChange !== undefined;
}

function comparison(
  context: InstanceContext,
  compared: (before: InstanceRecord, now: InstanceRecord) => void,
): pulumi.ResourceHook {
  const { name } = context;
  return new pulumi.ResourceHook(
    `${name}-compare-with-previous-inputs`,
    hook => {
      const before = (hook.oldInputs as { input: InstanceRecord }).input;
      const now = (hook.newInputs as { input: InstanceRecord }).input;
      refuse([...changeProblems(name, before, now), ...sourceProblemsOf(context, now)].map(context.tell));
      compared(before, now);
    },
    { onDryRun: true },
  );
}

/** A follower is compared with its source also when it is made. */
function firstComparison(context: InstanceContext): { beforeCreate?: pulumi.ResourceHook[] } {
  const { name, args, instance } = context;
  if (instance.follow === undefined) return {};
  // A copy cannot take writes before it was one; what is taken over from an earlier stack may.
  const isCopied = args.adopt !== true && instance.active.copy !== undefined;
  const check = (hook: pulumi.ResourceHookArgs): void => {
    const now = (hook.newInputs as { input: InstanceRecord }).input;
    const first = isCopied ? firstRoleProblems(now.follow) : [];
    refuse(
      [...first.map(found => instanceProblem(name, found)), ...sourceProblemsOf(context, now)].map(
        context.tell,
      ),
    );
  };
  return {
    beforeCreate: [new pulumi.ResourceHook(`${name}-compare-with-source`, check, { onDryRun: true })],
  };
}

function sourceProblemsOf(
  { name, args, instance, sourceProvider }: InstanceContext,
  { follow }: InstanceRecord,
): ArgumentProblem[] {
  const found = lateSourceProblems(instance, args, follow?.facts, sourceProvider !== undefined);
  return found.map(problem => instanceProblem(name, problem));
}

/** The SDK's plain mocks, with which users test their programs, take no hooks and have no previous inputs. */
export function takesHooks(): boolean {
  const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
  return typeof monitor?.registerResourceHook === "function";
}
