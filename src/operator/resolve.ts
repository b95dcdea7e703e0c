import { pinnedVersions } from "../cnpg/versions";
import { jobsImage } from "../jobs/image";
import {
  type BarmanPluginArgs,
  type CnpgOperatorArgs,
  type OperatorMonitoringArgs,
  type OperatorResourcesArgs,
  type OperatorSchedulingArgs,
  OperatorSource,
  PluginCertificates,
} from "./args";
import { mirrored, type OperatorPin, operatorPin, pluginPin } from "./pins";
import { settingsData, sorted } from "./settings";

/** CPU and memory as Kubernetes writes them. */
export interface ContainerResources {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

/** A manifest to read. */
export interface ManifestSource {
  /** The argument that names its location. */
  argument: string;
  location: string;
  /** What the content must hash to. */
  sha256: string;
}

/** The plugin with every default filled in. */
export interface ResolvedPlugin {
  version: string;
  manifest: ManifestSource;
  image: string;
  sidecarImage: string;
  certificates: PluginCertificates;
  resources: ContainerResources;
  logLevel: string;
}

/** The operator with every default filled in: what rendering starts from. */
export interface ResolvedOperator {
  source: OperatorSource;
  version: string;
  manifest: ManifestSource;
  chart?: string;
  namespace: string;
  createNamespace: boolean;
  replicas: number;
  resources: ContainerResources;
  /** Content of the operator's ConfigMap. */
  settings: Record<string, string>;
  image: string;
  imagePullPolicy: string;
  imagePullSecrets: string[];
  monitoring: OperatorMonitoringArgs;
  scheduling: OperatorSchedulingArgs;
  plugin?: ResolvedPlugin;
  jobsImage: string;
  jobsImagePullPolicy: string;
  recordEvents: boolean;
  /** Seconds. */
  readyTimeout: number;
  overrides: Record<string, unknown>;
}

/** CPU and memory of the operator that survive a cluster full of instances. */
export const operatorResources: OperatorResourcesArgs = {
  cpuRequest: "100m",
  memoryRequest: "256Mi",
  memoryLimit: "768Mi",
};
/** CPU and memory of the plugin. */
export const pluginResources: OperatorResourcesArgs = {
  cpuRequest: "50m",
  memoryRequest: "128Mi",
  memoryLimit: "256Mi",
};

/** Fills in the defaults. The arguments must be valid. */
export function resolveOperator(args: CnpgOperatorArgs): ResolvedOperator {
  const version = args.version ?? pinnedVersions.operator;
  const pin = operatorPin(version);
  return {
    source: args.source ?? OperatorSource.Manifest,
    version,
    manifest: {
      argument: "manifest.operator",
      location: args.manifest?.operator ?? pin.manifest,
      sha256: checksum(args.manifest?.operatorSha256, pin.sha256),
    },
    chart: pin.chart,
    namespace: args.namespace ?? "cnpg-system",
    createNamespace: args.createNamespace ?? true,
    replicas: args.replicas ?? 1,
    resources: containerResources({ ...operatorResources, ...args.resources }),
    settings: allSettings(args, pin),
    image: mirrored(pin.image, args.imageRegistry),
    imagePullPolicy: args.imagePullPolicy ?? "IfNotPresent",
    imagePullSecrets: args.imagePullSecrets ?? [],
    monitoring: args.monitoring ?? {},
    scheduling: args.scheduling ?? {},
    plugin: (args.plugin?.enabled ?? true) ? resolvePlugin(args, args.plugin ?? {}) : undefined,
    jobsImage: args.jobs?.image ?? mirrored(jobsImage, args.imageRegistry),
    jobsImagePullPolicy: args.jobs?.imagePullPolicy ?? "IfNotPresent",
    recordEvents: args.recordEvents ?? true,
    readyTimeout: args.readyTimeout ?? 300,
    overrides: args.overrides ?? {},
  };
}

function resolvePlugin(args: CnpgOperatorArgs, plugin: BarmanPluginArgs): ResolvedPlugin {
  const version = plugin.version ?? pinnedVersions.plugin;
  const pin = pluginPin(version);
  return {
    version,
    manifest: {
      argument: "manifest.plugin",
      location: args.manifest?.plugin ?? pin.manifest,
      sha256: checksum(args.manifest?.pluginSha256, pin.sha256),
    },
    image: mirrored(pin.image, args.imageRegistry),
    sidecarImage: mirrored(pin.sidecarImage, args.imageRegistry),
    certificates: plugin.certificates ?? PluginCertificates.SelfManaged,
    resources: containerResources({ ...pluginResources, ...plugin.resources }),
    logLevel: plugin.logLevel ?? "info",
  };
}

function allSettings(args: CnpgOperatorArgs, pin: OperatorPin): Record<string, string> {
  const data = settingsData(args.settings ?? {});
  const { clusters, instances } = args.rolloutDelays ?? {};
  if (clusters !== undefined) data["CLUSTERS_ROLLOUT_DELAY"] = String(clusters);
  if (instances !== undefined) data["INSTANCES_ROLLOUT_DELAY"] = String(instances);
  if (args.watchedNamespaces !== undefined) data["WATCH_NAMESPACE"] = args.watchedNamespaces.join(",");
  if (args.imagePullSecrets?.[0] !== undefined) data["PULL_SECRET_NAME"] = args.imagePullSecrets[0];
  if (args.imageRegistry !== undefined) {
    const images = { POSTGRES_IMAGE_NAME: pin.postgresImage, PGBOUNCER_IMAGE_NAME: pin.pgbouncerImage };
    for (const [name, image] of Object.entries(images)) {
      if (image !== undefined) data[name] ??= mirrored(image, args.imageRegistry);
    }
  }
  return sorted(data);
}

function containerResources(args: OperatorResourcesArgs): ContainerResources {
  return {
    requests: amounts(args.cpuRequest, args.memoryRequest),
    limits: amounts(args.cpuLimit, args.memoryLimit),
  };
}

function amounts(cpu: string | undefined, memory: string | undefined): Record<string, string> | undefined {
  const given = Object.entries({ cpu, memory }).filter((amount): amount is [string, string] => !!amount[1]);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function checksum(given: string | undefined, pinned: string | undefined): string {
  return (given ?? pinned ?? "").toLowerCase();
}
