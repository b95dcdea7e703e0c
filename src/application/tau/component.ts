import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { combine } from "../../instance/children";
import {
  type BindingMount,
  type BindingVolume,
  certificateFile,
  environmentOf,
  type SecretVariable,
} from "../credentials";
import { Database } from "../database/component";
import { DatabaseLink } from "../link/component";
import type { TauApplicationArgs } from "./args";
import { type Binding, withBindingFiles } from "./bindings";
import {
  databaseArgsOf,
  type DeclaredDatabase,
  declaredDatabases,
  hasOwnLink,
  linkArgsOf,
  podLabels,
} from "./databases";
import { claimName, deployment, ingress, service } from "./render";
import { validateApplication } from "./validate";

/** Namespaces that every cluster has. */
const givenNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** An environment variable as a container of this program takes it. */
export type ApplicationVariable =
  SecretVariable<pulumi.Input<string>> | { name: string; value: pulumi.Input<string> };

/** What subclasses see of an application. */
interface Parts {
  labels: Record<string, string>;
  bindings: Binding[];
  database?: Database;
  deployment?: apps.Deployment;
}

// Not fields: the multi-language schema takes every field for an output, and refuses resources.
const allParts = new WeakMap<TauApplication, Parts>();

function partsOf(application: TauApplication): Parts {
  return allParts.get(application) as Parts;
}

/**
 * An application with its database: Namespace, Deployment, Service, Ingress and volumes, and a database that it is the owner of, or linked to. Its
 * pods begin when the database answers, and are rolled when its credentials change.
 *
 * It can be used as it is, or as the base of classes that make their own workload: without `image` there is no Deployment.
 *
 * @example
 * new TauApplication("shop", {
 *   image: "registry.example.com/shop:1.4",
 *   ports: [{ port: 8080 }],
 *   database: { enabled: true, extensions: ["pgcrypto"], storageSize: "20Gi" },
 * });
 */
export class TauApplication extends pulumi.ComponentResource {
  /** Name of the application, and of what it has in Kubernetes. */
  public readonly applicationName: pulumi.Output<string>;
  /** Namespace of the application. */
  public readonly namespace: pulumi.Output<string>;
  /** DNS name of the Service inside the cluster, when there is one. */
  public readonly host: pulumi.Output<string | undefined>;
  /** Address from outside, when there is an Ingress. */
  public readonly url: pulumi.Output<string | undefined>;
  /** Name of the Secret with the credentials of `database`, when there is one. */
  public readonly databaseSecret: pulumi.Output<string | undefined>;

  /** @throws ArgumentError naming each wrong argument, before anything is created. */
  constructor(name: string, args: TauApplicationArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    validateApplication(name, args);
    const labels = { ...podLabels(name), ...args.labels };
    const bindings: Binding[] = [];
    super(
      "pulumi-cnpg:index:TauApplication",
      name,
      {},
      {
        ...opts,
        transformations: [labelled(labels), filled(bindings), ...(opts?.transformations ?? [])],
      },
    );
    const parts: Parts = { labels, bindings };
    allParts.set(this, parts);
    const namespace = args.namespace ?? "default";
    const options = childOptions(this, opts?.dependsOn);
    const space = makeNamespace(name, args, namespace, options);
    for (const declared of declaredDatabases(args)) {
      const { database, binding } = makeBinding(name, args, declared, options(space));
      if (declared.entry === undefined) parts.database = database;
      bindings.push(binding);
    }
    const claims = makeClaims(name, args, namespace, options(space));
    const common = { labels, namespace };
    const served = service(name, args, common);
    const made =
      served && new core.Service(name, { ...served, metadata: skipped(served.metadata) }, options(space));
    parts.deployment =
      args.image === undefined
        ? undefined
        : makeDeployment(
            name,
            args,
            deployment(name, args, common, bindings),
            options([...space, ...claims, ...bindings.flatMap(({ ready }) => ready)]),
          );
    const entry = ingress(name, args, common);
    if (entry !== undefined)
      new networking.Ingress(
        name,
        { ...entry, metadata: skipped(entry.metadata) },
        options([...space, ...(made === undefined ? [] : [made])]),
      );

    this.applicationName = pulumi.output(name);
    this.namespace = pulumi.output(namespace);
    this.host = pulumi.output(made === undefined ? undefined : `${name}.${namespace}.svc`);
    const scheme = args.ingress?.tlsSecret === undefined ? "http" : "https";
    this.url = pulumi.output(
      args.ingress === undefined ? undefined : `${scheme}://${args.ingress.host}${args.ingress.path ?? "/"}`,
    );
    this.databaseSecret = pulumi.output(bindings[0]?.secret);
    this.registerOutputs({
      applicationName: this.applicationName,
      namespace: this.namespace,
      host: this.host,
      url: this.url,
      databaseSecret: this.databaseSecret,
    });
  }

  /** Labels that every Kubernetes object of the application has; labels of its own win. */
  get labels(): Record<string, string> {
    return partsOf(this).labels;
  }

  /** The database of `database`, where it is declared here. */
  protected get database(): Database | undefined {
    return partsOf(this).database;
  }

  /** The Deployment, when there is an image. */
  protected get deployment(): apps.Deployment | undefined {
    return partsOf(this).deployment;
  }

  /** Variables with which a container logs in to the databases of the application; none without a database. */
  protected getDatabaseEnvironmentVariables(): SecretVariable<pulumi.Input<string>>[] {
    return partsOf(this).bindings.flatMap(({ environment }) => environment);
  }

  /** Those, and further ones. */
  protected getAllEnvironmentVariables(
    further: Record<string, pulumi.Input<string>> = {},
  ): ApplicationVariable[] {
    const own = Object.entries(further).map(([name, value]) => ({ name, value }));
    return [...this.getDatabaseEnvironmentVariables(), ...own];
  }

  /**
   * Volumes with the credentials as files and the certificate of the authority. Workloads that are children of the application get those
   * that their variables need by themselves.
   */
  protected getDatabaseVolumes(): pulumi.Input<BindingVolume>[] {
    return partsOf(this).bindings.map(({ volume }) => volume);
  }

  /** Where containers mount them. */
  protected getDatabaseVolumeMounts(): pulumi.Input<BindingMount>[] {
    return partsOf(this).bindings.map(({ mount }) => mount);
  }
}

type Options = (dependsOn: pulumi.Resource[]) => pulumi.CustomResourceOptions;

/** Children do not inherit dependsOn from a component. */
function childOptions(parent: pulumi.Resource, given: pulumi.ComponentResourceOptions["dependsOn"]): Options {
  return dependsOn => ({ parent, dependsOn: combine(given, dependsOn) });
}

function makeNamespace(
  name: string,
  { createNamespace, namespaceLabels, database, databases = {} }: TauApplicationArgs,
  namespace: string,
  options: Options,
): pulumi.Resource[] {
  if (!(createNamespace ?? !givenNamespaces.includes(namespace))) return [];
  // An instance of its own lives in it, and is kept.
  const holds = [...(database === undefined ? [] : [database]), ...Object.values(databases)].some(
    ({ enabled, instance, existing, deletion }) =>
      enabled && instance === undefined && existing === undefined && deletion === undefined,
  );
  const metadata = { name: namespace, ...(namespaceLabels === undefined ? {} : { labels: namespaceLabels }) };
  return [new core.Namespace(`${name}-namespace`, { metadata }, { ...options([]), retainOnDelete: holds })];
}

/** The database, or a link to one, and how pods reach it. */
function makeBinding(
  name: string,
  args: TauApplicationArgs,
  { entry, prefix, options: declared }: DeclaredDatabase,
  options: pulumi.ComponentResourceOptions,
): { database?: Database; binding: Binding } {
  const purpose = entry === undefined ? name : `${name}-${entry}`;
  const database =
    declared.existing === undefined
      ? new Database(`${purpose}-database`, databaseArgsOf(name, args, declared, entry), options)
      : undefined;
  const access =
    hasOwnLink(declared) || database === undefined
      ? new DatabaseLink(
          `${purpose}-link`,
          linkArgsOf(name, args, declared, prefix, database?.reference),
          options,
        )
      : database;
  const mount = access.volumeMounts.apply(([first]) => first as BindingMount);
  const check = pulumi
    .all([access.host, access.port, access.database, mount])
    .apply(([host, port, of, { mountPath }]) => ({
      host,
      port,
      database: of,
      caFile: certificateFile(mountPath),
    }));
  return {
    database,
    binding: {
      name: entry ?? "database",
      secret: access.secretName,
      environment: environmentOf<pulumi.Input<string>>(access.secretName, declared.environmentNames, prefix),
      volume: access.volumes.apply(([first]) => first as BindingVolume),
      mount,
      check,
      ...(declared.rotation === undefined ? { revision: access.revision } : {}),
      ready: [access],
    },
  };
}

function makeClaims(
  name: string,
  { volumes = [] }: TauApplicationArgs,
  namespace: string,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return volumes
    .filter(({ size }) => size !== undefined)
    .map(
      volume =>
        new core.PersistentVolumeClaim(
          claimName(name, volume),
          {
            metadata: skipped({ name: claimName(name, volume), namespace }),
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: volume.size ?? "" } },
              ...(volume.storageClass === undefined ? {} : { storageClassName: volume.storageClass }),
            },
          },
          { ...options, retainOnDelete: true },
        ),
    );
}

function makeDeployment(
  name: string,
  { readyTimeout = 600 }: TauApplicationArgs,
  manifest: apps.DeploymentArgs,
  options: pulumi.CustomResourceOptions,
): apps.Deployment {
  const timeout = `${readyTimeout}s`;
  return new apps.Deployment(name, manifest, {
    ...options,
    customTimeouts: { create: timeout, update: timeout },
  });
}

/** What is not awaited: pods that the Deployment awaits make it ready, or a controller that may not be there. */
function skipped(metadata: object): object {
  const { annotations } = metadata as { annotations?: Record<string, string> };
  return { ...metadata, annotations: { "pulumi.com/skipAwait": "true", ...annotations } };
}

/** Puts the labels on every Kubernetes object below the application, also on those that a subclass makes. */
function labelled(labels: Record<string, string>): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const metadata = (props as { metadata?: pulumi.Input<object> }).metadata ?? {};
    const merged = pulumi
      .output(metadata)
      .apply(of => ({ ...of, labels: { ...labels, ...(of as { labels?: object }).labels } }));
    return { props: { ...props, metadata: merged }, opts };
  };
}

/** Gives the workloads of a subclass the files that their variables need. */
function filled(bindings: readonly Binding[]): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    const workload = props as { spec?: { template?: { spec?: object } } };
    const pod = workload.spec?.template?.spec;
    if (!type.startsWith("kubernetes:apps/") || pod === undefined || pulumi.Output.isInstance(pod))
      return undefined;
    const spec = withBindingFiles(pod, bindings);
    if (spec === pod) return undefined;
    return {
      props: { ...props, spec: { ...workload.spec, template: { ...workload.spec?.template, spec } } },
      opts,
    };
  };
}
