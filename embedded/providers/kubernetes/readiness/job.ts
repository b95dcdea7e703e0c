import { nameOf, namespaceOf, number, text } from "../manifest";
import type { Manifest } from "../manifest";
import { podReasons } from "./pod";
import { condition, conditionIs } from "./verdict";
import type { Readiness, Verdict } from "./verdict";

/** What the Job says of itself. */
export function jobVerdict(job: Manifest): Verdict {
  const name = nameOf(job);
  if (conditionIs(job, "Complete", "True")) return { ready: true, message: `Job "${name}" succeeded` };
  if (conditionIs(job, "Failed", "True")) {
    const failure = condition(job, "Failed");
    const message = `Job "${name}" failed: ${text(failure, "reason")}: ${text(failure, "message")}`;
    return { ready: false, failed: true, message, reasons: [message] };
  }
  if (text(job, "status", "startTime") === "")
    return { ready: false, message: `Waiting for Job "${name}" to start` };
  const count = (key: string): number => number(job, "status", key) ?? 0;
  return {
    ready: false,
    message: `Waiting for Job "${name}" to succeed (Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`,
  };
}

/** A Job is ready when it is complete, and fails with the words of its pods. */
export const jobReadiness: Readiness = async (job, { cluster }) => {
  const verdict = jobVerdict(job);
  const failing = verdict.failed === true || (number(job, "status", "failed") ?? 0) > 0;
  if (verdict.ready || !failing) return verdict;
  const pods = await cluster.objects({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: namespaceOf(job) },
  });
  const reasons = podReasons(await pods.list(`batch.kubernetes.io/job-name=${nameOf(job)}`));
  return { ...verdict, reasons: [...(verdict.reasons ?? []), ...reasons] };
};
