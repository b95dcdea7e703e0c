import { AzureMonitorWorkspace } from "@pulumi/azure-native/monitor/azureMonitorWorkspace";
import { DataCollectionEndpoint } from "@pulumi/azure-native/monitor/dataCollectionEndpoint";
import { DataCollectionRule } from "@pulumi/azure-native/monitor/dataCollectionRule";
import { DataCollectionRuleAssociation } from "@pulumi/azure-native/monitor/dataCollectionRuleAssociation";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace";
import type * as pulumi from "@pulumi/pulumi";
import type { AksPlatformArgs } from "./args";
import { logCategories } from "./render";
import type { ResolvedPlatform } from "./resolve";

/** The cluster whose metrics and logs are kept. */
export interface Monitored {
  resourceGroupName: pulumi.Input<string>;
  clusterId: pulumi.Input<string>;
}

export function makeMonitoring(
  name: string,
  args: AksPlatformArgs,
  platform: ResolvedPlatform,
  cluster: Monitored,
  opts: pulumi.CustomResourceOptions,
): void {
  if (platform.monitoring.prometheus) makePrometheus(name, args, platform, cluster, opts);
  if (platform.monitoring.diagnostics) makeDiagnostics(name, args, platform, cluster, opts);
}

/** The agents in the cluster send to the endpoint what the rule, which is associated with the cluster, lets through. */
function makePrometheus(
  name: string,
  { monitoring = {} }: AksPlatformArgs,
  { location, tags }: ResolvedPlatform,
  { resourceGroupName, clusterId }: Monitored,
  opts: pulumi.CustomResourceOptions,
): void {
  const at = { resourceGroupName, location, tags };
  const workspace =
    monitoring.prometheusWorkspaceId ?? new AzureMonitorWorkspace(`${name}-metrics`, at, opts).id;
  const endpoint = new DataCollectionEndpoint(
    `${name}-metrics-endpoint`,
    { ...at, kind: "Linux", networkAcls: { publicNetworkAccess: "Enabled" } },
    opts,
  );
  const stream = "Microsoft-PrometheusMetrics";
  const rule = new DataCollectionRule(
    `${name}-metrics-rule`,
    {
      ...at,
      kind: "Linux",
      dataCollectionEndpointId: endpoint.id,
      dataSources: { prometheusForwarder: [{ name: "prometheus", streams: [stream] }] },
      destinations: { monitoringAccounts: [{ name: "workspace", accountResourceId: workspace }] },
      dataFlows: [{ streams: [stream], destinations: ["workspace"] }],
    },
    opts,
  );
  new DataCollectionRuleAssociation(
    `${name}-metrics-association`,
    { resourceUri: clusterId, dataCollectionRuleId: rule.id },
    opts,
  );
}

function makeDiagnostics(
  name: string,
  { monitoring = {} }: AksPlatformArgs,
  { location, tags, monitoring: { logRetentionDays } }: ResolvedPlatform,
  { resourceGroupName, clusterId }: Monitored,
  opts: pulumi.CustomResourceOptions,
): void {
  const workspaceId =
    monitoring.logWorkspaceId ??
    new Workspace(
      `${name}-logs`,
      { resourceGroupName, location, tags, sku: { name: "PerGB2018" }, retentionInDays: logRetentionDays },
      opts,
    ).id;
  new DiagnosticSetting(
    `${name}-diagnostics`,
    {
      resourceUri: clusterId,
      workspaceId,
      // Tables of their own cost less and can be given a shorter retention.
      logAnalyticsDestinationType: "Dedicated",
      logs: logCategories.map(category => ({ category, enabled: true })),
    },
    opts,
  );
}
