import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";
import type { GenerationArgs, PostgresInstanceArgs } from "../instance/args";
import { clusterName, instanceNames, serviceHost } from "../instance/names";
import { isPlain, leafOf } from "../leaf";
import { Feed, type FollowSource, type InitialCopy, ServiceTarget } from "./follow-args";

/** Port of PostgreSQL where the source names none. */
const defaultPort = 5432;

/** Whom an instance follows, with every default that does not depend on the source. */
export interface ResolvedFollow {
  source: pulumi.Input<FollowSource>;
  /** Name of the one of the two that takes writes, as given. */
  primary?: string;
  /** This instance is to take writes. */
  writes: boolean;
  /** The two can exchange their roles. */
  exchanges: boolean;
  /** It was promoted for good. */
  promoted: boolean;
  feed?: Feed;
  /** A store of its own is named to read the source's archive from. */
  ownStore: boolean;
  minApplyDelay?: string;
  /** Its Services lead to the source's primary while that takes writes. */
  leadsToWriter: boolean;
}

/** @param name name of the instance in Kubernetes */
export function resolveFollow(
  name: string,
  { follow }: Pick<PostgresInstanceArgs, "follow">,
): ResolvedFollow | undefined {
  if (follow === undefined) return undefined;
  const { source, primary, feed, minApplyDelay } = follow;
  const promoted = follow.promoted ?? false;
  const writes = promoted || primary === name;
  return {
    source,
    primary,
    writes,
    exchanges: primary !== undefined && !promoted,
    promoted,
    feed,
    ownStore: follow.store !== undefined,
    // What takes writes has nothing to delay, and CloudNativePG refuses it with a token.
    minApplyDelay: writes ? undefined : minApplyDelay,
    leadsToWriter: !writes && follow.serviceTarget === ServiceTarget.Writer,
  };
}

/** How a generation is copied; undefined when it begins in another way. */
export function copyOf(args: PostgresInstanceArgs, own: GenerationArgs): InitialCopy | undefined {
  if (own.copy !== undefined) return own.copy;
  if (own.restoredFrom !== undefined || own.initdb !== undefined) return undefined;
  return args.follow?.copy;
}

/** A source with everything that its name implies. */
export interface NamedSource {
  namespace: string;
  cluster: string;
  host: string;
  port: number;
  /** Secret of its certificate authority. */
  authority: string;
  passwordSecret: string;
  archive: string;
}

/** @param namespace that of the follower */
export function namedSource(source: FollowSource, namespace: string): NamedSource {
  const names = instanceNames(source.name);
  const own = source.namespace ?? namespace;
  const cluster = clusterName(source.name, source.generation ?? "1");
  return {
    namespace: own,
    cluster,
    host: source.host ?? serviceHost(names.service, own),
    port: source.port ?? defaultPort,
    authority: names.certificateAuthority,
    passwordSecret: source.passwordSecret ?? names.ownerSecret,
    archive: source.archive ?? cluster,
  };
}

/** Something of the source, known now or when the source is. */
export function ofSource<T>(
  { source }: Pick<ResolvedFollow, "source">,
  namespace: string,
  read: (named: NamedSource, source: FollowSource) => T,
): T {
  return leafOf(source, known => read(namedSource(known, namespace), known));
}

/** The store that the source's archive is read from; undefined when none is. */
export function feedStore(
  { follow }: Pick<PostgresInstanceArgs, "follow">,
  namespace: string,
): pulumi.Input<BackupStoreReference | undefined> {
  if (follow === undefined || follow.feed === Feed.Streaming) return undefined;
  return follow.store ?? leafOf(follow.source, source => readableStore(source, namespace));
}

/** The store of the source, when it is in the namespace of the follower: the plugin reads no other. */
export function readableStore(
  { store }: Pick<FollowSource, "store">,
  namespace: string,
): BackupStoreReference | undefined {
  return store?.namespace === namespace ? store : undefined;
}

/** ConfigMap with the authority of a peer that clients of this instance are led to as well: they have to trust both. */
export function trustedPeer({ follow }: Pick<PostgresInstanceArgs, "follow">): string | undefined {
  if (follow?.serviceTarget !== ServiceTarget.Writer || !isPlain(follow.source)) return undefined;
  return instanceNames(follow.source.name).certificateAuthority;
}
