import type { KeySelector, Manifest } from "../cnpg/object";
import type { BarmanConfiguration, ObjectStoreObject } from "../cnpg/object-store";
import type { EnvVar } from "../cnpg/pod";
import { kinds, type KubernetesApi } from "./kubernetes";

/** How Barman's programs reach a store. */
export interface StoreAccess {
  /** Arguments before the name of the server: provider, endpoint and destination. Hold no secret. */
  args: string[];
  /** Credentials. */
  env: Record<string, string>;
}

interface SecretManifest extends Manifest {
  data?: Record<string, string>;
}

/**
 * Reads an ObjectStore and the Secrets it names.
 * @throws Error naming the object or key that is missing
 */
export async function storeAccess(
  api: KubernetesApi,
  namespace: string,
  store: string,
): Promise<StoreAccess> {
  const found = await api.get<ObjectStoreObject & Manifest>(kinds.objectStore, namespace, store);
  const configuration = found?.spec?.configuration;
  if (configuration === undefined)
    throw new Error(
      `There is no ObjectStore ${namespace}/${store}. Is its BackupStore in another namespace?`,
    );
  const read = secretReader(api, namespace, store);
  return {
    args: [...providerArgs(configuration, store), configuration.destinationPath],
    env: {
      ...sidecarSettings(found?.spec?.instanceSidecarConfiguration?.env),
      ...(await credentials(configuration, read)),
      ...(await values({ ARCHIVE_CA: configuration.endpointCA }, read)),
    },
  };
}

/** Settings of the clients' libraries and of proxies. */
const librarySetting = /^(AWS|AZURE|GOOGLE)_|_PROXY$/i;

/** What the sidecars need to reach the store, for example with checksums it does not know, is needed here as well. */
function sidecarSettings(env: readonly EnvVar[] = []): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const { name, value } of env)
    if (value !== undefined && librarySetting.test(name)) settings[name] = value;
  return settings;
}

/** Arguments as the plugin gives them to Barman. */
function providerArgs(configuration: BarmanConfiguration, store: string): string[] {
  const { endpointURL, azureCredentials: azure, s3Credentials, googleCredentials } = configuration;
  const endpoint = endpointURL === undefined || endpointURL === "" ? [] : ["--endpoint-url", endpointURL];
  if (s3Credentials !== undefined) return [...endpoint, "--cloud-provider", "aws-s3"];
  if (googleCredentials !== undefined) return [...endpoint, "--cloud-provider", "google-cloud-storage"];
  if (azure === undefined) throw new Error(`ObjectStore ${store} names no credentials.`);
  const identity = azure.useDefaultAzureCredentials
    ? ["--credential", "default"]
    : azure.inheritFromAzureAD
      ? ["--credential", "managed-identity"]
      : [];
  return [...endpoint, "--cloud-provider", "azure-blob-storage", ...identity];
}

type ReadSecret = (from: KeySelector) => Promise<string>;

async function credentials(
  { azureCredentials: azure, s3Credentials: s3, googleCredentials: google }: BarmanConfiguration,
  read: ReadSecret,
): Promise<Record<string, string>> {
  if (s3 !== undefined) {
    if (s3.inheritFromIAMRole) return {};
    return values(
      {
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        AWS_SESSION_TOKEN: s3.sessionToken,
        AWS_DEFAULT_REGION: s3.region,
      },
      read,
    );
  }
  if (google !== undefined)
    return values({ ARCHIVE_GOOGLE_CREDENTIALS: google.applicationCredentials }, read);
  if (azure === undefined || azure.inheritFromAzureAD || azure.useDefaultAzureCredentials) return {};
  return values(
    {
      AZURE_STORAGE_CONNECTION_STRING: azure.connectionString,
      AZURE_STORAGE_ACCOUNT: azure.storageAccount,
      AZURE_STORAGE_KEY: azure.storageKey,
      AZURE_STORAGE_SAS_TOKEN: azure.storageSasToken,
    },
    read,
  );
}

async function values(
  from: Record<string, KeySelector | undefined>,
  read: ReadSecret,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [variable, selector] of Object.entries(from))
    if (selector !== undefined) found[variable] = await read(selector);
  return found;
}

/** Each Secret is read once. */
function secretReader(api: KubernetesApi, namespace: string, store: string): ReadSecret {
  const secrets = new Map<string, Promise<SecretManifest | undefined>>();
  return async ({ name, key }) => {
    const secret = secrets.get(name) ?? api.get<SecretManifest>(kinds.secret, namespace, name);
    secrets.set(name, secret);
    const value = (await secret)?.data?.[key];
    if (value !== undefined) return Buffer.from(value, "base64").toString("utf8");
    const what = (await secret) === undefined ? "does not exist" : `has no key ${key}`;
    throw new Error(
      `ObjectStore ${store} takes a credential from Secret ${namespace}/${name}, which ${what}.`,
    );
  };
}
