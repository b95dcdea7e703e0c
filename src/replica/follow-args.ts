import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";

/** By which way changes of the source come. */
export const Feed = {
  /** From the source's servers, over the network, within milliseconds. */
  Streaming: "streaming",
  /** From the source's archive, a WAL segment at a time: behind by what the source has not archived yet. */
  Archive: "archive",
  /** Streaming, and the archive for what the source no longer has. */
  Both: "both",
} as const;
export type Feed = (typeof Feed)[keyof typeof Feed];

/** From where the first copy of the data comes. */
export const InitialCopy = {
  /** `pg_basebackup` from the source's primary, over the network. */
  Stream: "stream",
  /** The newest base backup of the source's archive: no load on the source's servers. */
  Archive: "archive",
} as const;
export type InitialCopy = (typeof InitialCopy)[keyof typeof InitialCopy];

/** What the Service of an instance with a peer leads to. */
export const ServiceTarget = {
  /** The instance's own primary, which is read-only while the instance follows. */
  Own: "own",
  /** The primary of whichever of the two takes writes. */
  Writer: "writer",
} as const;
export type ServiceTarget = (typeof ServiceTarget)[keyof typeof ServiceTarget];

/** What a server that follows must at least have, because PostgreSQL refuses to replay with less. */
export interface ReplicaRequirements {
  /** Size of the source's data volume, as a quantity. */
  storage: string;
  /** The source's values of the parameters that a standby must not have lower, and those that bound its followers. */
  parameters: Record<string, string>;
}

/**
 * An instance that is followed: the `reference` of a {@link PostgresInstance} or {@link Replica}, or its name alone where it is made
 * later in the program or by another one. What is not known of it is not checked.
 * @example { name: "orders-west" }
 */
export interface FollowSource {
  /** Name of the instance. */
  name: string;
  /** Its namespace. @default the namespace of the follower */
  namespace?: string;
  /** Its generation that serves clients. @default "1" */
  generation?: string;
  /** Its DNS name, which must be in its certificate. @default that of its Service */
  host?: string;
  /** Its port. @default 5432 */
  port?: number;
  /** Major version of PostgreSQL. */
  major?: number;
  /** Number of its PostgreSQL instances. */
  instances?: number;
  /** Its application database. */
  database?: string;
  /** Role that owns it. */
  owner?: string;
  /** Secret with user name and password of the owner. @default `<name>-owner` */
  passwordSecret?: string;
  /** Where it archives. */
  store?: BackupStoreReference;
  /** Name of its archive in the store. @default name of its Cluster */
  archive?: string;
  /** Whether it is shut down. */
  hibernated?: boolean;
  /** What its followers must at least have. */
  requirements?: ReplicaRequirements;
}

/** Another way to the source than its Service: the certificate is verified against the name all the same. */
export interface SourceConnectionArgs {
  /** DNS name to connect to, which must be in the source's certificate. @default DNS name of the source's Service */
  host?: pulumi.Input<string>;
  /** Address to connect to in place of the one the name resolves to, for example of a load balancer in another region. */
  hostaddr?: pulumi.Input<string>;
  /** @default the source's port */
  port?: pulumi.Input<number>;
}

/**
 * Whom an instance follows: the data of the other instance, kept up to date, readable, and ready to take over.
 * The one that follows is a CloudNativePG replica cluster; both may change their roles with `primary`.
 */
export interface FollowArgs {
  /**
   * The instance that is followed while this one does not take writes. Another one is refused for a generation that exists: its data is of
   * the former. An instance that is not to follow any more is first promoted.
   */
  source: pulumi.Input<FollowSource>;
  /**
   * Name of the one of the two instances that takes writes, this or the source: given on both sides, with the same value. A change on both
   * sides exchanges the roles in one update: the one is demoted, the other one promoted when it has replayed everything, and nothing is
   * lost. Writes pause meanwhile, for some seconds.
   * @default the source takes writes, and the roles cannot be exchanged
   */
  primary?: string;
  /**
   * Take writes from now on, on its own: the source goes on as it is, and what it has not sent is not there. It cannot be undone; a
   * generation that is copied anew follows again. For the loss of the source, or for a second database of the same beginning.
   * @default false
   */
  promoted?: boolean;
  /** Must repeat the name of the instance when it is promoted. */
  confirmPromotion?: string;
  /** Make the generations of this instance as copies of the source in place of `initdb`. Read once, when a generation is created. */
  copy?: InitialCopy;
  /**
   * By which way changes come. A change restarts the servers one after the other where the archive comes or goes.
   * @default "both" where the source's archive can be read from this namespace, else "streaming"
   */
  feed?: Feed;
  /**
   * Replay changes so long after they were committed on the source, as hours, minutes and seconds. It does not go with `primary`, and a
   * promotion replays all that has arrived before. A change takes effect at once. @example "1h"
   */
  minApplyDelay?: string;
  /** A BackupStore of this namespace that points to the place where the source archives. @default the source's store, in the same namespace */
  store?: pulumi.Input<BackupStoreReference>;
  /** Another way to the source than its Service. */
  connection?: SourceConnectionArgs;
  /**
   * What the Service of the primary, and a load balancer, lead to: with `writer`, clients of this instance go on writing when the roles are
   * exchanged, also those that verify the certificate. Needs `primary`, a source that is named by `{ name }`, and the same namespace.
   * @default "own"
   */
  serviceTarget?: ServiceTarget;
}
