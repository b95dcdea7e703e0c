import { OldPrimaryAction } from "../failover/request";
import type { FailoverStatus } from "../failover/status";
import { failoverHistory } from "./failover-history";
import type { Switch } from "./failover-switch";
import { kinds } from "./kubernetes";
import { type ConditionedPod, readySince } from "./pods";
import { type Look, waitUntil } from "./waiting";

/**
 * Seconds for which the manager of a server does nothing else once a fence was lifted and the server runs again: a promotion would wait for that,
 * while nobody can write. Source: CloudNativePG 1.30, pkg/management/postgres/instance.go, RequestAndWaitFencingOff, which sleeps for two
 * periods of a probe.
 */
const deafSeconds = 20;

/** Waits until a server that a failover had fenced listens again. Of a fence that somebody else has lifted nothing is known. */
export async function waitForManager({ plan, context }: Switch): Promise<void> {
  const { namespace, instance, newPrimaryId: target = "" } = plan;
  if (!wasFenced(await failoverHistory(context.api, namespace, instance), target)) return;
  const look = async (): Promise<Look<void>> => {
    const pod = await context.api.get<ConditionedPod>(kinds.pod, namespace, target);
    const since = pod && readySince(pod);
    const left =
      since === undefined ? 0 : deafSeconds - (context.clock.now().getTime() - since.getTime()) / 1000;
    if (left <= 0) return { done: true, value: undefined };
    return { done: false, awaiting: `the manager of ${target}, which was fenced until just now` };
  };
  await waitUntil(look, { ...context, timeoutSeconds: 2 * deafSeconds });
}

function wasFenced(history: readonly FailoverStatus[], server: string): boolean {
  return history.some(
    ({ oldPrimaryId, oldPrimaryAction }) =>
      oldPrimaryId === server && oldPrimaryAction === OldPrimaryAction.StopAndRetain,
  );
}
