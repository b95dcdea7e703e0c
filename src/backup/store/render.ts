import type * as pulumi from "@pulumi/pulumi";
import { appLabels, labels as cnpgLabels, managedBy } from "../../cnpg/metadata";
import type { ObjectStoreSpec } from "../../cnpg/object-store";
import type { ResourceRequirements } from "../../cnpg/pod";
import { merge } from "../../merge";
import { compareQuantities } from "../../quantity";
import { defaultRecoveryWindowDays } from "../retention-policy";
import { type BackupStoreArgs, DataCompression, type StoreSidecarArgs, WalCompression } from "./args";
import { credentialsOf, type StoreCredentials } from "./credentials";
import { destinationOf } from "./destination";

/** Metadata and content of an object in Kubernetes. */
export interface StoreManifest {
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** A store with every default filled in, as it is sent. */
export interface RenderedStore {
  name: string;
  restoreName: string;
  namespace: string;
  destination: pulumi.Input<string>;
  recoveryWindowDays: number;
  credentials: StoreCredentials;
  /** Names of the Secrets that are read, with the certificate authority's. */
  secrets: string[];
  /** What the container that archives gets, before `overrides`. */
  sidecar: ResourceRequirements;
  /** The store that instances archive to. */
  archive: StoreManifest;
  /** The same place with more memory, for recoveries: the plugin takes the container's memory from the store that is read. */
  restore: StoreManifest;
  /** Values of credentials, when there are any. */
  secret?: StoreManifest & { stringData: Record<string, pulumi.Input<string>> };
}

/** What the arguments come to. They must have passed validation. */
export function renderStore(resource: string, args: BackupStoreArgs): RenderedStore {
  const name = args.name ?? resource;
  const namespace = args.namespace ?? "default";
  const names = { restore: `${name}-restore`, secret: `${name}-credentials` };
  const credentials = credentialsOf(args, names.secret);
  const destination = destinationOf(args);
  const recoveryWindowDays = args.recoveryWindowDays ?? defaultRecoveryWindowDays;
  const spec = (memory: string): ObjectStoreSpec => ({
    configuration: configuration(args, destination, credentials),
    instanceSidecarConfiguration: sidecar(args, memory, credentials.env),
  });
  const store = (storeName: string, content: ObjectStoreSpec): StoreManifest =>
    merge({ metadata: metadata(args, storeName, namespace), spec: content }, args.overrides?.objectStore);
  const ca = args.endpointCA?.secret;
  return {
    name,
    restoreName: names.restore,
    namespace,
    destination,
    recoveryWindowDays,
    sidecar: sidecarResources(args.sidecar),
    credentials,
    secrets: [...new Set([...credentials.secrets, ...(ca === undefined ? [] : [ca])])].sort(),
    archive: store(name, { ...spec(sidecarMemory(args)), retentionPolicy: `${recoveryWindowDays}d` }),
    restore: store(names.restore, spec(restoreMemory(args))),
    ...(Object.keys(credentials.data).length === 0
      ? {}
      : { secret: secretManifest(args, names.secret, namespace, credentials.data) }),
  };
}

function metadata(args: BackupStoreArgs, name: string, namespace: string): StoreManifest["metadata"] {
  const { annotations = {} } = args;
  return {
    name,
    namespace,
    labels: { ...args.labels, [appLabels.managedBy]: managedBy },
    // An empty map would differ from what the API server keeps, at every update.
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

function secretManifest(
  args: BackupStoreArgs,
  name: string,
  namespace: string,
  stringData: StoreCredentials["data"],
): NonNullable<RenderedStore["secret"]> {
  const own = metadata(args, name, namespace);
  const labels = { ...own.labels, [cnpgLabels.reload]: "true" };
  return merge({ metadata: { ...own, labels }, type: "Opaque", stringData }, args.overrides?.secret);
}

function configuration(
  args: BackupStoreArgs,
  destination: pulumi.Input<string>,
  credentials: StoreCredentials,
): ObjectStoreSpec["configuration"] {
  const { compression = {}, s3, endpointCA, tags, immediateCheckpoint } = args;
  const { data = DataCompression.Lz4, wal = WalCompression.Zstd } = compression;
  const { data: jobs, wal: maxParallel } = uploads(args);
  const more = encryptionArgs(args);
  return {
    // A leaf of the manifest, which takes what is not known yet.
    destinationPath: destination as string,
    endpointURL: s3?.endpoint as string | undefined,
    endpointCA: endpointCA && { name: endpointCA.secret, key: endpointCA.key },
    ...credentials.configuration,
    data: {
      compression: data === DataCompression.None ? undefined : data,
      encryption: s3?.encryption,
      jobs,
      immediateCheckpoint,
      additionalCommandArgs: more,
    },
    wal: {
      compression: wal === WalCompression.None ? undefined : wal,
      encryption: s3?.encryption,
      maxParallel,
      archiveAdditionalCommandArgs: withTimeout(more, s3?.walTimeoutSeconds),
    },
    tags,
  };
}

/** Options of Barman for which the ObjectStore has no field. */
function encryptionArgs({ azure, s3, google }: BackupStoreArgs): string[] | undefined {
  if (azure?.encryptionScope !== undefined) return [`--encryption-scope=${azure.encryptionScope}`];
  if (s3?.kmsKeyId !== undefined) return [`--sse-kms-key-id=${s3.kmsKeyId}`];
  return google?.kmsKeyName === undefined ? undefined : [`--kms-key-name=${google.kmsKeyName}`];
}

/** Of WAL only: an object of it is small, and no transfer of a base backup is ended by it. */
function withTimeout(more: string[] | undefined, seconds: number | undefined): string[] | undefined {
  return seconds === undefined ? more : [...(more ?? []), `--read-timeout=${seconds}`];
}

/** What the plugin puts into the pods of instances: a change of it restarts them. */
export function restartsOf({ archive }: RenderedStore): Record<string, unknown> {
  const { instanceSidecarConfiguration, configuration: place } = archive.spec as ObjectStoreSpec;
  const { env, resources, logLevel, additionalContainerArgs } = instanceSidecarConfiguration ?? {};
  return { env, resources, logLevel, additionalContainerArgs, endpointCA: place.endpointCA };
}

/** How many uploads there are at once. */
export function uploads({ parallelism }: BackupStoreArgs): { data: number; wal: number } {
  return { data: parallelism?.data ?? 2, wal: parallelism?.wal ?? 4 };
}

/** Memory of the archiving container. */
export function sidecarMemory({ sidecar }: BackupStoreArgs): string {
  return sidecar?.memory ?? defaultMemory;
}

const defaultMemory = "512Mi";

/** CPU and memory of the archiving container. */
export function sidecarResources(
  { cpu = "100m", cpuLimit, memory: given = defaultMemory }: StoreSidecarArgs = {},
  memory = given,
): ResourceRequirements {
  return {
    requests: { cpu, memory },
    limits: { ...(cpuLimit === undefined ? {} : { cpu: cpuLimit }), memory },
  };
}

function restoreMemory(args: BackupStoreArgs): string {
  if (args.sidecar?.restoreMemory !== undefined) return args.sidecar.restoreMemory;
  const memory = sidecarMemory(args);
  return compareQuantities(memory, "1Gi") > 0 ? memory : "1Gi";
}

function sidecar(
  { sidecar: given = {} }: BackupStoreArgs,
  memory: string,
  env: StoreCredentials["env"],
): ObjectStoreSpec["instanceSidecarConfiguration"] {
  const variables = Object.entries(env).map(([name, value]) => ({ name, value: value as string }));
  return {
    env: variables.length > 0 ? variables : undefined,
    resources: sidecarResources(given, memory),
    logLevel: given.logLevel,
    retentionPolicyIntervalSeconds: given.retentionIntervalSeconds,
  };
}
