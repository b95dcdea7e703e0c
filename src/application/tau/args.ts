import type * as pulumi from "@pulumi/pulumi";
import type { DeletionArgs, PostgresInstanceArgs } from "../../instance/args";
import type { InstanceBackupArgs } from "../../instance/backup-args";
import type { InstanceReference } from "../../instance/reference";
import type { JobsArgs } from "../../jobs/args";
import type { Access } from "../access";
import type { SslMode } from "../credentials";
import type { EnvironmentNames, RotationArgs } from "../link/args";
import type { MigrationsArgs } from "../migration/args";
import type { DatabaseReference } from "../reference";

/** A database of an application. */
export interface ApplicationDatabaseArgs {
  /** Whether there is one. Removing it keeps the data: see `deletion`. */
  enabled: boolean;
  /** Name of the database. @default the name of the application, with underscores in place of hyphens */
  name?: string;
  /** Extensions that are created in it. @example ["uuid-ossp", "pgcrypto"] */
  extensions?: string[];
  /** Schemas that are created in it and belong to its owner. @default ["public"] */
  schemas?: string[];
  /** Size of the volume of an instance of its own. @default "10Gi" */
  storageSize?: string;
  /** The instance it is made in: its `reference`. @default an instance of its own, `postgres-<name>`, in the namespace of the application */
  instance?: pulumi.Input<InstanceReference>;
  /** It is the database that `instance` was made with. @default false */
  ofInstance?: boolean;
  /** A database that is declared elsewhere: `reference` of a {@link Database}. Only a link is made to it. Not together with `instance`. */
  existing?: pulumi.Input<DatabaseReference>;
  /** What the application may do. Other than `owner` it gets a role of its own. @default "owner"; "readWrite" with `existing` */
  access?: Access;
  /** Where an instance of its own archives; a short form of `instanceArgs.backup`. @default nowhere */
  backup?: InstanceBackupArgs;
  /** Arguments of an instance of its own. */
  instanceArgs?: PostgresInstanceArgs;
  /** Changes of the schema, which are made as the owner before the application begins or is rolled. @default none */
  migrations?: MigrationsArgs;
  /** Sessions that the application opens at most, all its pods together. @default 10 for each replica */
  connections?: number;
  /** Connect through the pooler of the instance. @default false */
  pooler?: boolean;
  /** Password, at least 8 characters. @default a random one */
  password?: pulumi.Input<string>;
  /** Credentials that change; the application is rolled with them. It gets a role of its own, also as owner. @default none */
  rotation?: RotationArgs;
  /** What the URL asks the client to check. @default "verify-full" */
  sslMode?: SslMode;
  /** Other names for the environment variables. */
  environmentNames?: EnvironmentNames;
  /** First step of removing the database with its data: `confirm` repeats the name of the database. */
  deletion?: DeletionArgs;
}

/** A port of the application. */
export interface ApplicationPortArgs {
  /** @default "http" for the first, "port-<number>" for others */
  name?: string;
  /** Port of the container, 1 to 65535. */
  port: number;
  /** Port of the Service. @default `port` */
  servicePort?: number;
}

/** An HTTP probe. */
export interface HttpProbeArgs {
  /** @default "/" */
  path?: string;
  /** Port of the container. @default the first of `ports` */
  port?: number;
  /** Seconds between two probes. @default 10 */
  periodSeconds?: number;
  /** Seconds for an answer. @default 1 */
  timeoutSeconds?: number;
  /** Failures in a row that count. @default 3 */
  failureThreshold?: number;
}

/** When a pod is started, ready and alive. */
export interface ApplicationProbesArgs {
  startup?: HttpProbeArgs;
  readiness?: HttpProbeArgs;
  liveness?: HttpProbeArgs;
}

/** How the application is reached from outside. */
export interface ApplicationIngressArgs {
  /** DNS name. @example "shop.example.com" */
  host: string;
  /** @default "/" */
  path?: string;
  /** @default that of the cluster */
  className?: string;
  /** Secret with the certificate for `host`. @default none, plain HTTP */
  tlsSecret?: string;
  annotations?: Record<string, string>;
}

/** A volume of the application: exactly one of `size`, `claim`, `configMap`, `secret` and `emptyDir`. */
export interface ApplicationVolumeArgs {
  /** DNS label. */
  name: string;
  /** Absolute path in the container. */
  mountPath: string;
  /** A new PersistentVolumeClaim `<application>-<name>` of this size, which is kept when the application is removed. With one replica. */
  size?: string;
  /** Class of the new claim. @default that of the cluster */
  storageClass?: string;
  /** A claim that exists. */
  claim?: string;
  /** A ConfigMap. */
  configMap?: pulumi.Input<string>;
  /** A Secret. */
  secret?: pulumi.Input<string>;
  /** Scratch space that goes with the pod. */
  emptyDir?: boolean;
  /** @default false */
  readOnly?: boolean;
}

/** CPU and memory of the application's container. */
export interface ApplicationResources {
  /** @example { cpu: "50m", memory: "64Mi" } */
  requests?: Record<string, string>;
  /** @example { memory: "128Mi" } */
  limits?: Record<string, string>;
}

/** Raw fields merged over what the component renders. */
export interface ApplicationOverrides {
  /** Merged into the Deployment. */
  deployment?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Merged into the Service. */
  service?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Merged into the Ingress. */
  ingress?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** Arguments of {@link TauApplication}. Every one is optional. */
export interface TauApplicationArgs {
  /** Namespace of the application and of what is made for it. @default "default" */
  namespace?: string;
  /**
   * Make the namespace. It is kept while it may hold a database: with an instance of its own it stays when the application is removed.
   * @default true, but false for `default` and the namespaces of Kubernetes
   */
  createNamespace?: boolean;
  /** Labels of the namespace, where it is made. */
  namespaceLabels?: Record<string, string>;
  /** Image of the application. Without it there is no Deployment, and a subclass makes what it needs. */
  image?: string;
  /** `Always`, `IfNotPresent` or `Never`. @default what Kubernetes derives from the tag */
  imagePullPolicy?: string;
  /** Secrets in the namespace that open the registry. */
  imagePullSecrets?: string[];
  /** Command in place of the image's. */
  command?: string[];
  /** Arguments of the command. */
  arguments?: string[];
  /** Number of pods, 0 or more. @default 1 */
  replicas?: number;
  /** Ports; they get a Service of the application's name. @default none */
  ports?: ApplicationPortArgs[];
  /** Further environment variables. */
  env?: Record<string, pulumi.Input<string>>;
  /** CPU and memory. @default what the namespace says */
  resources?: ApplicationResources;
  /** Probes. @default none: a pod counts as ready when it runs */
  probes?: ApplicationProbesArgs;
  /** How it is reached from outside; needs `ports`. @default only inside the cluster */
  ingress?: ApplicationIngressArgs;
  /** Further volumes. */
  volumes?: ApplicationVolumeArgs[];
  /** ServiceAccount of the pods. @default that of the namespace */
  serviceAccountName?: string;
  /** Labels of everything made, besides `app`. */
  labels?: Record<string, string>;
  /** Its database. @default none */
  database?: ApplicationDatabaseArgs;
  /**
   * Further databases. Their variables begin with the name in capitals: `reports` gives `REPORTS_DATABASE_URL`. The name is a DNS label.
   */
  databases?: Record<string, ApplicationDatabaseArgs>;
  /** Seconds until the application must run. @default 600 */
  readyTimeout?: number;
  /** Image of the Jobs, and of the container that waits for the database. @default this package's */
  jobs?: JobsArgs;
  /** Escape hatch. */
  overrides?: ApplicationOverrides;
}
