/** What failovers of an instance leave in Kubernetes. */
export interface FailoverNames {
  /** ServiceAccount, Role and CronJob (suspended: only a template) of failovers, rehearsals and changes of standbys. */
  failover: string;
  /** ConfigMap with the last failovers. */
  failovers: string;
  /** CronJob of rehearsals by the clock, and ConfigMap with the reports of the last ones. */
  rehearsals: string;
  /** Role and RoleBinding of the watch that runs beside the operator. */
  watch: string;
  /** ConfigMap with the query of the metric of failovers and rehearsals. */
  metric: string;
}

export function failoverNames(instance: string): FailoverNames {
  return {
    failover: `${instance}-failover`,
    failovers: `${instance}-failovers`,
    rehearsals: `${instance}-rehearsals`,
    watch: `${instance}-watch`,
    metric: `${instance}-failover-metric`,
  };
}

/** Key of the history in its ConfigMap: a JSON list, the newest first. */
export const failoverHistoryKey = "history.json";

/** Key of the last declared trigger in the same ConfigMap: `{"id": …}`, or `{}` when there was none. */
export const failoverTriggerKey = "trigger.json";
