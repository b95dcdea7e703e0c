import { ServiceSelector } from "../cnpg/cluster";
import type { PoolMode } from "../cnpg/pooler";
import { poolerHost } from "./connection";
import type { PoolerType } from "./names";

/** What is known of the pooler of an instance by its Service. */
export interface PoolerFacts {
  mode: PoolMode;
  types: PoolerType[];
  /** Whether planned failovers hold its clients back. */
  pause: boolean;
  /** Most connections that its pods ask the primary for; absent from facts of older versions. */
  connections?: number;
}

/** The part of a reference to an instance that is about its pooler. */
export function poolerReference(instance: { name: string; namespace: string; pooler?: PoolerFacts }): {
  hostPooler?: string;
  hostPoolerReadOnly?: string;
  poolMode?: PoolMode;
  poolerConnections?: number;
} {
  const hostPoolerReadOnly = poolerHost(instance, ServiceSelector.standbys);
  if (instance.pooler === undefined) return {};
  const { connections } = instance.pooler;
  return {
    ...(connections === undefined ? {} : { poolerConnections: connections }),
    hostPooler: poolerHost(instance),
    ...(hostPoolerReadOnly === undefined ? {} : { hostPoolerReadOnly }),
    poolMode: instance.pooler.mode,
  };
}
