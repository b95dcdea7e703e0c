import type { ArgumentProblem } from "../../argument-error";
import { checkChoice, refuse, type Report, reporter } from "../../report";
import { azureNames, checkAzureName } from "../names";
import { checkRegion, checkZones } from "../regions";
import { checkCount, checkText, guidProblem } from "../report";
import { checkTags } from "../tags";
import { type AksPlatformArgs, AksTier, LoginMode, NodeOsChannel, UpgradeChannel } from "./args";
import { checkApiServer, checkNetwork } from "./check-network";
import { checkPools } from "./check-pools";
import { checkWindow } from "./check-window";
import { clusterIdProblem } from "./cluster-id";
import { resolvePlatform } from "./resolve";

/** Everything that is wrong with the arguments, as far as they alone can tell. */
export function platformProblems(resource: string, args: AksPlatformArgs): ArgumentProblem[] {
  const { problems, report } = reporter("AksPlatform", resource);
  if (args.existing === undefined) checkNew(resource, args, report);
  else checkExisting(args, report);
  const resolved = resolvePlatform(resource, args);
  checkPools(args, resolved, report);
  checkLogin(args, report);
  checkAdministrators(args, report);
  checkMonitoring(args, report);
  checkTags(args.tags, report);
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validatePlatform(resource: string, args: AksPlatformArgs): void {
  refuse(platformProblems(resource, args));
}

function checkNew(resource: string, args: AksPlatformArgs, report: Report): void {
  if (args.location === undefined)
    report("location", undefined, "is missing.", 'Give a region, for example "westeurope", or existing.');
  checkRegion("location", args.location, args.newRegion, report);
  checkZones(args.location, args.zones, report);
  checkAzureName("name", args.name ?? resource, azureNames.cluster, report);
  checkAzureName("resourceGroupName", args.resourceGroupName, azureNames.resourceGroup, report);
  checkChoice("tier", args.tier, AksTier, report);
  checkChoice("upgrades.channel", args.upgrades?.channel, UpgradeChannel, report);
  checkChoice("upgrades.nodeOs", args.upgrades?.nodeOs, NodeOsChannel, report);
  checkVersion(args, report);
  checkApiServer(args, report);
  checkNetwork(args, report);
  checkWindow(args.upgrades?.window, report);
}

function checkVersion({ kubernetesVersion, upgrades }: AksPlatformArgs, report: Report): void {
  if (kubernetesVersion === undefined) return;
  if (!/^1\.\d{2}(\.\d{1,2})?$/.test(kubernetesVersion))
    report(
      "kubernetesVersion",
      kubernetesVersion,
      "is not a version of Kubernetes.",
      'Write for example "1.34".',
    );
  // AKS would go on by itself, and the next update would ask for the way back, which there is none.
  else if (
    upgrades?.channel === UpgradeChannel.Stable ||
    upgrades?.channel === UpgradeChannel.Rapid ||
    (/\.\d+\./.test(kubernetesVersion) && upgrades?.channel !== UpgradeChannel.None)
  )
    report(
      "kubernetesVersion",
      kubernetesVersion,
      `is what upgrades.channel "${upgrades?.channel ?? UpgradeChannel.Patch}" changes by itself.`,
      'Give the minor version with channel "patch", or set channel to "none".',
    );
}

/** Arguments that shape a cluster which is made. */
const shape = [
  "location",
  "resourceGroupName",
  "kubernetesVersion",
  "tier",
  "apiServer",
  "network",
  "systemPool",
] as const;

function checkExisting(args: AksPlatformArgs, report: Report): void {
  const { existing = {} } = args;
  for (const name of [...shape, "name", "upgrades", "monitoring"] as const)
    if (args[name] !== undefined)
      report(
        name,
        undefined,
        "is given besides existing.",
        "An existing cluster keeps what it has: leave it out.",
      );
  const parts = [existing.resourceGroupName, existing.clusterName];
  if (existing.id !== undefined && parts.some(part => part !== undefined))
    report(
      "existing.id",
      undefined,
      "is given besides resource group and name.",
      "Give the id or these two.",
    );
  if (existing.id === undefined && parts.includes(undefined))
    report("existing", undefined, "names no cluster.", "Give id, or resourceGroupName and clusterName.");
  checkText("existing.id", existing.id, clusterIdProblem, report);
  if (args.postgresPool !== undefined && existing.nodeSelector !== undefined)
    report(
      "existing.nodeSelector",
      existing.nodeSelector,
      "is given besides postgresPool.",
      "Nodes that are made have a label of their own: leave one of the two out.",
    );
  for (const taint of existing.nodeTaints ?? [])
    if (!/^[^=:\s]+(=[^=:\s]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/.test(taint))
      report(
        "existing.nodeTaints",
        taint,
        "is no taint.",
        'Write for example "workload=postgres:NoSchedule".',
      );
  if (args.postgresPool !== undefined) checkZones(undefined, args.zones, report);
}

function checkLogin({ login = {} }: AksPlatformArgs, report: Report): void {
  checkChoice("login.mode", login.mode, LoginMode, report);
  checkText("login.clientId", login.clientId, guidProblem, report);
  checkText("login.tenantId", login.tenantId, guidProblem, report);
  checkCount("login.propagationTimeout", login.propagationTimeout, [60, 1800], "in seconds", report);
  if (login.mode === LoginMode.ServicePrincipal && login.clientId === undefined)
    report("login.clientId", undefined, "is missing.", "Give the client id of the service principal.");
}

/** Kinds of principals that a role can be assigned to. */
const principals = { user: "User", group: "Group", servicePrincipal: "ServicePrincipal" };

function checkAdministrators({ administrators = [] }: AksPlatformArgs, report: Report): void {
  for (const [index, { principalId, principalType }] of administrators.entries()) {
    checkText(`administrators[${index}].principalId`, principalId, guidProblem, report);
    checkChoice(`administrators[${index}].principalType`, principalType, principals, report);
  }
}

function checkMonitoring({ monitoring = {} }: AksPlatformArgs, report: Report): void {
  const { prometheus, prometheusWorkspaceId, diagnostics, logWorkspaceId, logRetentionDays } = monitoring;
  // Source: "Manage data retention in a Log Analytics workspace", Microsoft Learn, 2025.
  checkCount("monitoring.logRetentionDays", logRetentionDays, [30, 730], "in days", report);
  if (prometheusWorkspaceId !== undefined && prometheus !== true)
    report("monitoring.prometheusWorkspaceId", undefined, "has no effect.", "Set prometheus: true.");
  if (logWorkspaceId !== undefined && diagnostics === false)
    report("monitoring.logWorkspaceId", undefined, "has no effect.", "Leave diagnostics on.");
  if (logWorkspaceId !== undefined && logRetentionDays !== undefined)
    report(
      "monitoring.logRetentionDays",
      logRetentionDays,
      "belongs to the workspace that is made.",
      "Set it at the workspace that is given.",
    );
}
