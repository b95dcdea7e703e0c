import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../argument-error";
import { availabilityPromise, type AvailabilityPromise } from "../availability/promise";
import { ownAnnotations, ownLabels } from "../cnpg/metadata";
import { type HealthStatus, healthStatus, type InstanceState, instanceState } from "../cnpg/state";
import { parseImage } from "../cnpg/versions";
import type { FailoverStatus } from "../failover/status";
import type { MemoryBudget } from "../parameters/budget";
import type { ChangePlan } from "../parameters/change-plan";
import type { PostgresInstanceArgs } from "./args";
import { withStoreAnnotations } from "./archive";
import { archiveJobs } from "./archive-jobs";
import { adoption, Children, type InstanceContext, type InstanceTransforms } from "./children";
import { makeClusters } from "./clusters";
import { makeCredentials } from "./credentials";
import { makeNetworkPolicy, makeServices } from "./endpoints";
import { failoverJobs } from "./failover-jobs";
import { failoverWatch } from "./failover-watch";
import { finalBackup } from "./final-backup";
import { makePooler } from "../pooler/children";
import { certificatesJob, connectionCheckJob } from "./jobs";
import type { PendingParameter } from "../parameters/pending-parameter";
import { sourceAccess } from "../replica/access";
import { type Tell, withCheckedSource } from "../replica/checked-source";
import { sourcePassword } from "../replica/password";
import type { ServiceSheet } from "../sheet/sheet";
import { makeRecord } from "./record";
import { type InstanceReference, referenceTo } from "./reference";
import { factsOf, type InstanceFacts } from "./facts";
import { remember } from "../known";
import { connectionString, metadata, port } from "./render";
import { resolveInstance } from "./resolve";
import { instanceSheet } from "./sheet";
import { instanceWarnings, validateInstance } from "./validate";

/** Options of {@link PostgresInstance}. */
export interface PostgresInstanceOptions extends pulumi.ComponentResourceOptions {
  /** Changes single children before they are registered, where neither an argument nor `overrides` reaches. */
  transform?: InstanceTransforms;
  /** Tells what "next" is when a preview names the next runs. Nothing else depends on it. @default the time of the run */
  clock?: () => Date;
  /**
   * Kubernetes provider of the cluster in which the instance of `follow.source` is. Roles are then exchanged in two updates, the demotion
   * first, and the certificate to follow with is carried over by each update. @default the same cluster
   */
  sourceProvider?: pulumi.ProviderResource;
  /** Puts a problem with the arguments into the words of a component that makes the instance from arguments of its own. @default as it is */
  tell?: Tell;
}

const asItIs: Tell = problem => problem;

/** Where {@link PostgresInstance.get} looks. */
export interface PostgresInstanceLookup {
  /** @default "default" */
  namespace?: string;
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
  /** DNS name of the pooler, when there is one. */
  public readonly hostPooler: pulumi.Output<string | undefined>;
  /** Port of PostgreSQL. */
  public readonly port: pulumi.Output<number>;
  /** Role that owns the database. */
  public readonly username: pulumi.Output<string>;
  /** Password of that role (secret). */
  public readonly password: pulumi.Output<string>;
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
  /** Every server parameter that is asked for: the profile's, and those in their place. */
  public readonly parameters: pulumi.Output<Record<string, string>>;
  /** Memory of PostgreSQL at full load, term by term, against the limit. */
  public readonly memoryBudget: pulumi.Output<MemoryBudget>;
  /** What the parameters that this update changes do to the servers; undefined when none is changed. */
  public readonly changePlan: pulumi.Output<ChangePlan | undefined>;
  /** Parameters whose restart is held back by `parameterChanges`. */
  public readonly pendingParameters: pulumi.Output<PendingParameter[]>;
  /** What loss and what interruption the instance is made for. */
  public readonly availability: pulumi.Output<AvailabilityPromise>;
  /** What the instance takes, costs and promises, as far as it can be known from its arguments. */
  public readonly sheet: pulumi.Output<ServiceSheet>;
  /** What came of `failover.trigger`; undefined before one was run. */
  public readonly lastFailover: pulumi.Output<FailoverStatus | undefined>;
  /** After a last backup: what brings the instance back, as the text of a program. The same stands in ConfigMap `<name>-tombstone`. */
  public readonly tombstone: pulumi.Output<string | undefined>;
  /** What other components need to know of the instance. */
  public readonly reference: pulumi.Output<InstanceReference>;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: PostgresInstanceArgs = {}, opts?: PostgresInstanceOptions) {
    validateInstance(name, args);
    const {
      transform = {},
      clock = () => new Date(),
      sourceProvider,
      tell = asItIs,
      ...options
    } = opts ?? {};
    args = withCheckedSource(name, args, sourceProvider !== undefined, tell);
    super("pulumi-cnpg:index:PostgresInstance", name, {}, options);
    for (const warning of instanceWarnings(args)) void pulumi.log.warn(warning, this);
    const instance = resolveInstance(name, args);
    const children = new Children(this, instance, options, transform);
    const surroundings = { children, parent: this, clock, sourceProvider, tell };
    const context: InstanceContext = { name, args, instance, ...surroundings };

    const { record, changePlan } = makeRecord(context);
    const last = finalBackup(context, [record]);
    const namespace = makeNamespace(context, [record, ...last.resources]);
    makeNetworkPolicy(context, namespace);
    const serviceAccount = makeServiceAccount(context, namespace);
    const credentials = makeCredentials(context, namespace, sourcePassword(context, serviceAccount));
    const access = sourceAccess(context, serviceAccount);
    const authority = certificatesJob(context, serviceAccount);
    const archive = archiveJobs(context, [serviceAccount]);
    const clusters = makeClusters(context, [
      ...authority,
      ...credentials.secrets,
      serviceAccount,
      ...archive,
      ...access,
    ]);
    const endpoints = makeServices(context, clusters.serving);
    const pooler = makePooler(context, [...clusters.all, ...credentials.secrets]);
    const reached = [...clusters.all, ...endpoints.all, ...pooler, ...credentials.secrets];
    const check = connectionCheckJob(context, endpoints.external, reached);
    const failovers = failoverJobs(context, reached);
    failoverWatch(context, failovers.resources);

    const { generation } = instance.active;
    const reference = referenceTo(instance.name, instance.namespace, generation, factsOf(instance));
    const { host } = reference;
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
    this.hostPooler = pulumi.output(reference.hostPooler);
    this.port = pulumi.output(port);
    this.username = credentials.username;
    this.password = credentials.password;
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
    this.parameters = pulumi.output(instance.active.server.parameters);
    this.memoryBudget = pulumi.output(instance.active.server.budget);
    this.changePlan = changePlan;
    this.pendingParameters = clusters.pending;
    this.availability = pulumi.output(availabilityPromise(instance.availability));
    this.sheet = instanceSheet(context);
    this.lastFailover = failovers.last;
    this.tombstone = last.tombstone;
    this.reference = remember(
      pulumi
        .all([clusters.active.metadata, args.backup?.store])
        .apply(([, store]) =>
          referenceTo(instance.name, instance.namespace, generation, factsOf(instance, store)),
        ),
      args.backup === undefined ? reference : { ...reference, archive: instance.active.archive },
    );
    this.registerOutputs({
      instanceName: this.instanceName,
      namespace: this.namespace,
      connectionSecret: this.connectionSecret,
      serviceName: this.serviceName,
      host: this.host,
      hostReadOnly: this.hostReadOnly,
      hostAny: this.hostAny,
      hostPooler: this.hostPooler,
      port: this.port,
      username: this.username,
      password: this.password,
      connectionString: this.connectionString,
      externalAddress: this.externalAddress,
      externalDnsName: this.externalDnsName,
      connectionStringByAddress: this.connectionStringByAddress,
      connectionStringByDnsName: this.connectionStringByDnsName,
      serverVersion: this.serverVersion,
      state: this.state,
      health: this.health,
      parameters: this.parameters,
      memoryBudget: this.memoryBudget,
      changePlan: this.changePlan,
      pendingParameters: this.pendingParameters,
      availability: this.availability,
      sheet: this.sheet,
      lastFailover: this.lastFailover,
      tombstone: this.tombstone,
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

function makeNamespace(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  if (args.createNamespace !== true) return dependsOn;
  const { labels, annotations } = metadata(instance, args, instance.namespace);
  const namespace = children.make(
    "namespace",
    core.Namespace,
    `${name}-namespace`,
    { metadata: { name: instance.namespace, labels, annotations } },
    { dependsOn, ...adoption(args, instance.namespace, ["metadata", "spec"]) },
  );
  return [namespace];
}

function makeServiceAccount(context: InstanceContext, dependsOn: pulumi.Resource[]): core.ServiceAccount {
  const { children, name, args, instance } = context;
  const meta = metadata(instance, args, instance.names.serviceAccount);
  return children.make(
    "serviceAccount",
    core.ServiceAccount,
    `${name}-service-account`,
    {
      metadata: {
        ...meta,
        annotations: withStoreAnnotations(args, { ...meta.annotations, ...args.serviceAccountAnnotations }),
      },
    },
    { dependsOn, ...adoption(args, `${instance.namespace}/${meta.name}`, ["metadata"]) },
  );
}

function imageVersion(image: string): string {
  const parsed = parseImage(image);
  return `PostgreSQL ${[parsed.major, parsed.minor].filter(part => part !== undefined).join(".")}`;
}
