import type { PostgresInstanceArgs } from "../instance/args";

/**
 * Server parameters by which an instance with standbys loses less time in a failover; a parameter that is given wins. A standby that finds its primary gone looks
 * again after `wal_retrieve_retry_interval`, 5 s by default, so that commits which wait for a standby wait so long for a new primary too.
 * What follows another instance keeps the default: it looks into an archive each time, for as long as the source is away.
 */
export function standbyParameters(
  { follow }: Pick<PostgresInstanceArgs, "follow">,
  instances: number,
): Record<string, string> {
  return instances > 1 && follow === undefined ? { wal_retrieve_retry_interval: "1s" } : {};
}
