import { type AlertRule, proofAlerts } from "../proof-alerts";
import type { RehearsalArgs } from "./args";
import { instanceLabel, rehearsalMetricPrefix } from "./metric";
import { rehearsalSeed } from "./render";
import { staleAfterDays } from "./resolve";

/**
 * Rules that fire when the last rehearsal failed or lost a write, and, where they run by a schedule or `maxAgeDays` is said, when the last success
 * is too long ago or there was none.
 */
export function rehearsalAlertRules(
  instance: { name: string; namespace: string },
  args: RehearsalArgs,
): AlertRule[] {
  const { name, namespace } = instance;
  const proof = {
    alert: "PostgresRehearsal",
    what: `rehearsal of a failover of PostgreSQL instance ${namespace}/${name}`,
    metricPrefix: rehearsalMetricPrefix,
    instanceLabel,
    instance: { name, namespace },
    where: `See: pulumi-cnpg rehearse history ${name} --namespace ${namespace}`,
  };
  return proofAlerts(proof, staleAfterDays(args, rehearsalSeed(instance)));
}
