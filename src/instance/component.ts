import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ArgumentError } from "../argument-error";
import type { ClusterStatus } from "../cnpg/cluster";
import { labels as cnpgLabels, ownAnnotations, ownLabels } from "../cnpg/metadata";
import { cnpgApiVersion } from "../cnpg/object";
import { type HealthStatus, healthStatus, type InstanceState, instanceState } from "../cnpg/state";
import { parseImage } from "../cnpg/versions";
import { Exposure, type PostgresInstanceArgs } from "./args";
import { Children, type InstanceTransforms } from "./children";
import { certificatesJob, connectionCheckJob, settleJob } from "./jobs";
import { merge } from "../merge";
import { instanceNames, serviceHost } from "./names";
import type { InstanceReference } from "./reference";
import {
  clusterMetadata,
  clusterSpec,
  connectionData,
  connectionString,
  type InstanceFacts,
  metadata,
  port,
  services,
} from "./render";
import { makeRecord } from "./record";
import { type ResolvedGeneration, type ResolvedInstance, resolveInstance } from "./resolve";
import { instanceWarnings, validateInstance } from "./validate";

/** Options of {@link PostgresInstance}. */
export interface PostgresInstanceOptions extends pulumi.ComponentResourceOptions {
  /** Changes single children before they are registered, where neither an argument nor `overrides` reaches. */
  transform?: InstanceTransforms;
}

/** Where {@link PostgresInstance.get} looks. */
export interface PostgresInstanceLookup {
  /** @default "default" */
  namespace?: string;
}

class Cluster extends apiextensions.CustomResource {
  declare readonly status: pulumi.Output<ClusterStatus | undefined>;

  constructor(name: string, args: object, opts: pulumi.CustomResourceOptions) {
    // The undefined status makes the SDK resolve what the provider returns for it.
    super(name, { apiVersion: cnpgApiVersion, kind: "Cluster", ...args, status: undefined }, opts);
  }
}

class Database extends apiextensions.CustomResource {
  constructor(name: string, args: object, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: cnpgApiVersion, kind: "Database", ...args }, opts);
  }
}

/**
 * A PostgreSQL instance on Kubernetes, run by CloudNativePG: Cluster, stable Services, certificate authority,
 * credentials, and a check that connects as an application does.
 *
 * Its outputs are a picture taken at the last update.
 *
 * @example
 * const orders = new PostgresInstance("orders", { storage: { size: "20Gi" } }, { dependsOn: operator });
 * export const host = orders.host;
 */
export class PostgresInstance extends pulumi.ComponentResource {
  /** Name of the instance in Kubernetes. */
  public readonly instanceName: pulumi.Output<string>;
  /** Namespace of the instance. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the Secret with everything an application needs to connect. */
  public readonly connectionSecret: pulumi.Output<string>;
  /** Name of the Service of the primary. */
  public readonly serviceName: pulumi.Output<string>;
  /** DNS name of the primary inside the cluster. */
  public readonly host: pulumi.Output<string>;
  /** DNS name of the standbys; of the primary when there is no standby. */
  public readonly hostReadOnly: pulumi.Output<string>;
  /** DNS name of every instance. */
  public readonly hostAny: pulumi.Output<string>;
  /** Port of PostgreSQL. */
  public readonly port: pulumi.Output<number>;
  /** Connection string inside the cluster (secret). */
  public readonly connectionString: pulumi.Output<string>;
  /** Address of the load balancer, when there is one. */
  public readonly externalAddress: pulumi.Output<string | undefined>;
  /** DNS name of the load balancer, when there is one. */
  public readonly externalDnsName: pulumi.Output<string | undefined>;
  /** Connection string through the load balancer's address (secret), when there is one. */
  public readonly connectionStringByAddress: pulumi.Output<string | undefined>;
  /** Connection string through the load balancer's DNS name (secret), when there is one. */
  public readonly connectionStringByDnsName: pulumi.Output<string | undefined>;
  /** What the server answered to `SELECT version()`; the version of the image while the connection check is off. */
  public readonly serverVersion: pulumi.Output<string>;
  /** creating, running, deleting, deleted or failed. */
  public readonly state: pulumi.Output<InstanceState>;
  /** healthy, unhealthy or unknown. */
  public readonly health: pulumi.Output<HealthStatus>;
  /** What other components need to know of the instance. */
  public readonly reference: pulumi.Output<InstanceReference>;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: PostgresInstanceArgs = {}, opts?: PostgresInstanceOptions) {
    validateInstance(name, args);
    const { transform = {}, ...options } = opts ?? {};
    super("pulumi-cnpg:index:PostgresInstance", name, {}, options);
    for (const warning of instanceWarnings(args)) void pulumi.log.warn(warning, this);
    const instance = resolveInstance(name, args);
    const children = new Children(this, instance, options, transform);

    const record = makeRecord(this, name, args, instance);
    const namespace = makeNamespace(children, name, args, instance, record);
    const serviceAccount = makeServiceAccount(children, name, args, instance, namespace);
    const credentials = makeCredentials(children, name, args, instance, namespace, this);
    const authority = certificatesJob(children, name, args, instance, serviceAccount);
    const clusters = makeClusters(children, name, args, instance, [
      ...authority,
      ...credentials.secrets,
      serviceAccount,
    ]);
    const endpoints = makeServices(children, name, args, instance, clusters.all);
    const check = connectionCheckJob(children, name, args, instance, endpoints.external, [
      ...endpoints.all,
      ...credentials.secrets,
    ]);

    const host = serviceHost(instance.names.service, instance.namespace);
    const reference = referenceTo(
      instance.name,
      instance.namespace,
      instance.active.generation,
      factsOf(instance),
    );
    const secretString = (to: { host: string; hostaddr?: string }): pulumi.Output<string> =>
      pulumi.secret(
        pulumi
          .all([credentials.username, credentials.password])
          .apply(([username, password]) =>
            connectionString({ ...to, username, password, database: instance.database }),
          ),
      );
    this.instanceName = pulumi.output(instance.name);
    this.namespace = pulumi.output(instance.namespace);
    this.connectionSecret = credentials.connection.metadata.name;
    this.serviceName = endpoints.primary.metadata.name;
    this.host = pulumi.output(host);
    this.hostReadOnly = pulumi.output(reference.hostReadOnly);
    this.hostAny = pulumi.output(reference.hostAny);
    this.port = pulumi.output(port);
    this.connectionString = secretString({ host });
    this.externalAddress = endpoints.address;
    this.externalDnsName = pulumi.output(instance.publicDnsName);
    this.connectionStringByAddress = endpoints.address.apply(hostaddr =>
      hostaddr === undefined
        ? pulumi.output<string | undefined>(undefined)
        : secretString({ host, hostaddr }),
    );
    this.connectionStringByDnsName =
      instance.publicDnsName === undefined
        ? pulumi.output<string | undefined>(undefined)
        : secretString({ host: instance.publicDnsName });
    this.serverVersion = check ?? pulumi.output(imageVersion(instance.active.image));
    const live = pulumi
      .all([clusters.active.metadata, clusters.active.status])
      .apply(([meta, status]) => ({ metadata: meta, status }));
    this.state = live.apply(cluster => instanceState(cluster));
    this.health = live.apply(cluster => healthStatus(cluster));
    this.reference = clusters.active.metadata.apply(() => reference);
    this.registerOutputs({
      instanceName: this.instanceName,
      namespace: this.namespace,
      connectionSecret: this.connectionSecret,
      serviceName: this.serviceName,
      host: this.host,
      hostReadOnly: this.hostReadOnly,
      hostAny: this.hostAny,
      port: this.port,
      connectionString: this.connectionString,
      externalAddress: this.externalAddress,
      externalDnsName: this.externalDnsName,
      connectionStringByAddress: this.connectionStringByAddress,
      connectionStringByDnsName: this.connectionStringByDnsName,
      serverVersion: this.serverVersion,
      state: this.state,
      health: this.health,
      reference: this.reference,
    });
  }

  /**
   * The reference to an instance that another stack made, read from its Service.
   * @param name Name of the instance in Kubernetes.
   */
  static get(
    name: string,
    lookup: PostgresInstanceLookup = {},
    opts?: pulumi.CustomResourceOptions,
  ): pulumi.Output<InstanceReference> {
    const namespace = lookup.namespace ?? "default";
    const service = core.Service.get(`${name}-lookup`, `${namespace}/${name}`, opts);
    return service.metadata.apply(found => {
      const facts = found.annotations?.[ownAnnotations.facts];
      if (facts === undefined) {
        throw new ArgumentError({
          component: "PostgresInstance",
          resource: name,
          argument: "name",
          value: `${namespace}/${name}`,
          problem: "is a Service that no PostgresInstance made.",
          remedy: "Check the name and the namespace.",
        });
      }
      const generation = found.labels?.[ownLabels.generation] ?? "1";
      return referenceTo(name, namespace, generation, JSON.parse(facts) as InstanceFacts);
    });
  }
}

function makeNamespace(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  record: pulumi.Resource,
): pulumi.Resource {
  if (args.createNamespace !== true) return record;
  const { labels, annotations } = metadata(instance, args, instance.namespace);
  return children.make(
    "namespace",
    core.Namespace,
    `${name}-namespace`,
    { metadata: { name: instance.namespace, labels, annotations } },
    { dependsOn: [record], ...adoption(args, instance.namespace, ["metadata", "spec"]) },
  );
}

function makeServiceAccount(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  namespace: pulumi.Resource,
): core.ServiceAccount {
  const meta = metadata(instance, args, instance.names.serviceAccount);
  return children.make(
    "serviceAccount",
    core.ServiceAccount,
    `${name}-service-account`,
    { metadata: { ...meta, annotations: { ...meta.annotations, ...args.serviceAccountAnnotations } } },
    {
      dependsOn: [namespace],
      import: args.adopt === true ? `${instance.namespace}/${meta.name}` : undefined,
    },
  );
}

/**
 * Takes over an existing object. What differs is left as it is in this update, because an import must not
 * change what it takes over; the next update, without `adopt`, applies the arguments.
 */
function adoption(
  args: PostgresInstanceArgs,
  id: string,
  ignoreChanges: string[],
): Pick<pulumi.CustomResourceOptions, "import" | "ignoreChanges"> {
  return args.adopt === true ? { import: id, ignoreChanges } : {};
}

interface Credentials {
  username: pulumi.Output<string>;
  password: pulumi.Output<string>;
  connection: core.Secret;
  secrets: pulumi.Resource[];
}

function makeCredentials(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  namespace: pulumi.Resource,
  parent: pulumi.ComponentResource,
): Credentials {
  const { username, password, secrets } =
    args.passwordSecret === undefined
      ? ownCredentials(children, name, args, instance, namespace, parent)
      : givenCredentials(name, args.passwordSecret, instance, namespace, parent);
  const connection = children.make(
    "connectionSecret",
    core.Secret,
    `${name}-connection`,
    {
      metadata: metadata(instance, args, instance.names.connectionSecret),
      type: "Opaque",
      stringData: pulumi.secret(
        pulumi.all([username, password]).apply(([user, word]) => connectionData(instance, user, word)),
      ),
    },
    { dependsOn: [namespace] },
  );
  return { username, password, connection, secrets: [...secrets, connection] };
}

function ownCredentials(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  namespace: pulumi.Resource,
  parent: pulumi.ComponentResource,
): Omit<Credentials, "connection"> {
  const password = pulumi.secret(
    args.password ??
      new random.RandomPassword(
        `${name}-password`,
        { length: 32, special: false },
        { parent, protect: false, retainOnDelete: false },
      ).result,
  );
  const username = pulumi.output(instance.owner);
  const secret = children.make(
    "ownerSecret",
    core.Secret,
    `${name}-owner`,
    {
      metadata: metadata(instance, args, instance.names.ownerSecret, {
        labels: { [cnpgLabels.reload]: "true" },
      }),
      type: "kubernetes.io/basic-auth",
      stringData: { username, password },
    },
    { dependsOn: [namespace] },
  );
  return { username, password, secrets: [secret] };
}

function givenCredentials(
  name: string,
  secretName: string,
  instance: ResolvedInstance,
  namespace: pulumi.Resource,
  parent: pulumi.ComponentResource,
): Omit<Credentials, "connection"> {
  const secret = core.Secret.get(`${name}-password`, `${instance.namespace}/${secretName}`, {
    parent,
    dependsOn: [namespace],
  });
  const decode = (key: string): pulumi.Output<string> =>
    secret.data.apply(data => {
      const value = data?.[key];
      if (value !== undefined) return Buffer.from(value, "base64").toString("utf8");
      throw new ArgumentError({
        component: "PostgresInstance",
        resource: name,
        argument: "passwordSecret",
        value: secretName,
        problem: `has no key "${key}".`,
        remedy: "Give a Secret of type kubernetes.io/basic-auth with username and password.",
      });
    });
  return { username: decode("username"), password: pulumi.secret(decode("password")), secrets: [] };
}

/** The Clusters. The active one comes first; the others are stopped only when it has settled. */
function makeClusters(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  needs: pulumi.Resource[],
): { active: Cluster; all: pulumi.Resource[] } {
  const active = makeCluster(children, name, args, instance, instance.active, needs);
  const database = makeExtensions(children, name, args, instance, instance.active, active);
  const ready = [active, ...database];
  const settled = settleJob(children, name, args, instance, [...ready, ...needs]);
  const others = instance.generations
    .filter(generation => !generation.active)
    .map(generation =>
      makeCluster(children, name, args, instance, generation, [...needs, ...ready, ...settled]),
    );
  return { active, all: [...ready, ...settled, ...others] };
}

function makeCluster(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  generation: ResolvedGeneration,
  dependsOn: pulumi.Resource[],
): Cluster {
  const rendered = {
    metadata: clusterMetadata(instance, args, generation),
    spec: clusterSpec(instance, args, generation),
  };
  const timeout = `${instance.readyTimeout}s`;
  return children.make(
    "cluster",
    Cluster,
    `${name}-g${generation.generation}`,
    merge(rendered, args.overrides?.cluster),
    {
      dependsOn,
      customTimeouts: { create: timeout, update: timeout, delete: timeout },
      ...adoption(args, `${instance.namespace}/${generation.clusterName}`, [
        "metadata.annotations",
        "metadata.labels",
        "spec",
      ]),
    },
  );
}

/** The Database object that creates the extensions. It goes with its Cluster, whose pods release its finalizer. */
function makeExtensions(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  generation: ResolvedGeneration,
  cluster: Cluster,
): pulumi.Resource[] {
  if ((args.extensions ?? []).length === 0) return [];
  const meta = metadata(instance, args, `${generation.clusterName}-app`, {
    annotations: instance.hibernated
      ? { "pulumi.com/skipAwait": "true" }
      : { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
  });
  const owner = {
    apiVersion: cnpgApiVersion,
    kind: "Cluster",
    name: generation.clusterName,
    uid: cluster.metadata.uid,
  };
  const database = children.make(
    "database",
    Database,
    `${name}-g${generation.generation}-database`,
    {
      metadata: { ...meta, ownerReferences: [owner] },
      spec: {
        cluster: { name: generation.clusterName },
        name: instance.database,
        owner: instance.owner,
        databaseReclaimPolicy: "retain",
        extensions: (args.extensions ?? []).map(extension => ({ name: extension })),
      },
    },
    { dependsOn: [cluster], deletedWith: cluster },
  );
  return [database];
}

interface Endpoints {
  primary: core.Service;
  external?: core.Service;
  address: pulumi.Output<string | undefined>;
  all: core.Service[];
}

function makeServices(
  children: Children,
  name: string,
  args: PostgresInstanceArgs,
  instance: ResolvedInstance,
  dependsOn: pulumi.Resource[],
): Endpoints {
  const suffix: Record<string, string> = {
    [instance.names.service]: "service",
    [instance.names.readOnlyService]: "service-ro",
    [instance.names.anyService]: "service-r",
    [instance.names.externalService]: "service-external",
  };
  const all = services(instance, args).map(service =>
    children.make(
      "service",
      core.Service,
      `${name}-${suffix[service.metadata.name]}`,
      merge(service, args.overrides?.service),
      {
        dependsOn,
      },
    ),
  );
  const external = instance.exposure === Exposure.LoadBalancer ? all[all.length - 1] : undefined;
  const address = external?.status.apply(status => {
    const ingress = status?.loadBalancer?.ingress?.[0];
    return ingress?.ip ?? ingress?.hostname;
  });
  return {
    primary: all[0] as core.Service,
    external,
    address: address ?? pulumi.output<string | undefined>(undefined),
    all,
  };
}

function imageVersion(image: string): string {
  const parsed = parseImage(image);
  return `PostgreSQL ${[parsed.major, parsed.minor].filter(part => part !== undefined).join(".")}`;
}

function factsOf(instance: ResolvedInstance): InstanceFacts {
  const { instances, database, owner, passwordSecret, active } = instance;
  return { major: active.major, instances, database, owner, passwordSecret };
}

function referenceTo(
  name: string,
  namespace: string,
  generation: string,
  facts: InstanceFacts,
): InstanceReference {
  const names = instanceNames(name);
  return {
    name,
    namespace,
    generation,
    clusterName: `${name}-g${generation}`,
    ...facts,
    host: serviceHost(names.service, namespace),
    hostReadOnly: serviceHost(names.readOnlyService, namespace),
    hostAny: serviceHost(names.anyService, namespace),
    port,
    connectionSecret: names.connectionSecret,
    caConfigMap: names.certificateAuthority,
    serviceAccount: names.serviceAccount,
  };
}
