import { addressIn, parseCidr } from "../cidr";
import { tagsOf } from "../tags";
import { zonesOf } from "../regions";
import {
  type AksPlatformArgs,
  AksTier,
  LoginMode,
  type NodePoolArgs,
  NodeOsChannel,
  PoolLayout,
  UpgradeChannel,
} from "./args";

/** Value of the label and the taint of the PostgreSQL nodes. */
export const postgresValue = "postgres";

export const networkDefaults = {
  addressSpace: "10.224.0.0/12",
  nodeSubnet: "10.224.0.0/20",
  endpointSubnet: "10.224.16.0/24",
  loadBalancerSubnet: "10.224.17.0/24",
  podRange: "10.244.0.0/16",
  serviceRange: "10.0.0.0/16",
} as const;

export type ResolvedNetwork = Record<keyof typeof networkDefaults, string> & { dnsAddress: string };

/** One pool as AKS is to make it. */
export interface ResolvedPool {
  name: string;
  vmSize: string;
  minCount: number;
  maxCount: number;
  zones: string[];
  osDiskSizeGb?: number;
  maxPods: number;
  /** Nodes that an upgrade adds before it takes one away. */
  maxSurge: number;
}

/** A platform with every default filled in. */
export interface ResolvedPlatform {
  name: string;
  location: string;
  zones: string[];
  tier: AksTier;
  network: ResolvedNetwork;
  systemPool: ResolvedPool;
  postgresPools: ResolvedPool[];
  label: { key: string; value: string };
  drainTimeoutMinutes: number;
  soakMinutes: number;
  upgrades: {
    channel: UpgradeChannel;
    nodeOs: NodeOsChannel;
    day: string;
    start: string;
    hours: number;
    utcOffset: string;
  };
  login: { mode: LoginMode; clientId?: string; tenantId?: string; propagationTimeout: number };
  monitoring: { prometheus: boolean; diagnostics: boolean; logRetentionDays: number };
  protect: boolean;
  tags: Record<string, string>;
}

export function resolvePlatform(resource: string, args: AksPlatformArgs): ResolvedPlatform {
  const location = args.location ?? "";
  const zones = zonesOf(location, args.zones);
  const { upgrades = {}, login = {}, monitoring = {}, postgresPool = {} } = args;
  const window = upgrades.window ?? {};
  return {
    name: args.name ?? resource,
    location,
    zones,
    tier: args.tier ?? AksTier.Standard,
    network: resolveNetwork(args),
    systemPool: systemPool(args, zones),
    postgresPools: postgresPools(args, zones),
    label: { key: postgresPool.labelKey ?? "workload", value: postgresValue },
    drainTimeoutMinutes: postgresPool.drainTimeoutMinutes ?? 60,
    soakMinutes: postgresPool.soakMinutes ?? 5,
    upgrades: {
      channel: upgrades.channel ?? UpgradeChannel.Patch,
      nodeOs: upgrades.nodeOs ?? NodeOsChannel.NodeImage,
      day: window.day ?? "Sunday",
      start: window.start ?? "01:00",
      hours: window.hours ?? 6,
      utcOffset: window.utcOffset ?? "+00:00",
    },
    login: {
      mode: login.mode ?? LoginMode.AzureCli,
      clientId: login.clientId,
      tenantId: login.tenantId,
      propagationTimeout: login.propagationTimeout ?? 600,
    },
    monitoring: {
      prometheus: monitoring.prometheus ?? false,
      diagnostics: monitoring.diagnostics ?? true,
      logRetentionDays: monitoring.logRetentionDays ?? 30,
    },
    protect: args.protectCluster ?? true,
    tags: tagsOf("AksPlatform", args.tags),
  };
}

function resolveNetwork({ network = {} }: AksPlatformArgs): ResolvedNetwork {
  const ranges = { ...networkDefaults, ...withoutUndefined(network) };
  const services = parseCidr(ranges.serviceRange);
  return { ...ranges, dnsAddress: services === undefined ? "" : addressIn(services, 10) };
}

function withoutUndefined<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function systemPool({ systemPool: given = {} }: AksPlatformArgs, zones: string[]): ResolvedPool {
  return pool("system", given, { minCount: 3, maxCount: 6 }, zones, 1);
}

/** A zonal disk stays in its zone, and so must the node that replaces the one it was attached to. */
function postgresPools(args: AksPlatformArgs, zones: string[]): ResolvedPool[] {
  const { postgresPool, existing } = args;
  if (postgresPool === undefined && existing !== undefined) return [];
  const { name = "postgres", layout, ...given } = postgresPool ?? {};
  const counts = { minCount: 1, maxCount: 2 };
  if (zones.length > 0 && layout !== PoolLayout.Single)
    return zones.map(zone => pool(`${name}${zone}`, given, counts, [zone], 1));
  // A pool over zones gets as many new nodes as it has zones, so that each zone has one.
  const zoneCount = Math.max(1, zones.length);
  const { minCount, maxCount } = pool(name, given, counts, zones, 1);
  const all = { minCount: minCount * zoneCount, maxCount: maxCount * zoneCount };
  return [pool(name, { ...given, ...all }, all, zones, zoneCount)];
}

function pool(
  name: string,
  { vmSize, minCount, maxCount, osDiskSizeGb, maxPods }: NodePoolArgs,
  counts: { minCount: number; maxCount: number },
  zones: string[],
  maxSurge: number,
): ResolvedPool {
  const least = minCount ?? Math.min(counts.minCount, maxCount ?? counts.minCount);
  return {
    name,
    vmSize: vmSize ?? "Standard_D4s_v5",
    minCount: least,
    maxCount: maxCount ?? Math.max(least, counts.maxCount),
    zones,
    osDiskSizeGb,
    maxPods: maxPods ?? 110,
    maxSurge,
  };
}
