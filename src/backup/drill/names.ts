/** Names of what belongs to the restore drills of an instance. */
export interface DrillNames {
  /** CronJob, and the throw-away Cluster. */
  drill: string;
  /**
   * ServiceAccount, Role and RoleBinding of the Jobs, and ConfigMap with the reports. Not the Cluster's name: CloudNativePG makes a Role
   * of that name and would take ours over.
   */
  drills: string;
  /** RoleBinding that lets the throw-away instance read the archive. */
  archiveBinding: string;
  /** ConfigMap with the query of the metric. */
  metric: string;
}

export function drillNames(instance: string): DrillNames {
  return {
    drill: `${instance}-drill`,
    drills: `${instance}-drills`,
    archiveBinding: `${instance}-drill-archive`,
    metric: `${instance}-drill-metric`,
  };
}

/** Key of the reports in their ConfigMap. */
export const historyKey = "history.json";

/** Key of the exporter's queries in the ConfigMap of the metric. */
export const metricKey = "queries";
