import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";
import type { InstanceResources, InstanceSize, PostgresInstanceArgs, StorageArgs } from "../instance/args";
import type { InstanceBackupArgs } from "../instance/backup-args";
import type { Feed, FollowSource, InitialCopy, ServiceTarget, SourceConnectionArgs } from "./follow-args";

/** Arguments of {@link Replica}. Only `source` must be given. */
export interface ReplicaArgs {
  /**
   * The instance that is followed: the `reference` of a {@link PostgresInstance} or of another {@link Replica}. Sizes, parameters, database and
   * version are compared with it at preview, as far as it is known then. Another source is refused for a replica that exists.
   */
  source: pulumi.Input<FollowSource>;
  /**
   * Name in Kubernetes, under the same rules as that of a {@link PostgresInstance}. It must differ from the source's, also in another cluster.
   * @default the name of the resource
   */
  name?: string;
  /** Namespace; it must exist. @default "default" */
  namespace?: string;
  /** Number of its PostgreSQL instances: one that follows the source, the others follow that one. @default 1 */
  instances?: number;
  /** Preset of CPU and memory. A smaller one than the source's derives lower parameters, which may be refused. @default "small" */
  size?: InstanceSize;
  /** CPU and memory, where the preset does not fit. */
  resources?: InstanceResources;
  /** Data volume of each instance; not smaller than the source's. */
  storage?: StorageArgs;
  /** A volume of its own for WAL. @default WAL on the data volume */
  walStorage?: StorageArgs;
  /** Zone its pods run in, by the label `topology.kubernetes.io/zone` of the nodes. @default any @example "westeurope-2" */
  availabilityZone?: string;
  /**
   * By which way changes come. A change restarts the servers one after the other where the archive comes or goes.
   * @default "both" where the source's archive can be read from this namespace, else "streaming"
   */
  feed?: Feed;
  /**
   * From where the first copy of the data comes. Read once. `archive` needs a base backup in the source's archive.
   * @default "stream"; "archive" where feed is the archive alone
   */
  copy?: InitialCopy;
  /**
   * Replay changes so long after they were committed on the source, as hours, minutes and seconds: time to notice a mistake. WAL of that time
   * stays on the volume. It does not go with `primary`, and a promotion replays all that has arrived before. A change takes effect at once.
   * @default no delay
   * @example "1h"
   */
  minApplyDelay?: string;
  /**
   * Lag that is too much, bytes of WAL of the source that were not replayed; also of its own standbys. `pulumi-cnpg replica list` and, with
   * `instance.failover.alerts`, an alert tell of it. A change restarts nothing.
   * @default no limit
   */
  maxLagBytes?: number;
  /** A BackupStore of this namespace that points to where the source archives. @default the source's store, in the same namespace */
  store?: pulumi.Input<BackupStoreReference>;
  /** Another way to the source than its Service, for example to a load balancer in another region. */
  connection?: SourceConnectionArgs;
  /**
   * Name of the one of the two that takes writes, this or the source; given here and as `follow.primary` of the source, with the same value.
   * A change on both sides exchanges the roles in one update, and nothing is lost. See `docs/replica.md`.
   * @default the source takes writes, and the roles cannot be exchanged
   */
  primary?: string;
  /**
   * Take writes from now on, on its own. It cannot be undone: the source goes on as it is, and what it has not sent is not there.
   * @default false
   */
  promoted?: boolean;
  /** Must repeat the name of the replica when it is promoted. */
  confirmPromotion?: string;
  /** What its Service leads to. @default "own" */
  serviceTarget?: ServiceTarget;
  /** Where it archives itself, also while it follows: an archive of its own, from which it can be restored once it takes writes. @default nowhere */
  backup?: InstanceBackupArgs;
  /**
   * Keep Cluster, volumes and password in Kubernetes when the replica is removed from the program.
   * @default true while it takes writes; false while it follows, because the source has the data
   */
  keepData?: boolean;
  /**
   * Everything else of its instance: version, image, database, owner, profile, parameters, scheduling, exposure, deletion, … Not what stands
   * above, and not what a copy has from its source: `follow`, `initdb` and `restore`.
   * @example { owner: "shop", database: "shop", parameters: { max_connections: "200" } }
   */
  instance?: PostgresInstanceArgs;
}
