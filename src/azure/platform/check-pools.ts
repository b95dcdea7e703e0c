import { checkChoice, type Report } from "../../report";
import { azureNames, checkAzureName } from "../names";
import { checkCount, checkText } from "../report";
import { vmSizeProblem } from "../vm-size";
import { type AksPlatformArgs, type NodePoolArgs, PoolLayout } from "./args";
import type { ResolvedPlatform } from "./resolve";

/** Source: "Quotas, virtual machine size restrictions, and region availability in AKS", Microsoft Learn, 2025. */
const limits = {
  nodesPerPool: [1, 1000],
  podsPerNode: [10, 250],
  osDiskGb: [30, 2048],
  drainMinutes: [1, 1440],
  soakMinutes: [0, 30],
} as const;

export function checkPools(args: AksPlatformArgs, platform: ResolvedPlatform, report: Report): void {
  const { systemPool, postgresPool = {} } = args;
  checkPool("systemPool", systemPool, 2, report);
  checkPool("postgresPool", postgresPool, 2, report);
  if (args.existing === undefined) checkSystemNodes(platform, systemPool, report);
  checkChoice("postgresPool.layout", postgresPool.layout, PoolLayout, report);
  if (postgresPool.layout === PoolLayout.PerZone && platform.zones.length === 0)
    report("postgresPool.layout", postgresPool.layout, "needs zones.", 'Give zones, or choose "single".');
  for (const { name } of platform.postgresPools.slice(0, 1))
    checkAzureName("postgresPool.name", name, azureNames.nodePool, report);
  if (postgresPool.name === "system")
    report("postgresPool.name", "system", "is that of the system pool.", 'Use for example "postgres".');
  checkLabelKey(postgresPool.labelKey, report);
  checkCount(
    "postgresPool.drainTimeoutMinutes",
    postgresPool.drainTimeoutMinutes,
    limits.drainMinutes,
    "in minutes",
    report,
  );
  checkCount("postgresPool.soakMinutes", postgresPool.soakMinutes, limits.soakMinutes, "in minutes", report);
}

function checkPool(at: string, pool: NodePoolArgs | undefined, leastVCpus: number, report: Report): void {
  if (pool === undefined) return;
  checkText(`${at}.vmSize`, pool.vmSize, text => vmSizeProblem(text, leastVCpus), report);
  checkCount(`${at}.minCount`, pool.minCount, limits.nodesPerPool, "the nodes a pool can have", report);
  checkCount(`${at}.maxCount`, pool.maxCount, limits.nodesPerPool, "the nodes a pool can have", report);
  checkCount(`${at}.maxPods`, pool.maxPods, limits.podsPerNode, "the pods of a node", report);
  checkCount(`${at}.osDiskSizeGb`, pool.osDiskSizeGb, limits.osDiskGb, "in GiB", report);
  const { minCount, maxCount } = pool;
  if (minCount !== undefined && maxCount !== undefined && maxCount < minCount)
    report(`${at}.maxCount`, maxCount, `is below minCount, ${minCount}.`, `Nearest is ${minCount}.`);
}

/** With fewer nodes than zones one zone has none, and with it goes what AKS runs there. */
function checkSystemNodes(platform: ResolvedPlatform, given: NodePoolArgs | undefined, report: Report): void {
  const least = Math.max(2, platform.zones.length);
  if (given?.minCount === undefined || given.minCount >= least || !Number.isInteger(given.minCount)) return;
  report(
    "systemPool.minCount",
    given.minCount,
    `is fewer than the ${least} nodes that outlive the loss of one${platform.zones.length > 1 ? " zone" : ""}.`,
    `Nearest is ${least}.`,
  );
}

/** AKS keeps these prefixes for itself. Source: "Use labels in an AKS cluster", Microsoft Learn, 2025. */
function checkLabelKey(key: string | undefined, report: Report): void {
  if (key === undefined) return;
  if (/^(?:[^/]*\.)?(kubernetes\.azure\.com|kubernetes\.io|k8s\.io)\//.test(key))
    report(
      "postgresPool.labelKey",
      key,
      "has a prefix that AKS sets itself or does not admit.",
      'Use for example "workload".',
    );
  else if (!/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(key))
    report("postgresPool.labelKey", key, "is not the key of a label.", 'Use for example "workload".');
}
