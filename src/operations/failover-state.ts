import { type FailoverDecision, readDecisions, standingDecision } from "../failover/decision";
import { failoverNames } from "../failover/names";
import type { FailoverStatus } from "../failover/status";
import { isEffective, type Suspension, suspensionOf } from "../failover/suspension";
import { readKey } from "./config-map";
import { failoverHistory } from "./failover-history";
import type { FoundInstance } from "./instance";
import type { KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { decisionsKey } from "./watch-state";

/** What is known of the failovers of an instance. */
export interface FailoverReading {
  suspension?: Suspension & { effective: boolean };
  lastFailover?: FailoverStatus;
  /** The decision against a failover that stands. */
  standstill?: FailoverDecision;
}

/** Decisions against a failover of an instance, newest first. */
export async function failoverDecisions(
  api: KubernetesApi,
  namespace: string,
  instance: string,
): Promise<FailoverDecision[]> {
  return readDecisions(
    await readKey(api, { namespace, name: failoverNames(instance).failovers }, decisionsKey),
  );
}

/** Reads what holds failover back, the last failover, and why a failed primary is not replaced. */
export async function readFailoverState(
  api: KubernetesApi,
  { namespace, name, cluster }: FoundInstance,
): Promise<FailoverReading> {
  const [history, decisions] = await Promise.all([
    failoverHistory(api, namespace, name),
    failoverDecisions(api, namespace, name),
  ]);
  const suspension = suspensionOf(cluster);
  return present({
    suspension: suspension && { ...suspension, effective: isEffective(cluster, suspension) },
    lastFailover: history[0],
    standstill: standingDecision(decisions, cluster.metadata.name),
  });
}
