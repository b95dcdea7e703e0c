import type { ArgumentProblem } from "../../argument-error";
import { type Report, reporter } from "../../report";

import type { AksPlatformArgs } from "./args";

/** What is looked at of a cluster that exists: members of Azure's answer. */
export interface FoundCluster {
  id: string;
  name: string;
  location: string;
  provisioningState?: string;
  currentKubernetesVersion?: string;
  disableLocalAccounts?: boolean;
  aadProfile?: { managed?: boolean; enableAzureRBAC?: boolean; tenantID?: string };
  oidcIssuerProfile?: { enabled?: boolean; issuerURL?: string };
  securityProfile?: { workloadIdentity?: { enabled?: boolean } };
  networkProfile?: { networkPolicy?: string };
  apiServerAccessProfile?: { enablePrivateCluster?: boolean; authorizedIPRanges?: string[] };
  agentPoolProfiles?: FoundPool[];
}

export interface FoundPool {
  name: string;
  availabilityZones?: string[];
  nodeLabels?: Record<string, string>;
  nodeTaints?: string[];
}

/** What a cluster that exists lacks, each with the command that gives it. */
export function existingProblems(
  resource: string,
  args: AksPlatformArgs,
  cluster: FoundCluster,
): ArgumentProblem[] {
  const { problems, report } = reporter("AksPlatform", resource);
  checkState(cluster, report);
  checkIdentities(cluster, report);
  checkLogins(args, cluster, report);
  checkNodes(args, cluster, report);
  return problems;
}

const az = (rest: string): string => `az aks update -g <resource group> -n <cluster> ${rest}`;

function checkState(cluster: FoundCluster, report: Report): void {
  const state = cluster.provisioningState ?? "Succeeded";
  if (["Failed", "Deleting", "Canceled", "Stopped"].includes(state))
    report("existing", cluster.name, `is in state ${state}.`, "Bring it to Succeeded first.");
}

function checkIdentities(cluster: FoundCluster, report: Report): void {
  if (cluster.oidcIssuerProfile?.enabled !== true)
    report(
      "existing",
      cluster.name,
      "has no OIDC issuer, without which no pod gets an identity.",
      az("--enable-oidc-issuer"),
    );
  if (cluster.securityProfile?.workloadIdentity?.enabled !== true)
    report(
      "existing",
      cluster.name,
      "has no workload identity: pods get no federated token.",
      az("--enable-workload-identity"),
    );
}

function checkLogins(args: AksPlatformArgs, cluster: FoundCluster, report: Report): void {
  if (cluster.aadProfile?.managed !== true)
    report(
      "existing",
      cluster.name,
      "lets nobody in by Microsoft Entra ID, as which the engine logs in.",
      az("--enable-aad --enable-azure-rbac"),
    );
  else if (cluster.aadProfile.enableAzureRBAC !== true && (args.administrators ?? []).length > 0)
    report(
      "administrators",
      undefined,
      "have no effect: the cluster does not take roles from Azure.",
      `${az("--enable-azure-rbac")}, or make them members of its administrators' group.`,
    );
}

/** Nodes for PostgreSQL must be there when none are made. */
function checkNodes(
  { existing = {}, postgresPool }: AksPlatformArgs,
  cluster: FoundCluster,
  report: Report,
): void {
  const selector = Object.entries(existing.nodeSelector ?? {});
  const pools = cluster.agentPoolProfiles ?? [];
  if (postgresPool !== undefined || selector.length === 0) return;
  const suited = pools.filter(pool => selector.every(([key, value]) => pool.nodeLabels?.[key] === value));
  if (suited.length === 0) {
    const labels = pools.map(pool => `${pool.name}: ${describeLabels(pool)}`).join("; ");
    report(
      "existing.nodeSelector",
      existing.nodeSelector,
      "is met by no pool.",
      `The pools have ${labels}. Correct it, or let postgresPool make one.`,
    );
    return;
  }
  const wanted = new Set(existing.nodeTaints ?? []);
  const barred = suited.flatMap(pool => (pool.nodeTaints ?? []).filter(taint => !wanted.has(taint)));
  if (barred.length > 0)
    report(
      "existing.nodeTaints",
      existing.nodeTaints,
      `lacks ${[...new Set(barred)].join(", ")}, which keeps pods away from these nodes.`,
      "Name every taint of the pool.",
    );
}

function describeLabels({ nodeLabels = {} }: FoundPool): string {
  const labels = Object.entries(nodeLabels).map(([key, value]) => `${key}=${value}`);
  return labels.length === 0 ? "no labels" : labels.join(", ");
}

/** What ought to be known of a cluster that is taken as it is. */
export function existingWarnings(cluster: FoundCluster): string[] {
  const { apiServerAccessProfile: access = {}, networkProfile, agentPoolProfiles = [] } = cluster;
  const zones = new Set(agentPoolProfiles.flatMap(pool => pool.availabilityZones ?? []));
  const said = (when: boolean, line: string): string[] => (when ? [`${cluster.name}: ${line}`] : []);
  return [
    ...said(zones.size < 2, "its nodes are in fewer than two zones, so the loss of one is the loss of all."),
    ...said(
      ["", "none"].includes(networkProfile?.networkPolicy ?? ""),
      "it has no engine of network policies: allowedClients of an instance keeps nobody out.",
    ),
    ...said(
      access.enablePrivateCluster !== true && (access.authorizedIPRanges ?? []).length === 0,
      "every address reaches its API server: az aks update --api-server-authorized-ip-ranges.",
    ),
    ...said(
      cluster.disableLocalAccounts !== true,
      "local accounts are on, by whose certificate anybody who may list credentials is administrator: az aks update --disable-local-accounts.",
    ),
  ];
}
