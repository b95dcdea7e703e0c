import type { PoolMode } from "../cnpg/pooler";
import type { ResourceAmounts, SchedulingArgs } from "../instance/args";

/** CPU and memory of each PgBouncer pod. A change replaces the pods one after the other. */
export interface PoolerResources {
  /** @default { cpu: "100m", memory: "64Mi" } */
  requests?: ResourceAmounts;
  /**
   * PgBouncer uses one CPU at most. A thousand clients with TLS need about 100Mi of memory.
   * @default { memory: "256Mi" }: no limit of CPU
   */
  limits?: ResourceAmounts;
}

/**
 * PgBouncer in front of the primary: many clients share few server connections, and a planned failover holds their statements back
 * in place of failing them. It is a second way in, Service `<name>-pooler`; the direct one stays. A pod that is replaced ends the connections
 * it has, and its clients connect again.
 */
export interface PoolerArgs {
  /**
   * Number of PgBouncer pods. A change replaces none of the others.
   * @default 2; 1 in front of a single server
   */
  instances?: number;
  /**
   * When a server connection goes back to the pool. `transaction`: after each transaction, so that many clients share few connections and
   * a planned failover fails no statement. What belongs to a session is then lost between transactions: `SET`, `LISTEN`, advisory
   * locks, temporary tables, `WITH HOLD` cursors and prepared statements made by SQL; those made by drivers work. `session`: when the client
   * disconnects; everything works, and a failover ends the session. A change is loaded without a restart.
   * @default "transaction"
   */
  mode?: PoolMode;
  /** Most clients of one PgBouncer pod, 1 to 100000; further ones are refused. A change is loaded without a restart. @default 1000 */
  maxClientConnections?: number;
  /**
   * Most connections that one PgBouncer pod has to one database of the server, all users together. Refused when all pods, with one more while
   * pods are replaced, and as many connections again to look up passwords, could ask the server for more than it has. A change is loaded without a restart.
   * @default what `max_connections` leaves for each pod
   */
  poolSize?: number;
  /**
   * PgBouncer settings, as CloudNativePG allows them. A change is loaded without a restart.
   * @example { query_wait_timeout: "60", server_idle_timeout: "300" }
   */
  parameters?: Record<string, string>;
  /** CPU and memory of each pod. */
  resources?: PoolerResources;
  /**
   * Image. It must have PgBouncer at `/usr/bin/pgbouncer`, and `psql` and a shell for pausing. A change replaces the pods one after the other.
   * @default CloudNativePG's, of the version this package is tested with
   * @example "ghcr.io/cloudnative-pg/pgbouncer:1.25.2"
   */
  image?: string;
  /** Where the pods may run. They are spread over hosts and zones where possible. A change replaces the pods one after the other. */
  scheduling?: SchedulingArgs;
  /**
   * Hold clients back while a planned failover changes the primary. Its Job then may run commands in every pod of the namespace: a Role
   * cannot name the pods of a Deployment. Without it a failover ends the transactions that are open and fails statements until
   * the new primary is there, as without a pooler.
   * @default true
   */
  pause?: boolean;
  /**
   * Also pool connections to the standbys: Service `<name>-pooler-ro`, with as many pods. Needs a standby. It is not paused in a failover.
   * @default false
   */
  readOnly?: boolean;
}
