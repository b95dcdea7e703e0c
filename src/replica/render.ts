import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";
import type { Bootstrap, ClusterSpec, ExternalCluster, PluginConfiguration } from "../cnpg/cluster";
import { barmanPluginName } from "../cnpg/object-store";
import type { PostgresInstanceArgs } from "../instance/args";
import { serviceDnsNames, serviceHost } from "../instance/names";
import type { ResolvedGeneration, ResolvedInstance } from "../instance/resolve";
import { leafOf } from "../leaf";
import { feedStore, ofSource, type ResolvedFollow } from "./follow";
import { Feed, InitialCopy } from "./follow-args";

/** Role by which servers follow each other; CloudNativePG makes it, and lets it in with a certificate only. */
export const replicationRole = "streaming_replica";

/** Name under which a Cluster knows the instance it follows. Its own is the name of its instance. */
export function sourceMember(name: string): string {
  return `${name}-source`;
}

/** What `spec.replica` is: who of the two takes writes. A token never stands here. */
export function replicaStanza({ name }: ResolvedInstance, follow: ResolvedFollow) {
  const source = sourceMember(name);
  const { writes, minApplyDelay } = follow;
  return { self: name, primary: writes ? name : source, source, minApplyDelay };
}

/** The members of a Cluster's specification by which it follows, or may follow; none for an instance that follows nobody. */
export function followSpec(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
): Pick<ClusterSpec, "replica" | "externalClusters"> {
  const { follow } = instance;
  if (follow === undefined) return {};
  return {
    replica: replicaStanza(instance, follow),
    externalClusters: [ownMember(instance), source(instance, args, follow)],
  };
}

/** CloudNativePG wants to know each member of the topology, also the Cluster itself. */
function ownMember({ name, namespace, names }: ResolvedInstance): ExternalCluster {
  const host = serviceHost(names.service, namespace);
  return { name, connectionParameters: { host, user: replicationRole, dbname: "postgres" } };
}

function source(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  follow: ResolvedFollow,
): ExternalCluster {
  return {
    name: sourceMember(instance.name),
    ...(follow.feed === Feed.Archive ? {} : streaming(instance, args, follow)),
    plugin: archive(instance, args, follow),
  };
}

/** The stable Service, so that a switchover of the source is followed, and the certificate verified against its name. */
function streaming(
  { name, namespace, names }: ResolvedInstance,
  args: PostgresInstanceArgs,
  follow: ResolvedFollow,
): Partial<ExternalCluster> {
  const { host, hostaddr, port } = args.follow?.connection ?? {};
  const key = (file: string): { name: string; key: string } => ({ name: names.sourceSecret, key: file });
  const text = (value: pulumi.Input<string | number>): string => leafOf(value, String);
  return {
    connectionParameters: {
      host: text(host ?? ofSource(follow, namespace, named => named.host)),
      ...(hostaddr === undefined ? {} : { hostaddr: text(hostaddr) }),
      port: text(port ?? ofSource(follow, namespace, named => named.port)),
      user: replicationRole,
      dbname: "postgres",
      sslmode: "verify-full",
      application_name: name,
      connect_timeout: "10",
    },
    sslCert: key("tls.crt"),
    sslKey: key("tls.key"),
    sslRootCert: key("ca.crt"),
  };
}

/** The plugin that reads the source's archive. Whether there is one may not be known before the source is. */
function archive(
  { namespace }: ResolvedInstance,
  args: PostgresInstanceArgs,
  follow: ResolvedFollow,
): PluginConfiguration | undefined {
  const store = feedStore(args, namespace);
  if (store === undefined) return undefined;
  return leafOf(store, known =>
    known === undefined
      ? undefined
      : plugin(
          known,
          ofSource(follow, namespace, named => named.archive),
        ),
  );
}

function plugin(store: BackupStoreReference, serverName: string): PluginConfiguration {
  return { name: barmanPluginName, parameters: { barmanObjectName: store.name, serverName } };
}

/** How a generation that is a copy begins. */
export function copySpec(
  { name, database, owner, passwordSecret }: ResolvedInstance,
  { copy }: ResolvedGeneration,
): Bootstrap | undefined {
  if (copy === undefined) return undefined;
  const begin = { source: sourceMember(name), database, owner, secret: { name: passwordSecret } };
  return copy === InitialCopy.Archive ? { recovery: begin } : { pg_basebackup: begin };
}

/** Names in the server certificate: with a peer also those of its Service, which may come to lead here. */
export function serverNames({ dnsNames, namespace, follow }: ResolvedInstance): string[] {
  if (follow?.exchanges !== true) return dnsNames;
  return ofSource(follow, namespace, (named, { name }) => [
    ...dnsNames,
    ...serviceDnsNames(name, named.namespace),
  ]);
}
