import type * as pulumi from "@pulumi/pulumi";
import type { PlatformReference } from "../platform/reference";

/** One instance or replica whose pods and Jobs get the identity. */
export interface IdentityInstanceArgs {
  /** Name of the instance in Kubernetes. Its generations, restored ones too, run under the ServiceAccount of that name. */
  name: string;
  /** @default that of the identity */
  namespace?: string;
  /** Cluster it runs in. @default that of the identity */
  platform?: PlatformReference;
  /** Whether it has a BackupSchedule: the Job that checks backups and carries out retention enters the store. @default true */
  schedule?: boolean;
  /** Whether it has restore drills. @default `schedule` */
  drills?: boolean;
  /** Whether it has logical dumps that go to the store: the Jobs that write them, and that restore them. @default false */
  dumps?: boolean;
  /** Whether it only reads the archive of another instance, as a replica without an archive of its own does. @default false */
  readOnly?: boolean;
}

/** A ServiceAccount of something else, for example of a program that reads dumps. */
export interface ServiceAccountArgs {
  name: string;
  namespace: string;
  /** @default that of the identity */
  platform?: PlatformReference;
}

/**
 * Arguments of {@link InstanceIdentity}. An identity holds 20 federated credentials, one for each ServiceAccount: an instance with a
 * BackupSchedule and drills takes five, its dumps two more.
 */
export interface InstanceIdentityArgs {
  /** Name of the identity. A change makes a new one. @default the name of the resource */
  name?: string;
  /** The cluster: the `reference` of an {@link AksPlatform}, or one written by hand. */
  platform: PlatformReference;
  /** Resource group of the identity. @default that of the platform */
  resourceGroupName?: pulumi.Input<string>;
  /** Namespace of the instances. @default "default" */
  namespace?: string;
  /** The instances that get the identity. A further one is added without touching the others. */
  instances: IdentityInstanceArgs[];
  /** Further ServiceAccounts. @default none */
  serviceAccounts?: ServiceAccountArgs[];
  /** Tags, at most 48. */
  tags?: Record<string, string>;
}
