import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentProblem } from "../argument-error";
import { isRecord } from "../backup/record";
import type { GenerationArgs } from "../instance/args";
import { isPositiveQuantity } from "../quantity";
import { refuse } from "../report";
import type { SheetArgs } from "../sheet/args";

/** Configuration of the reference stack and of programs that take the same keys. */
export interface Configuration {
  /** Name of the instance. */
  instanceName: string;
  /** Namespace of the instance. */
  namespace: string;
  /** PostgreSQL version. */
  postgresVersion: string;
  /** How much loss and how long an interruption the instance may have. */
  availability?: string;
  /** Number of instances; that of the availability class when absent. */
  instances?: number;
  /** Preset of CPU and memory. */
  size: string;
  /** CPU of each pod, where the preset does not fit. */
  cpu?: string;
  /** Memory of each pod, where the preset does not fit. */
  memory?: string;
  /** Kind of work the server parameters are derived from. */
  profile: string;
  /** Server parameters in place of the profile's. */
  parameters: Record<string, string>;
  /** Size of the data volume. */
  storageSize: string;
  /** Storage class; the cluster's default when absent. */
  storageClass?: string;
  /** Extensions of the application database. */
  extensions: string[];
  /** Password of the owner; random when absent. */
  password?: pulumi.Input<string>;
  /** PgBouncer in front of the instance. */
  pooler: boolean;
  /** Deploy the example application, with a database in the instance. */
  exampleApplication: boolean;
  /** Name of a replica of the instance; none when absent. */
  replica?: string;
  /** By which way changes reach the replica. */
  replicaFeed?: string;
  /** Zone the replica runs in; any when absent. */
  replicaZone?: string;
  /** Which of instance and replica takes writes; when absent the instance, and the two cannot exchange their roles. */
  replicaPrimary?: string;
  /** Generations of the instance by number; one when absent. */
  generations?: Record<string, GenerationArgs>;
  /** The generation that serves clients. */
  activeGeneration?: string;
  /** Name of the instance, repeated when it is to serve a moment of the past. */
  confirmDestructive?: string;
  /** What the service sheet of the instance reckons with, and its limits; assumptions and no limits when absent. */
  sheet?: SheetArgs;
  /** Keep the data when the stack is destroyed. */
  keepData: boolean;
  /** Days back from now in which every moment can be restored. */
  backupRetentionDays: number;
  /** Where backups and WAL go: the URL of a container in Azure Blob Storage, perhaps with a folder. */
  backupDestination?: string;
  /** Connection string of the storage account of {@link backupDestination}. */
  backupConnectionString?: pulumi.Input<string>;
  /** Path of the share for logical dumps. */
  backupNfsPath?: string;
  /** Name of the AKS cluster; its kubeconfig context carries the same name. */
  aksClusterName?: string;
  /** Resource group of the AKS cluster. */
  aksResourceGroup?: string;
  /** Context of the kubeconfig; the current one when absent. */
  kubernetesContext?: string;
  /** Install the operator; false where the cluster has one. */
  installOperator: boolean;
  /** Install the Barman Cloud plugin with the operator. */
  installBarmanPlugin: boolean;
  /** File or URL of the operator's manifest; the pinned release when absent. */
  operatorManifest?: string;
  /** File or URL of the plugin's manifest; the pinned release when absent. */
  pluginManifest?: string;
  /** Image of the Jobs; the one of this package's version when absent. */
  jobsImage?: string;
}

/** Where one value may come from, and how its text is read. */
export interface ConfigurationKey {
  /** Member of {@link Configuration}. */
  member: keyof Configuration;
  /** Key in the stack's configuration, without the project. */
  key: string;
  /** Environment variable. */
  environment?: string;
  /** Text that stands where nothing is given. */
  fallback?: string;
  /** What it is, in one line. */
  meaning: string;
  /** Reads the text; throws a sentence when it is malformed. */
  read?: (text: string) => unknown;
  /** A secret is never read, only handed on. */
  secret?: boolean;
}

function wholeNumber(least: number): (text: string) => number {
  return text => {
    if (!/^\d+$/.test(text) || Number(text) < least)
      throw new RangeError(`is not a whole number of at least ${least}.`);
    return Number(text);
  };
}

function truth(text: string): boolean {
  if (text !== "true" && text !== "false") throw new RangeError("is neither true nor false.");
  return text === "true";
}

function quantity(text: string): string {
  if (!isPositiveQuantity(text)) throw new RangeError('is not a quantity such as "10Gi".');
  return text;
}

function names(text: string): string[] {
  return text
    .split(",")
    .map(name => name.trim())
    .filter(name => name !== "");
}

function parameterMap(text: string): Record<string, string> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loading it takes longer than the rest of this package
  const { parse } = require("yaml") as typeof import("yaml");
  let map: unknown;
  try {
    // Every value is text, so that `on` and `1e3` stay as they are written.
    map = parse(text, { schema: "failsafe" });
  } catch {
    map = undefined;
  }
  const isMap = typeof map === "object" && map !== null && !Array.isArray(map);
  if (!isMap || !Object.values(map as object).every(value => typeof value === "string")) {
    throw new RangeError("is not a map such as {work_mem: 16MB, max_connections: 200}.");
  }
  return map as Record<string, string>;
}

/** Only its form: PostgresInstance judges what it says. */
function generationMap(text: string): Record<string, GenerationArgs> {
  const map = yamlOf(text);
  if (!isRecord(map) || !Object.values(map).every(value => value === null || isRecord(value))) {
    throw new RangeError('is not a map such as {"1": {}, "2": {storage: {size: 20Gi}}}.');
  }
  const entries = Object.entries(map as Record<string, GenerationArgs | null>);
  return Object.fromEntries(entries.map(([number, own]) => [number, own ?? {}]));
}

/** Only its form, too. */
function sheetMap(text: string): SheetArgs {
  const map = yamlOf(text);
  if (!isRecord(map)) throw new RangeError("is not a map such as {limits: {maxMemory: 16Gi}}.");
  return map;
}

/** What YAML or JSON says; undefined where it is neither. */
function yamlOf(text: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loading it takes longer than the rest of this package
  const { parse } = require("yaml") as typeof import("yaml");
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function absolutePath(text: string): string {
  if (!text.startsWith("/")) throw new RangeError("is not an absolute path.");
  return text;
}

/** Every key. The order is that of the documentation. */
export const configurationKeys: ConfigurationKey[] = [
  {
    member: "instanceName",
    key: "instance_name",
    environment: "INSTANCE_NAME",
    fallback: "postgres",
    meaning: "name of the instance",
  },
  {
    member: "namespace",
    key: "namespace",
    environment: "AKS_NAMESPACE",
    fallback: "toygres",
    meaning: "namespace of the instance",
  },
  {
    member: "postgresVersion",
    key: "postgres_version",
    environment: "POSTGRES_VERSION",
    fallback: "18",
    meaning: "PostgreSQL version",
  },
  {
    member: "availability",
    key: "postgres_availability",
    environment: "POSTGRES_AVAILABILITY",
    meaning: "class of availability: single, standard, high, zero-loss",
  },
  {
    member: "instances",
    key: "postgres_instances",
    environment: "POSTGRES_INSTANCES",
    meaning: "number of instances; that of the class, else 1",
    read: wholeNumber(1),
  },
  {
    member: "size",
    key: "postgres_size",
    environment: "POSTGRES_SIZE",
    fallback: "small",
    meaning: "preset of CPU and memory: micro, small, medium, large",
  },
  {
    member: "cpu",
    key: "postgres_cpu",
    environment: "POSTGRES_CPU",
    meaning: "CPU of each pod",
    read: quantity,
  },
  {
    member: "memory",
    key: "postgres_memory",
    environment: "POSTGRES_MEMORY",
    meaning: "memory of each pod",
    read: quantity,
  },
  {
    member: "profile",
    key: "postgres_profile",
    environment: "POSTGRES_PROFILE",
    fallback: "generalPurpose",
    meaning: "kind of work: oltp, analytics, generalPurpose, mixed, development, custom",
  },
  {
    member: "parameters",
    key: "postgres_parameters",
    environment: "POSTGRES_PARAMETERS",
    fallback: "{}",
    meaning: "server parameters in place of the profile's, as a YAML or JSON map",
    read: parameterMap,
  },
  {
    member: "storageSize",
    key: "postgres_default_storage_size",
    environment: "POSTGRES_STORAGE_SIZE",
    fallback: "10Gi",
    meaning: "size of the data volume",
    read: quantity,
  },
  {
    member: "storageClass",
    key: "postgres_storage_class",
    environment: "POSTGRES_STORAGE_CLASS",
    meaning: "storage class",
  },
  {
    member: "extensions",
    key: "postgres_extensions",
    environment: "POSTGRES_EXTENSIONS",
    fallback: "",
    meaning: "extensions, separated by commas",
    read: names,
  },
  {
    member: "password",
    key: "postgres_password",
    environment: "POSTGRES_PASSWORD",
    meaning: "password of the owner",
    secret: true,
  },
  {
    member: "pooler",
    key: "postgres_pooler",
    environment: "POSTGRES_POOLER",
    fallback: "false",
    meaning: "PgBouncer in front of the instance",
    read: truth,
  },
  {
    member: "replica",
    key: "postgres_replica",
    environment: "POSTGRES_REPLICA",
    meaning: "name of a replica of the instance, in the same namespace",
  },
  {
    member: "replicaFeed",
    key: "postgres_replica_feed",
    environment: "POSTGRES_REPLICA_FEED",
    meaning: "how changes reach the replica: streaming, archive, both",
  },
  {
    member: "replicaZone",
    key: "postgres_replica_zone",
    environment: "POSTGRES_REPLICA_ZONE",
    meaning: "zone the replica runs in",
  },
  {
    member: "replicaPrimary",
    key: "postgres_replica_primary",
    environment: "POSTGRES_REPLICA_PRIMARY",
    meaning: "name of the one that takes writes; a change exchanges the roles",
  },
  {
    member: "generations",
    key: "postgres_generations",
    environment: "POSTGRES_GENERATIONS",
    meaning: "generations by number, as a YAML or JSON map",
    read: generationMap,
  },
  {
    member: "activeGeneration",
    key: "postgres_active_generation",
    environment: "POSTGRES_ACTIVE_GENERATION",
    meaning: "the generation that serves clients",
  },
  {
    member: "confirmDestructive",
    key: "confirm_destructive",
    environment: "CONFIRM_DESTRUCTIVE",
    meaning: "name of the instance, repeated for a restore into it",
  },
  {
    member: "exampleApplication",
    key: "example_application",
    environment: "EXAMPLE_APPLICATION",
    fallback: "false",
    meaning: "deploy the example application, with a database of its own in the instance",
    read: truth,
  },
  {
    member: "sheet",
    key: "service_sheet",
    environment: "SERVICE_SHEET",
    meaning: "data, prices and limits of the service sheet, as a YAML or JSON map",
    read: sheetMap,
  },
  {
    member: "keepData",
    key: "keep_data",
    environment: "KEEP_DATA",
    fallback: "true",
    meaning: "keep the data when the stack is destroyed",
    read: truth,
  },
  {
    member: "backupRetentionDays",
    key: "postgres_backup_retention_days",
    environment: "POSTGRES_BACKUP_RETENTION_DAYS",
    fallback: "7",
    meaning: "days back from now in which every moment can be restored",
    read: wholeNumber(1),
  },
  {
    member: "backupDestination",
    key: "backup_destination",
    environment: "BACKUP_DESTINATION",
    meaning: "URL of the container for backups and WAL, perhaps with a folder",
  },
  {
    member: "backupConnectionString",
    key: "backup_connection_string",
    environment: "BACKUP_CONNECTION_STRING",
    meaning: "connection string of the storage account for backups",
    secret: true,
  },
  {
    member: "backupNfsPath",
    key: "postgres_backup_nfs_path",
    environment: "POSTGRES_BACKUP_NFS_PATH",
    meaning: "path of the share for logical dumps",
    read: absolutePath,
  },
  {
    member: "aksClusterName",
    key: "aks_cluster_name",
    environment: "AKS_CLUSTER_NAME",
    meaning: "name of the AKS cluster",
  },
  {
    member: "aksResourceGroup",
    key: "aks_resource_group",
    environment: "AKS_RESOURCE_GROUP",
    meaning: "resource group of the AKS cluster",
  },
  {
    member: "kubernetesContext",
    key: "kubernetes_context",
    environment: "KUBERNETES_CONTEXT",
    meaning: "context of the kubeconfig",
  },
  {
    member: "installOperator",
    key: "install_operator",
    environment: "INSTALL_OPERATOR",
    fallback: "true",
    meaning: "install the operator",
    read: truth,
  },
  {
    member: "installBarmanPlugin",
    key: "install_barman_plugin",
    environment: "INSTALL_BARMAN_PLUGIN",
    fallback: "true",
    meaning: "install the Barman Cloud plugin",
    read: truth,
  },
  {
    member: "operatorManifest",
    key: "operator_manifest",
    environment: "CNPG_OPERATOR_MANIFEST",
    meaning: "file or URL of the operator's manifest",
  },
  {
    member: "pluginManifest",
    key: "plugin_manifest",
    environment: "CNPG_PLUGIN_MANIFEST",
    meaning: "file or URL of the plugin's manifest",
  },
  { member: "jobsImage", key: "jobs_image", environment: "CNPG_JOBS_IMAGE", meaning: "image of the Jobs" },
];

/** Where {@link readConfiguration} looks, in this order. */
export interface ConfigurationSources {
  /** Values of the program. */
  args?: Partial<Configuration>;
  /** The stack's configuration, key by key. */
  config?: (key: string) => string | undefined;
  /** Secrets of the stack's configuration, key by key. */
  secretConfig?: (key: string) => pulumi.Input<string> | undefined;
  /** Environment variables. */
  environment?: Record<string, string | undefined>;
}

/**
 * The configuration from arguments, else the stack's configuration, else environment variables, else defaults.
 * An empty text counts as not given.
 * @throws ArgumentError naming every malformed value and where it came from
 */
export function readConfiguration(sources: ConfigurationSources): Configuration {
  const problems: ArgumentProblem[] = [];
  const result: Record<string, unknown> = {};
  for (const key of configurationKeys) {
    const given = sources.args?.[key.member] ?? (key.secret === true ? secretOf(key, sources) : undefined);
    result[key.member] = given ?? (key.secret === true ? undefined : readKey(key, sources, problems));
  }
  const configuration = result as unknown as Configuration;
  problems.push(...incomplete(configuration));
  refuse(problems);
  return configuration;
}

/** Keys that say nothing without another one. */
function incomplete(configuration: Configuration): ArgumentProblem[] {
  const { aksClusterName, aksResourceGroup, backupDestination, backupConnectionString } = configuration;
  const { replica, replicaFeed, replicaZone, replicaPrimary } = configuration;
  const missing = (argument: string, why: string, remedy: string): ArgumentProblem => ({
    component: "configuration",
    argument,
    problem: `is missing: ${why}.`,
    remedy,
  });
  const problems: ArgumentProblem[] = [];
  if ((aksClusterName === undefined) !== (aksResourceGroup === undefined)) {
    const key = aksClusterName === undefined ? "aks_cluster_name" : "aks_resource_group";
    const why = "an AKS cluster is named by both its name and its resource group";
    problems.push(missing(key, why, "Set AKS_CLUSTER_NAME and AKS_RESOURCE_GROUP, or neither."));
  }
  if ((backupDestination === undefined) !== (backupConnectionString === undefined)) {
    const key = backupDestination === undefined ? "backup_destination" : "backup_connection_string";
    const why = "a store is named by its address and the connection string of its account";
    problems.push(missing(key, why, "Set BACKUP_DESTINATION and BACKUP_CONNECTION_STRING, or neither."));
  }
  if (replica === undefined && (replicaFeed ?? replicaZone ?? replicaPrimary) !== undefined) {
    const remedy = "Name the replica, or leave out postgres_replica_feed, _zone and _primary.";
    problems.push(missing("postgres_replica", "the other keys of a replica are given", remedy));
  }
  return problems;
}

function secretOf(key: ConfigurationKey, sources: ConfigurationSources): pulumi.Input<string> | undefined {
  return sources.secretConfig?.(key.key) ?? environmentText(key, sources);
}

function environmentText(key: ConfigurationKey, sources: ConfigurationSources): string | undefined {
  const text = key.environment === undefined ? undefined : sources.environment?.[key.environment];
  return text === "" ? undefined : text;
}

function readKey(key: ConfigurationKey, sources: ConfigurationSources, problems: ArgumentProblem[]): unknown {
  const configured = sources.config?.(key.key);
  const text = configured === "" ? undefined : configured;
  const found = text ?? environmentText(key, sources) ?? key.fallback;
  if (found === undefined) return undefined;
  try {
    return key.read === undefined ? found : key.read(found);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const argument = text !== undefined ? key.key : `${key.key} (environment variable ${key.environment})`;
    problems.push({
      component: "configuration",
      argument,
      value: found,
      problem: error.message,
      remedy: `It is the ${key.meaning}${key.fallback ? `; the default is ${key.fallback}` : ""}.`,
    });
    return undefined;
  }
}

/** What is configured and has no effect, as sentences. */
export function configurationWarnings(configuration: Configuration): string[] {
  const { backupRetentionDays, backupDestination } = configuration;
  const standard = configurationKeys.find(key => key.member === "backupRetentionDays")?.fallback;
  if (backupDestination !== undefined || String(backupRetentionDays) === standard) return [];
  return [
    `postgres_backup_retention_days = ${backupRetentionDays} has no effect without backup_destination: this stack takes no backups.`,
  ];
}
