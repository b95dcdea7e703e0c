import type { OperatorSettingsArgs } from "./args";

/** The operator's name for each setting. */
export const settingNames: Record<keyof OperatorSettingsArgs, string> = {
  certificateDuration: "CERTIFICATE_DURATION",
  expiringCheckThreshold: "EXPIRING_CHECK_THRESHOLD",
  createAnyService: "CREATE_ANY_SERVICE",
  drainTaints: "DRAIN_TAINTS",
  enableInstanceManagerInplaceUpdates: "ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES",
  includePlugins: "INCLUDE_PLUGINS",
  inheritedAnnotations: "INHERITED_ANNOTATIONS",
  inheritedLabels: "INHERITED_LABELS",
  kubernetesClusterDomain: "KUBERNETES_CLUSTER_DOMAIN",
  manageWebhookConfigurations: "MANAGE_WEBHOOK_CONFIGURATIONS",
  metricsCertDir: "METRICS_CERT_DIR",
  monitoringQueriesConfigmap: "MONITORING_QUERIES_CONFIGMAP",
  monitoringQueriesSecret: "MONITORING_QUERIES_SECRET",
  pgbouncerImageName: "PGBOUNCER_IMAGE_NAME",
  postgresImageName: "POSTGRES_IMAGE_NAME",
  standbyTcpUserTimeout: "STANDBY_TCP_USER_TIMEOUT",
};

/**
 * Operator settings that have an argument of their own, by the name a reader of CloudNativePG's manual would try.
 * Their values are decided together with other objects.
 */
export const settingsElsewhere: Record<string, string> = {
  watchNamespace: "watchedNamespaces",
  clustersRolloutDelay: "rolloutDelays.clusters",
  instancesRolloutDelay: "rolloutDelays.instances",
  pullSecretName: "imagePullSecrets",
  operatorImageName: "imageRegistry",
};

/** The settings as the operator reads them from its ConfigMap, sorted by name. */
export function settingsData(settings: OperatorSettingsArgs): Record<string, string> {
  const data: Record<string, string> = {};
  for (const [setting, name] of Object.entries(settingNames)) {
    const value = settings[setting as keyof OperatorSettingsArgs];
    if (value !== undefined) data[name] = Array.isArray(value) ? value.join(",") : String(value);
  }
  return sorted(data);
}

/** The same entries in the order of their keys. */
export function sorted(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
}
