import { azureCloudOf } from "../azure-cloud";
import { type Availability, instanceCount, resolveAvailability } from "../availability/resolve";
import { PrimaryUpdateMethod, PrimaryUpdateStrategy, ServiceSelector } from "../cnpg/cluster";
import { pinnedVersions } from "../cnpg/versions";
import { jobsImage } from "../jobs/image";
import type { GenerationArgs, InitdbArgs, PostgresInstanceArgs, ResourceAmounts, StorageArgs } from "./args";
import { Exposure, InstanceSize, StopMethod, WaitFor } from "./args";
import type { ServerRecord } from "./compare";
import { generationImage, generationMajor } from "./image";
import { isHeld } from "../parameters/apply-mode";
import type { JudgedParameters } from "../parameters/judge";
import { type PoolerSurroundings, type ResolvedPooler, resolvePooler } from "../pooler/resolve";
import { connectionBudget } from "../pooler/size";
import { poolerName } from "../pooler/names";
import { copyOf, type ResolvedFollow, resolveFollow } from "../replica/follow";
import type { InitialCopy } from "../replica/follow-args";
import type { RestoreSource } from "../restore/source-args";
import { clusterName, type InstanceNames, instanceNames, serviceDnsNames } from "./names";
import { serverParameters, type ServerShape, sharedPreloadLibraries } from "./parameters";

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
  restoredFrom?: RestoreSource;
  /** It began as a copy of the instance that is followed. */
  copy?: InitialCopy;
  /** Name of its archive in the store. */
  archive: string;
  stop: StopMethod;
  /** Its server parameters, with the reason of each and the memory they need. */
  server: JudgedParameters;
}

/** An instance with every default filled in: what rendering starts from. */
export interface ResolvedInstance {
  name: string;
  namespace: string;
  names: InstanceNames;
  instances: number;
  limits: Required<ResourceAmounts>;
  requests: Required<ResourceAmounts>;
  database: string;
  owner: string;
  /** Name of the Secret that holds the owner's password. */
  passwordSecret: string;
  readyTimeout: number;
  waitFor: WaitFor;
  availability: Availability;
  enablePDB: boolean;
  requireTls: boolean;
  /** Only named clients may connect. */
  restricted: boolean;
  hibernated: boolean;
  /** Whom it follows or may follow. */
  follow?: ResolvedFollow;
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
  /** What a change of parameters depends on, for the comparison with the next update. */
  server: ServerRecord;
  /** Values that restart the servers wait for a time of their own. */
  held: boolean;
  /** PgBouncer in front of the active generation. */
  pooler?: ResolvedPooler;
}

/** Fills in the defaults. The arguments must have passed validation. */
export function resolveInstance(resource: string, args: PostgresInstanceArgs): ResolvedInstance {
  const name = args.name ?? resource;
  const namespace = args.namespace ?? "default";
  const names = instanceNames(name);
  const availability = resolveAvailability(args);
  const { instances } = availability;
  const { limits, requests } = resolveResources(args);
  const generations = resolveGenerations(name, args);
  const active = generations.find(g => g.active);
  if (active === undefined) throw new RangeError(`Instance ${name} has no active generation.`);
  const publicDnsName = publicName(args);
  const held = isHeld(args.parameterChanges ?? {});
  return {
    name,
    namespace,
    names,
    instances,
    limits,
    requests,
    database: args.database ?? "app",
    owner: args.owner ?? "app",
    passwordSecret: args.passwordSecret ?? names.ownerSecret,
    readyTimeout: args.readyTimeout ?? 300 + 120 * (instances - 1),
    waitFor: args.waitFor ?? WaitFor.Complete,
    availability,
    enablePDB: args.enablePDB ?? instances > 1,
    requireTls: args.requireTls ?? true,
    restricted: args.allowedClients !== undefined,
    hibernated: args.hibernated ?? false,
    follow: resolveFollow(name, args),
    keep: (args.keepData ?? true) && args.deletion === undefined,
    exposure: args.exposure?.type ?? Exposure.ClusterInternal,
    publicDnsName,
    dnsNames: certificateNames(names, namespace, publicDnsName, args.pooler?.readOnly === true),
    connectionCheck: (args.connectionCheck?.enabled ?? true) && !(args.hibernated ?? false),
    connectionCheckTimeout: args.connectionCheck?.timeout ?? 120,
    jobsImage: args.jobs?.image ?? jobsImage,
    jobsImagePullPolicy: args.jobs?.imagePullPolicy ?? "IfNotPresent",
    generations,
    active,
    server: serverRecord(args, availability, active, held),
    held,
    pooler: args.pooler && resolvePooler(args.pooler, poolerSurroundings(args, active)),
  };
}

/** What the pooler in front of a generation depends on. */
export function poolerSurroundings(
  args: PostgresInstanceArgs,
  { major, server }: Pick<ResolvedGeneration, "major"> & { server: Pick<JudgedParameters, "parameters"> },
): PoolerSurroundings {
  return {
    servers: instanceCount(args),
    budget: connectionBudget(major, server.parameters),
    requireTls: args.requireTls ?? true,
  };
}

function serverRecord(
  args: PostgresInstanceArgs,
  { instances, smartShutdownTimeout }: Availability,
  active: ResolvedGeneration,
  held: boolean,
): ServerRecord {
  return {
    major: active.major,
    parameters: active.server.parameters,
    sharedPreloadLibraries: sharedPreloadLibraries(args),
    instances,
    primaryUpdateMethod: args.primaryUpdateMethod ?? PrimaryUpdateMethod.Restart,
    primaryUpdateStrategy: args.primaryUpdateStrategy ?? PrimaryUpdateStrategy.Unsupervised,
    smartShutdownTimeout,
    image: active.image,
    memory: active.server.budget.limit,
    workload: args.profile?.workload,
    acceptMemoryRisk: args.acceptMemoryRisk ?? false,
    held,
  };
}

/** Whether an instance has Jobs of failovers and rehearsals, and what they leave. */
export function hasFailoverJobs(
  { instances }: Pick<ResolvedInstance, "instances">,
  { failover }: PostgresInstanceArgs,
): boolean {
  return instances > 1 || failover?.rehearsal !== undefined;
}

/** Name of the archive of a generation, also of one that is not there. */
export function archiveOf({ name, generations }: ResolvedInstance, number: string): string {
  return generations.find(({ generation }) => generation === number)?.archive ?? clusterName(name, number);
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

/** Limits and requests of the PostgreSQL container. */
export function resolveResources(args: Pick<PostgresInstanceArgs, "size" | "resources">): {
  limits: Required<ResourceAmounts>;
  requests: Required<ResourceAmounts>;
} {
  const preset = sizes[args.size ?? InstanceSize.Small] ?? sizes[InstanceSize.Small];
  const { cpu = preset.cpu, memory = preset.memory, requests } = args.resources ?? {};
  return {
    limits: { cpu, memory },
    requests: { cpu: requests?.cpu ?? cpu, memory: requests?.memory ?? memory },
  };
}

function resolveGenerations(name: string, args: PostgresInstanceArgs): ResolvedGeneration[] {
  const active = activeGeneration(args);
  const only = Object.keys(generationArgs(args)).length === 1;
  return Object.entries(generationArgs(args))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([generation, own]) => {
      const major = generationMajor(args, own) ?? pinnedVersions.postgresMajor;
      const { storage, walStorage } = resolveVolumes(args, own);
      return {
        generation,
        clusterName: clusterName(name, generation),
        active: generation === active,
        image: generationImage(args, own),
        major,
        storage,
        walStorage,
        initdb: own.initdb ?? args.initdb ?? {},
        restoredFrom: own.restoredFrom ?? (only ? args.restore : undefined),
        copy: copyOf(args, own),
        archive: own.archive ?? clusterName(name, generation),
        stop: own.stop ?? StopMethod.Hibernate,
        server: serverParameters(args, serverShape(args, own, major)),
      };
    });
}

/** What the server parameters of a generation depend on. */
export function serverShape(args: PostgresInstanceArgs, own: GenerationArgs, major: number): ServerShape {
  const { storage, walStorage } = resolveVolumes(args, own);
  return {
    major,
    instances: instanceCount(args),
    ...resolveResources(args),
    storage: storage.size,
    walStorage: walStorage?.size,
    walSegmentSize: (own.initdb ?? args.initdb)?.walSegmentSize,
  };
}

function resolveVolumes(
  args: PostgresInstanceArgs,
  own: GenerationArgs,
): { storage: ResolvedStorage; walStorage?: ResolvedStorage } {
  return {
    storage: resolveStorage(own.storage ?? args.storage),
    walStorage: optionalStorage(own.walStorage ?? args.walStorage),
  };
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
    : `${dnsLabel}.${region}.${azureCloudOf(region).publicAddressDomain}`;
}

function certificateNames(
  names: InstanceNames,
  namespace: string,
  publicDnsName: string | undefined,
  pooledReads: boolean,
): string[] {
  const services = [
    names.service,
    names.readOnlyService,
    names.anyService,
    names.externalService,
    poolerName(names.service),
    ...(pooledReads ? [poolerName(names.service, ServiceSelector.standbys)] : []),
  ];
  const inside = services.flatMap(service => serviceDnsNames(service, namespace));
  return publicDnsName === undefined ? inside : [...inside, publicDnsName];
}
