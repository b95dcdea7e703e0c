import { ServiceSelector } from "../cnpg/cluster";

/** Which servers a pooler stands in front of: the primary, or the standbys. */
export type PoolerType = typeof ServiceSelector.primary | typeof ServiceSelector.standbys;

/**
 * Name of the Pooler in front of `of`, and of what CloudNativePG makes for it. In front of a Cluster it is that generation's own; in front of
 * an instance it is the Service that all generations share.
 */
export function poolerName(of: string, type: PoolerType = ServiceSelector.primary): string {
  return type === ServiceSelector.primary ? `${of}-pooler` : `${of}-pooler-${type}`;
}
