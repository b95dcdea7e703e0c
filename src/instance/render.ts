import { jdbcSettings, libpqSettings, query } from "../availability/client-settings";
import { availabilitySpec } from "../availability/render";
import { type ClusterSpec, PrimaryUpdateStrategy, type StorageConfiguration } from "../cnpg/cluster";
import {
  annotations as cnpg,
  Hibernation,
  inheritableLabels,
  instanceLabels,
  instanceMetadata as metadata,
  type InstanceObjectMetadata as Metadata,
  labels as cnpgLabels,
  ownAnnotations,
  ownLabels,
} from "../cnpg/metadata";
import { ClusterCondition } from "../cnpg/phases";
import type { KeySelector } from "../cnpg/object";
import { failoverNames } from "../failover/names";
import { resolvePolicy } from "../failover/policy";
import { watchMetricKey } from "../failover/watch-metric";
import { jobName } from "../jobs/job";
import { merge } from "../merge";
import type { PostgresInstanceArgs } from "./args";
import { poolerAccess } from "../pooler/access";
import { poolerData } from "../pooler/connection";
import { copySpec, followSpec, serverNames } from "../replica/render";
import { type RecoverySpec, recoverySpec } from "../restore/render";
import type { RestoreSource } from "../restore/source-args";
import { archivePlugins, backupSpec, recoveryStoreName, storeRollout, withStoreLabels } from "./archive";
import { rehearsalMetricKey } from "../rehearsal/names";
import { Spread, StopMethod, WaitFor } from "./args";
import { serviceHost } from "./names";
import { sharedPreloadLibraries } from "./parameters";
import {
  archiveOf,
  hasFailoverJobs,
  type ResolvedGeneration,
  type ResolvedInstance,
  type ResolvedStorage,
} from "./resolve";

export { metadata, type Metadata };

/** The port PostgreSQL listens on; CloudNativePG fixes it. */
export const port = 5432;

/** Key of the exporter's queries in the ConfigMap of the parameters' metric. */
export const parameterMetricKey = "queries";

/** The ConfigMap with CloudNativePG's own queries, which it copies into each namespace. */
const operatorQueries = "cnpg-default-monitoring";

/** Where the Jobs find the certificate of the authority. */
export const caDirectory = "/etc/postgres-ca";

/** Metadata of the Cluster of a generation, with what Pulumi and CloudNativePG are to do with it. */
export function clusterMetadata(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
): Metadata {
  const hibernated = isHibernated(instance, generation);
  const fenced = !generation.active && generation.stop === StopMethod.Fence;
  return metadata(instance, args, generation.clusterName, {
    labels: { [ownLabels.generation]: generation.generation },
    annotations: {
      ...(hibernated ? { [cnpg.hibernation]: Hibernation.on } : {}),
      ...(fenced ? { [cnpg.fencedInstances]: '["*"]' } : {}),
      ...storeRollout(args),
      ...watched(instance, args, generation),
      "pulumi.com/waitFor": fenced ? fencedTerm : waitForTerms(instance, args, generation, hibernated),
      // A foreground deletion of a Cluster makes the operator re-create what is being deleted.
      "pulumi.com/deletionPropagationPolicy": "background",
    },
  });
}

/** Written by the watch beside the operator. */
function watchQueries({ name, instances }: ResolvedInstance): KeySelector[] {
  return instances === 1 ? [] : [{ name: failoverNames(name).metric, key: watchMetricKey }];
}

/** The watch beside the operator looks at what has a policy. */
function watched(
  { instances }: ResolvedInstance,
  { failover }: PostgresInstanceArgs,
  { active }: ResolvedGeneration,
): Record<string, string> {
  if (!active || instances === 1) return {};
  return { [ownAnnotations.failoverPolicy]: JSON.stringify(resolvePolicy(failover)) };
}

// A fenced Cluster goes on calling itself ready; that no server of it reports its system identifier tells that all have stopped.
const fencedTerm = `condition=${ClusterCondition.consistentSystemID}=False`;

/** True when the generation is shut down with its volumes kept. */
export function isHibernated(instance: ResolvedInstance, generation: ResolvedGeneration): boolean {
  return generation.active ? instance.hibernated : generation.stop === StopMethod.Hibernate;
}

/**
 * What makes the Cluster count as ready. Values, not only conditions, because a Cluster has no
 * observedGeneration: right after an update its Ready condition may still speak of the old spec.
 */
function waitForTerms(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
  hibernated: boolean,
): string {
  if (hibernated) return "condition=cnpg.io/hibernation";
  // A supervised Cluster is not ready while it waits for a person; the settle Job knows the difference.
  const supervised = args.primaryUpdateStrategy === PrimaryUpdateStrategy.Supervised;
  if (supervised || instance.waitFor === WaitFor.Serving) return "jsonpath={.status.currentPrimary}";
  return JSON.stringify([
    "condition=Ready",
    `jsonpath={.status.readyInstances}=${instance.instances}`,
    `jsonpath={.status.image}=${generation.image}`,
  ]);
}

/** The specification of a generation's Cluster: only what the user or our defaults set. */
export function clusterSpec(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
): ClusterSpec {
  return {
    description: `Generation ${generation.generation} of the PostgreSQL instance ${instance.name}`,
    instances: instance.instances,
    imageName: generation.image,
    imagePullPolicy: args.imagePullPolicy,
    imagePullSecrets: args.imagePullSecrets?.map(name => ({ name })),
    inheritedMetadata: inheritedMetadata(instance, args, generation),
    storage: storageSpec(generation.storage),
    walStorage: generation.walStorage === undefined ? undefined : storageSpec(generation.walStorage),
    ...origin(instance, args, generation),
    postgresql: postgresql(instance, args, generation),
    resources: { limits: { ...instance.limits }, requests: { ...instance.requests } },
    serviceAccountName: instance.names.serviceAccount,
    certificates: {
      serverCASecret: instance.names.certificateAuthority,
      clientCASecret: instance.names.certificateAuthority,
      serverAltDNSNames: serverNames(instance),
    },
    monitoring: {
      customQueriesConfigMap: [
        // CloudNativePG would put its own in front, which would look like drift.
        { name: operatorQueries, key: parameterMetricKey },
        { name: instance.names.parametersMetric, key: parameterMetricKey },
        // Written by restore drills; CloudNativePG does without it until then.
        ...(args.backup === undefined ? [] : [{ name: instance.names.drillMetric, key: parameterMetricKey }]),
        ...(hasFailoverJobs(instance, args)
          ? [{ name: failoverNames(instance.name).metric, key: rehearsalMetricKey }]
          : []),
        ...watchQueries(instance),
      ],
    },
    enableSuperuserAccess: args.superuserAccess ?? false,
    enablePDB: instance.enablePDB,
    affinity: affinity(instance, args),
    topologySpreadConstraints: zoneSpread(instance, generation),
    podSelectorRefs: instance.pooler && [poolerAccess(instance, generation.clusterName).podSelectorRef],
    priorityClassName: args.scheduling?.priorityClassName,
    ...availabilitySpec(instance.availability, args.probes, instance.readyTimeout),
    primaryUpdateStrategy: args.primaryUpdateStrategy,
    primaryUpdateMethod: args.primaryUpdateMethod,
    plugins: archivePlugins(args, generation),
    backup: backupSpec(args),
  };
}

/** The Cluster of a generation, with the raw fields the user merges into it. */
export function clusterManifest(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
): { metadata: Metadata; spec: ClusterSpec } {
  const rendered = {
    metadata: clusterMetadata(instance, args, generation),
    spec: clusterSpec(instance, args, generation),
  };
  const { metadata: meta, spec } = merge(rendered, args.overrides?.cluster);
  const annotations = { ...meta.annotations, [ownAnnotations.rollout]: rolloutOf(spec) };
  return { metadata: { ...meta, annotations }, spec };
}

/** A text that changes whenever an update rolls the pods, and only then. */
export function rolloutOf(spec: ClusterSpec): string {
  const { imageName, imagePullSecrets, resources, affinity, topologySpreadConstraints } = spec;
  const { priorityClassName, probes, env, envFrom, postgresql, plugins } = spec;
  const rolls = {
    imageName,
    imagePullSecrets,
    resources,
    affinity,
    topologySpreadConstraints,
    priorityClassName,
    probes,
    env,
    envFrom,
    libraries: postgresql?.shared_preload_libraries,
    // The name of a store may not be known yet, and does not roll the pods by itself.
    plugins: plugins?.map(({ name }) => name),
  };
  return jobName("rollout", { operation: "", request: rolls, image: "" });
}

function inheritedMetadata(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
): ClusterSpec["inheritedMetadata"] {
  return {
    labels: withStoreLabels(
      args,
      inheritableLabels({ ...args.labels, ...instanceLabels(instance.name, generation.generation) }),
    ),
    annotations: args.annotations,
  };
}

function storageSpec(storage: ResolvedStorage): StorageConfiguration {
  return { size: storage.size, storageClass: storage.storageClass };
}

/** What the generation begins with. */
function origin(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
): Pick<ClusterSpec, "bootstrap" | "externalClusters" | "replica"> {
  const { database, owner } = instance;
  const secret = { name: instance.passwordSecret };
  const following = followSpec(instance, args);
  if (generation.restoredFrom !== undefined) {
    const { recovery, externalClusters = [] } = recoveryOf(instance, args, generation.restoredFrom);
    const known = [...externalClusters, ...(following.externalClusters ?? [])];
    return {
      bootstrap: { recovery: { ...recovery, database, owner, secret } },
      ...following,
      externalClusters: known.length > 0 ? known : undefined,
    };
  }
  const copied = copySpec(instance, generation);
  if (copied !== undefined) return { bootstrap: copied, ...following };
  const { encoding, dataChecksums, ...rest } = generation.initdb;
  const bootstrap = {
    initdb: {
      ...rest,
      database,
      owner,
      secret,
      encoding: encoding ?? "UTF8",
      dataChecksums: dataChecksums ?? true,
    },
  };
  return { bootstrap, ...following };
}

function recoveryOf(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  source: RestoreSource,
): RecoverySpec {
  const store = source.store ?? args.backup?.store;
  return recoverySpec(source, {
    archiveOf: generation => archiveOf(instance, generation),
    store: store === undefined ? undefined : recoveryStoreName(store),
  });
}

function postgresql(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
): ClusterSpec["postgresql"] {
  const libraries = sharedPreloadLibraries(args);
  const access = instance.pooler && poolerAccess(instance, generation.clusterName);
  const lines = [
    ...(access === undefined ? [] : [access.pgHba]),
    ...(args.pgHba ?? []),
    ...(instance.requireTls ? ["hostnossl all all all reject"] : []),
  ];
  return {
    synchronous: instance.availability.synchronous,
    parameters: generation.server.parameters,
    shared_preload_libraries: libraries.length > 0 ? libraries : undefined,
    pg_hba: lines.length > 0 ? lines : undefined,
    pg_ident: access && [access.pgIdent],
  };
}

function affinity(instance: ResolvedInstance, args: PostgresInstanceArgs): ClusterSpec["affinity"] {
  const { nodeSelector, tolerations } = args.scheduling ?? {};
  const { hostSpread } = instance.availability;
  return {
    enablePodAntiAffinity: hostSpread !== Spread.None,
    ...(hostSpread === Spread.None
      ? {}
      : { podAntiAffinityType: hostSpread, topologyKey: "kubernetes.io/hostname" }),
    nodeSelector,
    tolerations,
  };
}

function zoneSpread(
  instance: ResolvedInstance,
  generation: ResolvedGeneration,
): ClusterSpec["topologySpreadConstraints"] {
  const { zoneSpread: spread } = instance.availability;
  if (spread === Spread.None) return undefined;
  return [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: spread === Spread.Required ? "DoNotSchedule" : "ScheduleAnyway",
      labelSelector: { matchLabels: { [cnpgLabels.cluster]: generation.clusterName } },
    },
  ];
}

/**
 * What an application needs to connect, as keys of a Secret. Values are percent-encoded in the URLs. `uri` has nothing that only some
 * drivers understand: pgx and asyncpg send what they do not know to the server, which then refuses the login.
 */
export function connectionData(
  instance: ResolvedInstance,
  username: string,
  password: string,
): Record<string, string> {
  const host = serviceHost(instance.names.service, instance.namespace);
  const { database } = instance;
  const login = { username, password, database };
  const uri = connectionString({ host, ...login });
  const hostReadOnly = serviceHost(instance.names.readOnlyService, instance.namespace);
  return {
    host,
    "host-ro": hostReadOnly,
    port: String(port),
    database: instance.database,
    dbname: instance.database,
    username,
    user: username,
    password,
    uri,
    url: uri,
    "uri-ro": connectionString({ host: hostReadOnly, ...login }),
    "libpq-uri": `${uri}&${query(libpqSettings)}`,
    "jdbc-uri": jdbcString({ host, ...login }, jdbcSettings),
    ...poolerData(instance, pooler => ({
      uri: connectionString({ host: pooler, ...login }),
      "jdbc-uri": jdbcString({ host: pooler, ...login }),
    })),
    ...libpqSettings,
  };
}

function jdbcString(
  to: { host: string; username: string; password: string; database: string },
  settings: Readonly<Record<string, string>> = {},
): string {
  const { host, username: user, password, database } = to;
  const options = query({ user, password, sslmode: "require", ...settings });
  return `jdbc:postgresql://${host}:${port}/${encodeURIComponent(database)}?${options}`;
}

/** A libpq URL. With `hostaddr`, the address is connected to while `host` is the name the certificate must have. */
export function connectionString(to: {
  host: string;
  hostaddr?: string;
  username: string;
  password: string;
  database: string;
}): string {
  const encode = encodeURIComponent;
  const address = to.hostaddr === undefined ? "" : `&hostaddr=${encode(to.hostaddr)}`;
  return `postgresql://${encode(to.username)}:${encode(to.password)}@${to.host}:${port}/${encode(to.database)}?sslmode=require${address}`;
}
