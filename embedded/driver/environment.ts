import { join } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { moduleDirectory } from "../binaries";
import { type ClusterHandle, pauseImage, startCluster } from "../cluster/index";
import { ensureEngine, providerPlugins } from "../engine";
import { ensureBase, ensureImages } from "../images/index";
import type { Progress } from "../progress";
import { versions } from "../versions";
import { defaultPostgresMajor } from "../../src/cnpg/matrix";
import { pinnedImages, postgresImage } from "../../src/cnpg/images";
import { jobsImage } from "../../src/jobs/image";
import type { ClusterAccess } from "./kubernetes";
import { chooseStore, ensureBackupContainer } from "./object-store";
import { engineAt } from "./stack";

export interface EnvironmentOptions {
  /** A kubeconfig context instead of the embedded cluster. */
  readonly context?: string;
  /** Refuse the stand-in provider plugins. */
  readonly realPlugins: boolean;
  /** PostgreSQL versions whose images the run needs, as users write them. Default: the default major. */
  readonly postgresVersions?: readonly string[];
  /** The stack's configuration names an object store, so that the program is given none. Default: false. */
  readonly ownStore?: boolean;
  /** Provider plugins that the program uses besides those of the package's components. Default: none. */
  readonly plugins?: readonly string[];
}

/** Everything a stack needs around it. */
export interface Environment {
  readonly access: ClusterAccess;
  /** The embedded cluster; absent with a named context. */
  readonly cluster?: ClusterHandle;
  readonly engine: PulumiCommand;
  /** For the engine and, through it, the provider plugins. */
  readonly variables: Readonly<Record<string, string>>;
  /** For the program, which runs in this process. */
  readonly programVariables: Readonly<Record<string, string>>;
}

/** The provider plugins that the package's components use. */
const providers = ["kubernetes", "random"];

/**
 * Brings up what a stack needs: the cluster with its images, the engine, the provider plugins. What does not depend on
 * each other runs side by side, so that a download fills the pauses of a compiler.
 */
export async function prepareEnvironment(
  progress: Progress,
  options: EnvironmentOptions,
): Promise<Environment> {
  const [cluster, plugins] = await Promise.all([
    options.context === undefined ? embeddedCluster(progress, options) : undefined,
    enginePart(progress, options),
  ]);
  const access: ClusterAccess =
    cluster === undefined ? { context: options.context ?? "" } : { kubeconfig: cluster.kubeconfig };
  const store = chooseStore(cluster?.objectStore, options.ownStore ?? false, process.env);
  progress.note(`Object store: ${store.reason}`);
  return {
    access,
    ...(cluster ? { cluster } : {}),
    engine: plugins.engine,
    variables: { ...plugins.variables, ...(cluster ? { KUBECONFIG: cluster.kubeconfig } : {}) },
    programVariables: { ...(cluster ? await manifestsOfModules() : {}), ...store.variables },
  };
}

async function enginePart(
  progress: Progress,
  { realPlugins, plugins: more = [] }: EnvironmentOptions,
): Promise<{ engine: PulumiCommand; variables: Record<string, string> }> {
  const found = await ensureEngine(progress);
  progress.note(`Pulumi engine ${found.version}: ${found.reason}`);
  const plugins = await providerPlugins(progress, [...providers, ...more], { realOnly: realPlugins });
  for (const { name, reason } of plugins.choices) progress.note(`Provider ${name}: ${reason}`);
  const path = [plugins.directory, process.env.PATH].filter(part => part !== undefined).join(":");
  return { engine: await engineAt(found.command), variables: { PATH: path } };
}

async function embeddedCluster(progress: Progress, options: EnvironmentOptions): Promise<ClusterHandle> {
  const wanted = options.postgresVersions ?? [String(defaultPostgresMajor)];
  const [cluster] = await Promise.all([
    startCluster(progress),
    ...wanted.map(version => ensureBase(progress, Number(version.split(".")[0]))),
  ]);
  await ensureImages(progress, cluster, [
    pauseImage,
    ...Object.values(pinnedImages),
    ...wanted.map(postgresImage),
    jobsImage,
  ]);
  await ensureBackupContainer(cluster.objectStore);
  return cluster;
}

// The operator's manifests are part of the Go modules that the operator is built from.
async function manifestsOfModules(): Promise<Record<string, string>> {
  const [operator, plugin] = await Promise.all(
    ["cloudnative-pg", "plugin-barman-cloud"].map(name =>
      moduleDirectory(`github.com/cloudnative-pg/${name}`),
    ),
  );
  return {
    CNPG_OPERATOR_MANIFEST: join(operator ?? "", "releases", `cnpg-${versions.cloudnativePg}.yaml`),
    CNPG_PLUGIN_MANIFEST: join(plugin ?? "", "manifest.yaml"),
  };
}
