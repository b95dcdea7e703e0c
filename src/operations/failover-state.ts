import { flappingKind, type FailoverDecision, readDecisions } from "../failover/decision";
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

/** Reads what holds failover back, the last failover, and why a failed primary is not replaced. */
export async function readFailoverState(
  api: KubernetesApi,
  { namespace, name, cluster }: FoundInstance,
): Promise<FailoverReading> {
  const [history, decisions] = await Promise.all([
    failoverHistory(api, namespace, name),
    readKey(api, { namespace, name: failoverNames(name).failovers }, decisionsKey),
  ]);
  const suspension = suspensionOf(cluster);
  return present({
    suspension: suspension && { ...suspension, effective: isEffective(cluster, suspension) },
    lastFailover: history[0],
    standstill: readDecisions(decisions).find(
      ({ until, kind, cluster: of }) =>
        until === undefined && kind !== flappingKind && of === cluster.metadata.name,
    ),
  });
}
