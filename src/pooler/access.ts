import type { ClusterSpec } from "../cnpg/cluster";
import { sqlIdentifier } from "../sql-identifier";
import { labels as cnpgLabels, ownLabels, PodRole } from "../cnpg/metadata";

/** Name of the pods in `podSelectorRefs`, and of the map in pg_ident.conf. */
const name = "pooler";

/** Common name in the certificate with which CloudNativePG lets PgBouncer look up passwords. Source: CloudNativePG 1.30.0, api/v1. */
export const poolerUser = "cnpg_pooler_pgbouncer";

/** Labels of the PgBouncer pods in front of a Cluster. */
export function poolerPods(instance: string, cluster?: string): Record<string, string> {
  return {
    [ownLabels.instance]: instance,
    ...(cluster === undefined ? {} : { [cnpgLabels.cluster]: cluster }),
    [cnpgLabels.podRole]: PodRole.pooler,
  };
}

/**
 * Lets the PgBouncer pods of a Cluster log in as the owner by their certificate. PgBouncer never learns the password of a client: what it gets
 * of SCRAM works only with the salt that the server had when the client logged in, and CloudNativePG sets the owner's password anew, with
 * another salt, whenever a server becomes primary or the primary restarts. Every client would then have to log in again.
 */
export function poolerAccess(
  { name: instance, owner }: { name: string; owner: string },
  cluster: string,
): { pgHba: string; pgIdent: string; podSelectorRef: NonNullable<ClusterSpec["podSelectorRefs"]>[number] } {
  const quoted = sqlIdentifier(owner);
  return {
    pgHba: `hostssl all ${quoted} \${podselector:${name}} cert map=${name}`,
    pgIdent: `${name} ${poolerUser} ${quoted}`,
    podSelectorRef: { name, selector: { matchLabels: poolerPods(instance, cluster) } },
  };
}
