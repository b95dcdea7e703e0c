import * as pulumi from "@pulumi/pulumi";
import type { HealthStatus, InstanceState } from "../cnpg/state";
import { PostgresInstance, type PostgresInstanceOptions } from "../instance/component";
import type { InstanceReference } from "../instance/reference";
import { refuse } from "../report";
import type { ServiceSheet } from "../sheet/sheet";
import type { ReplicaArgs } from "./args";
import { asReplica, replicaInstance, replicaProblems } from "./replica-instance";

/**
 * A replica of an instance: a copy with a name, size, zone, storage class and Services of its own, kept up to date and readable. It can be
 * promoted on its own, or exchange its role with the source.
 *
 * Once it takes writes it is an instance like any other; {@link Replica.reference} is taken wherever that of an instance is.
 *
 * @example
 * const orders = new PostgresInstance("orders", { storage: { size: "20Gi" } });
 * const reports = new Replica("orders-reports", { source: orders.reference, storage: { size: "20Gi" } });
 */
export class Replica extends pulumi.ComponentResource {
  /** Name of the replica in Kubernetes. */
  public readonly instanceName: pulumi.Output<string>;
  /** Namespace of the replica. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the Secret with everything an application needs to connect. User and password are those of the source. */
  public readonly connectionSecret: pulumi.Output<string>;
  /** Name of the Service of its primary, which is read-only while the replica follows. */
  public readonly serviceName: pulumi.Output<string>;
  /** DNS name of its primary inside the cluster. */
  public readonly host: pulumi.Output<string>;
  /** DNS name of its standbys; of its primary when there is no standby. */
  public readonly hostReadOnly: pulumi.Output<string>;
  /** Port of PostgreSQL. */
  public readonly port: pulumi.Output<number>;
  /** Connection string inside the cluster (secret). */
  public readonly connectionString: pulumi.Output<string>;
  /** What the server answered to `SELECT version()`. */
  public readonly serverVersion: pulumi.Output<string>;
  /** creating, running, deleting, deleted or failed. */
  public readonly state: pulumi.Output<InstanceState>;
  /** healthy, unhealthy or unknown. */
  public readonly health: pulumi.Output<HealthStatus>;
  /** Whether it takes writes, by its arguments. */
  public readonly takesWrites: pulumi.Output<boolean>;
  /** What the replica takes, costs and promises, as far as it can be known from its arguments. */
  public readonly sheet: pulumi.Output<ServiceSheet>;
  /** What other components need to know of it. */
  public readonly reference: pulumi.Output<InstanceReference>;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: ReplicaArgs, opts?: PostgresInstanceOptions) {
    refuse(replicaProblems(name, args));
    const { transform, sourceProvider, ...options } = opts ?? {};
    const rendered = replicaInstance(name, args);
    super("pulumi-cnpg:index:Replica", name, {}, options);
    const instance = new PostgresInstance(name, rendered, {
      parent: this,
      // Children do not inherit it from a component.
      dependsOn: options.dependsOn,
      transform,
      sourceProvider,
      tell: asReplica,
    });
    this.instanceName = instance.instanceName;
    this.namespace = instance.namespace;
    this.connectionSecret = instance.connectionSecret;
    this.serviceName = instance.serviceName;
    this.host = instance.host;
    this.hostReadOnly = instance.hostReadOnly;
    this.port = instance.port;
    this.connectionString = instance.connectionString;
    this.serverVersion = instance.serverVersion;
    this.state = instance.state;
    this.health = instance.health;
    this.takesWrites = pulumi.output(args.promoted === true || args.primary === (args.name ?? name));
    this.sheet = instance.sheet;
    this.reference = instance.reference;
    this.registerOutputs({
      instanceName: this.instanceName,
      namespace: this.namespace,
      connectionSecret: this.connectionSecret,
      serviceName: this.serviceName,
      host: this.host,
      hostReadOnly: this.hostReadOnly,
      port: this.port,
      connectionString: this.connectionString,
      serverVersion: this.serverVersion,
      state: this.state,
      health: this.health,
      takesWrites: this.takesWrites,
      sheet: this.sheet,
      reference: this.reference,
    });
  }
}
