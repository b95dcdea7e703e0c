import type { ObjectStore } from "../cluster/index";

/** The container that the stack's backups go to. */
const backupContainer = "backups";

/** Which store the stack's backups go to, and why. */
export interface StoreChoice {
  /** Environment variables that name the store to the program; empty when it is named elsewhere or there is none. */
  readonly variables: Readonly<Record<string, string>>;
  /** For the user, without secrets. */
  readonly reason: string;
}

const names = ["BACKUP_DESTINATION", "BACKUP_CONNECTION_STRING"] as const;

/**
 * Chooses the object store: one that is configured wins over the embedded cluster's. Half a store is a configured one,
 * for a destination must never meet the key of another account.
 *
 * @param embedded    the embedded cluster's; `undefined` with a named context
 * @param configured  whether the stack's own configuration names a store
 * @param environment environment variables of the user
 */
export function chooseStore(
  embedded: ObjectStore | undefined,
  configured: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): StoreChoice {
  if (configured) return { variables: {}, reason: "the one in the stack's configuration" };
  const named = names.find(name => (environment[name] ?? "") !== "");
  if (named !== undefined) return { variables: {}, reason: `the one in the environment (${named})` };
  if (embedded === undefined) return { variables: {}, reason: "none, for none is configured" };
  const destination = `${embedded.endpoint}/${backupContainer}`;
  return {
    variables: { BACKUP_DESTINATION: destination, BACKUP_CONNECTION_STRING: embedded.connectionString },
    reason: `Azurite in the embedded cluster, for none is configured: ${destination}`,
  };
}

/** Whether a stack's configuration names a store, in whole or in half. Keys carry the project's name. */
export function namesStore(configuration: Readonly<Record<string, unknown>>, project: string): boolean {
  return names.some(name => configuration[`${project}:${name.toLowerCase()}`] !== undefined);
}

/** Makes the container for backups, unless it exists: not every command that writes to a store would. */
export async function ensureBackupContainer({ connectionString }: ObjectStore): Promise<void> {
  // Loading the client takes a while, which a start with another store can save.
  const { BlobServiceClient } = await import("@azure/storage-blob");
  await BlobServiceClient.fromConnectionString(connectionString)
    .getContainerClient(backupContainer)
    .createIfNotExists();
}
