import { pinnedVersions } from "../cnpg/versions";
import { jobsImage } from "../jobs/image";
import type { GenerationArgs, InitdbArgs, PostgresInstanceArgs, ResourceAmounts, StorageArgs } from "./args";
import { Exposure, InstanceSize, Spread, StopMethod, WaitFor } from "./args";
import { generationImage, generationMajor } from "./image";
import { clusterName, type InstanceNames, instanceNames, serviceDnsNames } from "./names";

/** CPU and memory of each preset. */
export const sizes: Record<InstanceSize, Required<ResourceAmounts>> = {
  [InstanceSize.Micro]: { cpu: "500m", memory: "512Mi" },
  [InstanceSize.Small]: { cpu: "1", memory: "2Gi" },
  [InstanceSize.Medium]: { cpu: "2", memory: "8Gi" },
  [InstanceSize.Large]: { cpu: "4", memory: "16Gi" },
};

export const defaultStorageSize = "10Gi";

/** A volume with its size decided. */
export interface ResolvedStorage {
  size: string;
  storageClass?: string;
}

/** One generation with every default filled in. */
export interface ResolvedGeneration {
  generation: string;
  clusterName: string;
  active: boolean;
  image: string;
  /** Major version of PostgreSQL. */
  major: number;
  storage: ResolvedStorage;
  walStorage?: ResolvedStorage;
  initdb: InitdbArgs;
  restoredFrom?: string;
  stop: StopMethod;
}

/** An instance with every default filled in: what rendering starts from. */
export interface ResolvedInstance {
  name: string;
  namespace: string;
  names: InstanceNames;
  instances: number;
  limits: ResourceAmounts;
  requests: ResourceAmounts;
  database: string;
  owner: string;
  /** Name of the Secret that holds the owner's password. */
  passwordSecret: string;
  readyTimeout: number;
  waitFor: WaitFor;
  zoneSpread: Spread;
  hostSpread: Spread;
  enablePDB: boolean;
  requireTls: boolean;
  hibernated: boolean;
  /** What holds data outlives the component. */
  keep: boolean;
  exposure: Exposure;
  /** Public DNS name, when there is one. */
  publicDnsName?: string;
  /** Every DNS name in the server certificate. */
  dnsNames: string[];
  connectionCheck: boolean;
  connectionCheckTimeout: number;
  jobsImage: string;
  jobsImagePullPolicy: string;
  generations: ResolvedGeneration[];
  active: ResolvedGeneration;
}

/** Fills in the defaults. The arguments must have passed validation. */
export function resolveInstance(resource: string, args: PostgresInstanceArgs): ResolvedInstance {
  const name = args.name ?? resource;
  const namespace = args.namespace ?? "default";
  const names = instanceNames(name);
  const instances = args.instances ?? 1;
  const preset = sizes[args.size ?? InstanceSize.Small];
  const limits = { cpu: args.resources?.cpu ?? preset.cpu, memory: args.resources?.memory ?? preset.memory };
  const spread = instances > 1 ? Spread.Preferred : Spread.None;
  const generations = resolveGenerations(name, args);
  const active = generations.find(g => g.active);
  if (active === undefined) throw new RangeError(`Instance ${name} has no active generation.`);
  const publicDnsName = publicName(args);
  return {
    name,
    namespace,
    names,
    instances,
    limits,
    requests: { ...limits, ...args.resources?.requests },
    database: args.database ?? "app",
    owner: args.owner ?? "app",
    passwordSecret: args.passwordSecret ?? names.ownerSecret,
    readyTimeout: args.readyTimeout ?? 300 + 120 * (instances - 1),
    waitFor: args.waitFor ?? WaitFor.Complete,
    zoneSpread: args.scheduling?.zoneSpread ?? spread,
    hostSpread: args.scheduling?.hostSpread ?? spread,
    enablePDB: args.enablePDB ?? instances > 1,
    requireTls: args.requireTls ?? true,
    hibernated: args.hibernated ?? false,
    keep: (args.keepData ?? true) && args.deletion === undefined,
    exposure: args.exposure?.type ?? Exposure.ClusterInternal,
    publicDnsName,
    dnsNames: certificateNames(names, namespace, publicDnsName),
    connectionCheck: (args.connectionCheck?.enabled ?? true) && !(args.hibernated ?? false),
    connectionCheckTimeout: args.connectionCheck?.timeout ?? 120,
    jobsImage: args.jobs?.image ?? jobsImage,
    jobsImagePullPolicy: args.jobs?.imagePullPolicy ?? "IfNotPresent",
    generations,
    active,
  };
}

/** The generations as given, or the single one nobody has to know of. */
export function generationArgs(args: PostgresInstanceArgs): Record<string, GenerationArgs> {
  return args.generations ?? { "1": {} };
}

/** The active generation as given, or the only one; undefined when it must be named. */
export function activeGeneration(args: PostgresInstanceArgs): string | undefined {
  const numbers = Object.keys(generationArgs(args));
  return args.activeGeneration ?? (numbers.length === 1 ? numbers[0] : undefined);
}

function resolveGenerations(name: string, args: PostgresInstanceArgs): ResolvedGeneration[] {
  const active = activeGeneration(args);
  return Object.entries(generationArgs(args))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([generation, own]) => {
      return {
        generation,
        clusterName: clusterName(name, generation),
        active: generation === active,
        image: generationImage(args, own),
        major: generationMajor(args, own) ?? pinnedVersions.postgresMajor,
        storage: resolveStorage(own.storage ?? args.storage),
        walStorage: optionalStorage(own.walStorage ?? args.walStorage),
        initdb: own.initdb ?? args.initdb ?? {},
        restoredFrom: own.restoredFrom?.backup,
        stop: own.stop ?? StopMethod.Hibernate,
      };
    });
}

function resolveStorage(storage: StorageArgs | undefined): ResolvedStorage {
  return { size: storage?.size ?? defaultStorageSize, storageClass: storage?.storageClass };
}

function optionalStorage(storage: StorageArgs | undefined): ResolvedStorage | undefined {
  return storage === undefined ? undefined : resolveStorage(storage);
}

function publicName(args: PostgresInstanceArgs): string | undefined {
  const { dnsLabel, region } = args.exposure ?? {};
  return dnsLabel === undefined || region === undefined
    ? undefined
    : `${dnsLabel}.${region}.cloudapp.azure.com`;
}

function certificateNames(
  names: InstanceNames,
  namespace: string,
  publicDnsName: string | undefined,
): string[] {
  const services = [
    names.service,
    names.readOnlyService,
    names.anyService,
    names.externalService,
    `${names.service}-pooler`,
  ];
  const inside = services.flatMap(service => serviceDnsNames(service, namespace));
  return publicDnsName === undefined ? inside : [...inside, publicDnsName];
}
