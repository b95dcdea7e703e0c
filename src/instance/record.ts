import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../argument-error";
import type { InstanceContext } from "./children";
import { changeProblems, type InstanceRecord, instanceRecord } from "./compare";

/** Keeps the arguments of this update for the next one, and refuses changes that cannot be made. */
export function makeRecord({ name, args, instance, parent }: InstanceContext): pulumi.Resource {
  const { confirmReplacement, droppedGenerations } = args;
  return new pulumi.Stash(
    `${name}-record`,
    { input: instanceRecord(instance, { confirmReplacement, droppedGenerations }) },
    {
      parent,
      protect: false,
      retainOnDelete: false,
      hooks: takesHooks() ? { beforeUpdate: [comparison(name)] } : undefined,
    },
  );
}

function comparison(name: string): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    `${name}-compare-with-previous-inputs`,
    hook => {
      const before = (hook.oldInputs as { input: InstanceRecord }).input;
      const now = (hook.newInputs as { input: InstanceRecord }).input;
      const problems = changeProblems(name, before, now);
      if (problems.length > 0) throw new ArgumentError(problems);
    },
    { onDryRun: true },
  );
}

/** The SDK's plain mocks, with which users test their programs, take no hooks and have no previous inputs. */
function takesHooks(): boolean {
  const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
  return typeof monitor?.registerResourceHook === "function";
}
