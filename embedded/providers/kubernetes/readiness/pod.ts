import { at, list, nameOf, number, text } from "../manifest";
import type { Manifest } from "../manifest";
import type { Property } from "../../protocol/property";
import { condition, conditionIs } from "./verdict";
import type { Readiness } from "./verdict";

export const podReadiness: Readiness = async pod => {
  const phase = text(pod, "status", "phase");
  const ready = phase === "Succeeded" || conditionIs(pod, "Ready", "True");
  return {
    ready,
    failed: phase === "Failed",
    message: `Waiting for Pod "${nameOf(pod)}" to be ready (phase ${phase || "unknown"})`,
    reasons: ready ? [] : podReasons([pod]),
  };
};

// These last for moments in every start and explain nothing.
const passing = new Set(["ContainerCreating", "PodInitializing"]);

/** Why pods are not ready or have failed: what the scheduler, the kubelet and the containers themselves say. */
export function podReasons(pods: Manifest[]): string[] {
  return pods.flatMap(pod => {
    const prefix = `[Pod ${nameOf(pod)}]:`;
    const scheduled = condition(pod, "PodScheduled");
    const reasons = text(scheduled, "status") === "False" ? [`${prefix} ${text(scheduled, "message")}`] : [];
    for (const status of [
      ...list(pod, "status", "initContainerStatuses"),
      ...list(pod, "status", "containerStatuses"),
    ]) {
      const reason = containerReason(status);
      if (reason !== undefined) reasons.push(`${prefix} container "${text(status, "name")}" ${reason}`);
    }
    const unready = condition(pod, "Ready");
    if (
      reasons.length === 0 &&
      text(unready, "status") === "False" &&
      text(pod, "status", "phase") === "Running"
    ) {
      reasons.push(`${prefix} ${text(unready, "message")}`);
    }
    return reasons;
  });
}

function containerReason(status: Property): string | undefined {
  const ended = at(status, "state", "terminated") ?? at(status, "lastState", "terminated");
  const code = number(ended, "exitCode");
  if (code !== undefined && code !== 0) {
    const message = text(ended, "message").trim();
    return `exited with code ${code} (${text(ended, "reason") || "Error"})${message === "" ? "" : `: ${message}`}`;
  }
  const waiting = text(status, "state", "waiting", "reason");
  if (waiting === "" || passing.has(waiting)) return undefined;
  return `is waiting: ${[waiting, text(status, "state", "waiting", "message")].filter(part => part !== "").join(": ")}`;
}
