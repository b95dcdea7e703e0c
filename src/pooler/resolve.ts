import { ServiceSelector } from "../cnpg/cluster";
import { pinnedImages } from "../cnpg/images";
import { PoolMode } from "../cnpg/pooler";
import { type ResourceAmounts, type SchedulingArgs, Spread } from "../instance/args";
import type { PoolerArgs, PoolerResources } from "./args";
import type { PoolerType } from "./names";
import { defaultSettings } from "./settings";
import { askedFor, type ConnectionBudget, largestPool } from "./size";

/** A pooler with every default filled in. */
export interface ResolvedPooler {
  /** PgBouncer pods of each type. */
  instances: number;
  mode: PoolMode;
  image: string;
  /** Settings of PgBouncer, all that are set. */
  parameters: Record<string, string>;
  requests: ResourceAmounts;
  limits: ResourceAmounts;
  scheduling: SchedulingArgs & { zoneSpread: Spread; hostSpread: Spread };
  /** Whether planned failovers hold its clients back. */
  pause: boolean;
  /** Most connections that its pods ask the primary for. */
  connections: number;
  /** What it stands in front of: the primary, perhaps the standbys too. */
  types: PoolerType[];
}

/** What the defaults of a pooler depend on. */
export interface PoolerSurroundings {
  /** Number of PostgreSQL instances. */
  servers: number;
  /** Connections of each. */
  budget: ConnectionBudget;
  /** Whether the server refuses connections without TLS. */
  requireTls: boolean;
}

/** Number of PgBouncer pods. */
export function poolerInstances(args: PoolerArgs, servers: number): number {
  return args.instances ?? (servers > 1 ? 2 : 1);
}

/** CPU and memory of each pod. */
export function poolerResources(given: PoolerResources = {}): {
  requests: ResourceAmounts;
  limits: ResourceAmounts;
} {
  return {
    requests: { cpu: "100m", memory: "64Mi", ...given.requests },
    limits: { memory: "256Mi", ...given.limits },
  };
}

/** Fills in the defaults. The arguments must have passed validation. */
export function resolvePooler(args: PoolerArgs, around: PoolerSurroundings): ResolvedPooler {
  const instances = poolerInstances(args, around.servers);
  const spread = instances > 1 ? Spread.Preferred : Spread.None;
  const size = args.poolSize ?? largestPool(around.budget, instances);
  const poolSize = String(size);
  return {
    instances,
    mode: args.mode ?? PoolMode.transaction,
    image: args.image ?? pinnedImages.pooler,
    parameters: {
      ...defaultSettings,
      client_tls_sslmode: around.requireTls ? "require" : "prefer",
      ...args.parameters,
      max_client_conn: String(args.maxClientConnections ?? 1000),
      default_pool_size: poolSize,
      // A pool is of one user and one database: without this, each further user could have as many again.
      max_db_connections: poolSize,
    },
    ...poolerResources(args.resources),
    scheduling: { zoneSpread: spread, hostSpread: spread, ...args.scheduling },
    pause: args.pause ?? true,
    connections: askedFor(size, instances),
    types: [ServiceSelector.primary, ...(args.readOnly === true ? [ServiceSelector.standbys] : [])],
  };
}
