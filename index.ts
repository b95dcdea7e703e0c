import * as core from "@pulumi/kubernetes/core/v1";
import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import {
  BackupSchedule,
  BackupStore,
  CnpgOperator,
  configurationWarnings,
  configuredInstance,
  type Feed,
  ParameterProfile,
  PostgresInstance,
  readConfiguration,
  Replica,
} from "./src";
import { PostgresExample } from "./examples/application/postgres-example";

const config = new pulumi.Config("pulumi-cnpg");
const configuration = readConfiguration({
  config: key => config.get(key),
  secretConfig: key => config.getSecret(key),
  environment: process.env,
});

for (const warning of configurationWarnings(configuration)) void pulumi.log.warn(warning);

const provider = new kubernetes.Provider("kubernetes", {
  // `az aks get-credentials` names the context after the cluster.
  context: configuration.kubernetesContext ?? configuration.aksClusterName,
  // A changed password is written into the Secret; without these the object would be replaced.
  enableSecretMutable: true,
  enableConfigMapMutable: true,
});

const operator = configuration.installOperator
  ? new CnpgOperator(
      "cnpg",
      {
        manifest: { operator: configuration.operatorManifest, plugin: configuration.pluginManifest },
        plugin: { enabled: configuration.installBarmanPlugin },
        jobs: { image: configuration.jobsImage },
      },
      { provider },
    )
  : undefined;

/** What everything else in the stack waits for. */
const coreServices = operator === undefined ? [] : [operator];

const instanceArgs = configuredInstance(configuration);

/** What the server parameters depend on, for the profile that is published and for a replica. */
const { version, instances, size, resources, storage, profile: work } = instanceArgs;
const server = { version, instances, size, resources, storage };

/** Store and instance both live in it, so it belongs to neither. */
const namespaces =
  configuration.namespace === "default"
    ? []
    : [
        new core.Namespace(
          "namespace",
          { metadata: { name: configuration.namespace } },
          {
            provider,
            retainOnDelete: configuration.keepData,
            // In stacks of before it belonged to the instance.
            aliases: [
              {
                name: "postgres-namespace",
                parent: pulumi.createUrn("postgres", "pulumi-cnpg:index:PostgresInstance"),
              },
            ],
          },
        ),
      ];

const { backupDestination, backupConnectionString } = configuration;

/** Where the instance archives, when a store is configured. */
const store =
  backupDestination === undefined || backupConnectionString === undefined
    ? undefined
    : new BackupStore(
        "backups",
        {
          namespace: configuration.namespace,
          azure: {
            destination: backupDestination,
            credentials: { connectionString: backupConnectionString },
          },
          recoveryWindowDays: configuration.backupRetentionDays,
          // Small instances are checkpointed in no time, and a first backup is then there in seconds.
          immediateCheckpoint: true,
          keepData: configuration.keepData,
        },
        { provider, dependsOn: [...coreServices, ...namespaces] },
      );

const { replica: replicaName, replicaPrimary } = configuration;

const instance = new PostgresInstance(
  "postgres",
  { ...instanceArgs, backup: store && { store: store.reference } },
  { provider, dependsOn: [...coreServices, ...namespaces] },
);

const replica =
  replicaName === undefined
    ? undefined
    : new Replica(
        "replica",
        {
          source: instance.reference,
          name: replicaName,
          namespace: configuration.namespace,
          size: server.size,
          resources: server.resources,
          storage: server.storage,
          feed: configuration.replicaFeed as Feed | undefined,
          availabilityZone: configuration.replicaZone,
          primary: replicaPrimary,
          instance: {
            version: server.version,
            profile: work,
            extensions: configuration.extensions,
            jobs: { image: configuration.jobsImage },
          },
        },
        // Not on the instance: when the roles are exchanged back, the instance waits for the replica.
        { provider, dependsOn: [...coreServices, ...namespaces] },
      );

/** An HTTP service that keeps notes in a database of its own inside the instance. */
const example = configuration.exampleApplication
  ? new PostgresExample(
      "postgres-example",
      {
        namespace: configuration.namespace,
        image: configuration.jobsImage,
        database: {
          instance: instance.reference,
          // What is only an example is not in the way of the data of others.
          ...(configuration.keepData
            ? {}
            : { deletion: { confirm: "postgres_example", finalBackup: false } }),
        },
      },
      { provider, dependsOn: [...coreServices, ...namespaces] },
    )
  : undefined;

const { backupNfsPath } = configuration;

const schedule =
  store === undefined && backupNfsPath === undefined
    ? undefined
    : new BackupSchedule(
        "schedule",
        {
          instance: instance.reference,
          // Without a store there are the dumps alone.
          schedules: store === undefined ? {} : undefined,
          dumps: backupNfsPath === undefined ? undefined : { daily: { volume: {} } },
          // The provisioner of NFS shares puts the volume at this path of the share.
          overrides:
            backupNfsPath === undefined
              ? undefined
              : { volumeClaim: { metadata: { annotations: { "nfs.io/storage-path": backupNfsPath } } } },
        },
        { provider, dependsOn: instance },
      );

const profile = new ParameterProfile(
  "profile",
  { ...server, ...work, name: `${configuration.instanceName}-profile`, namespace: configuration.namespace },
  { provider, dependsOn: instance },
);

export const instanceName = instance.instanceName;
export const namespace = instance.namespace;
export const connectionSecret = instance.connectionSecret;
export const serviceName = instance.serviceName;
export const host = instance.host;
export const hostReadOnly = instance.hostReadOnly;
export const hostPooler = instance.hostPooler;
export const hostReplica = replica?.host;
export const exampleService = example?.host;
export const port = instance.port;
export const connectionString = instance.connectionString;
export const serverVersion = instance.serverVersion;
export const state = instance.state;
export const health = instance.health;
export const reference = instance.reference;
export const parameters = instance.parameters;
export const memoryBudget = instance.memoryBudget;
export const availability = instance.availability;
export const sheet = instance.sheet;
export const changePlan = instance.changePlan.apply(plan => plan ?? "no parameter changed");
export const profileConfigMap = profile.configMap;
export const backupSchedules = schedule?.schedules;
export const backupRetention = schedule?.retention;
