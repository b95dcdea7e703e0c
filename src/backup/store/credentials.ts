import type * as pulumi from "@pulumi/pulumi";
import type { KeySelector } from "../../cnpg/object";
import type { AzureStoreArgs, BackupStoreArgs, GoogleStoreArgs, S3StoreArgs, SecretKeyArgs } from "./args";
import { accountOf } from "./destination";
import { mapped } from "./input";

/** What a choice of credentials comes to. */
export interface StoreCredentials {
  /** Member of the ObjectStore's configuration. */
  configuration: Record<string, unknown>;
  /** What goes into the Secret `<name>-credentials`; empty when there is none. */
  data: Record<string, pulumi.Input<string>>;
  /** Names of all Secrets that are read, without the certificate authority's. */
  secrets: string[];
  /** Environment of the archiving container. */
  env: Record<string, pulumi.Input<string>>;
  /** Annotations by which a ServiceAccount gets the identity. */
  serviceAccountAnnotations: Record<string, pulumi.Input<string>>;
  /** Labels by which a pod gets the identity. */
  podLabels: Record<string, string>;
}

/** Names under which the plugin's documentation keeps them. */
const keys = {
  azureAccount: "AZURE_STORAGE_ACCOUNT",
  azureConnectionString: "AZURE_STORAGE_CONNECTION_STRING",
  azureKey: "AZURE_STORAGE_KEY",
  azureSasToken: "AZURE_STORAGE_SAS_TOKEN",
  s3Id: "ACCESS_KEY_ID",
  s3Secret: "ACCESS_SECRET_KEY",
  s3SessionToken: "ACCESS_SESSION_TOKEN",
  google: "gcsCredentials",
} as const;

/**
 * What the credentials of the arguments come to. The arguments must have passed validation.
 * @param own name of the Secret for values
 */
export function credentialsOf(args: BackupStoreArgs, own: string): StoreCredentials {
  const found = new Found(own);
  if (args.azure !== undefined) azure(args.azure, found);
  else if (args.s3 !== undefined) s3(args.s3, found);
  else if (args.google !== undefined) google(args.google, found);
  return found.result();
}

/** Collects values and the selectors that stand for them in the ObjectStore. */
class Found {
  configuration: Record<string, unknown> = {};
  readonly env: StoreCredentials["env"] = {};
  readonly annotations: StoreCredentials["serviceAccountAnnotations"] = {};
  readonly podLabels: StoreCredentials["podLabels"] = {};
  readonly #own: string;
  readonly #data: StoreCredentials["data"] = {};
  readonly #secrets = new Set<string>();

  constructor(own: string) {
    this.#own = own;
  }

  value(key: string, value: pulumi.Input<string>): KeySelector {
    this.#data[key] = value;
    return this.existing({ secret: this.#own, key });
  }

  existing({ secret, key }: SecretKeyArgs): KeySelector {
    this.#secrets.add(secret);
    return { name: secret, key };
  }

  either(
    key: string,
    value: pulumi.Input<string> | undefined,
    from: SecretKeyArgs | undefined,
  ): KeySelector | undefined {
    if (value !== undefined) return this.value(key, value);
    return from === undefined ? undefined : this.existing(from);
  }

  result(): StoreCredentials {
    const { configuration, env, annotations, podLabels } = this;
    return {
      configuration,
      data: this.#data,
      secrets: [...this.#secrets].sort(),
      env,
      serviceAccountAnnotations: annotations,
      podLabels,
    };
  }
}

function azure({ credentials, account, destination }: AzureStoreArgs, found: Found): void {
  const { managedIdentity, workloadIdentity } = credentials;
  const set = (azureCredentials: object): void => void (found.configuration = { azureCredentials });
  const connectionString = found.either(
    keys.azureConnectionString,
    credentials.connectionString,
    credentials.connectionStringFrom,
  );
  if (connectionString !== undefined) return set({ connectionString });
  if (workloadIdentity !== undefined) return set(azureWorkload(workloadIdentity, found));
  if (managedIdentity?.clientId !== undefined) {
    // Barman's choice "managed-identity" cannot name one of several; the default chain reads the variable.
    found.env.AZURE_CLIENT_ID = managedIdentity.clientId;
    return set({ useDefaultAzureCredentials: true });
  }
  if (managedIdentity !== undefined) return set({ inheritFromAzureAD: true });
  const storageKey = found.either(keys.azureKey, credentials.accountKey, credentials.accountKeyFrom);
  const storageSasToken = found.either(keys.azureSasToken, credentials.sasToken, credentials.sasTokenFrom);
  // The plugin takes the name of the account from a Secret only.
  const storageAccount = found.value(keys.azureAccount, account ?? mapped(destination ?? "", accountOf));
  set({ storageAccount, storageKey, storageSasToken });
}

/** Barman's choice "managed-identity" takes the federated token where the pod has one. */
function azureWorkload(
  { clientId, tenantId }: { clientId: pulumi.Input<string>; tenantId?: pulumi.Input<string> },
  found: Found,
): object {
  found.annotations["azure.workload.identity/client-id"] = clientId;
  if (tenantId !== undefined) found.annotations["azure.workload.identity/tenant-id"] = tenantId;
  found.podLabels["azure.workload.identity/use"] = "true";
  return { inheritFromAzureAD: true };
}

function s3({ credentials, region, endpoint }: S3StoreArgs, found: Found): void {
  const { accessKey, accessKeyFrom, iamRole } = credentials;
  // The plugin reads a region from a Secret only, and not at all for a role.
  if (region !== undefined) found.env.AWS_DEFAULT_REGION = region;
  if (endpoint !== undefined) {
    found.env.AWS_REQUEST_CHECKSUM_CALCULATION = "when_required";
    found.env.AWS_RESPONSE_CHECKSUM_VALIDATION = "when_required";
  }
  if (iamRole?.roleArn !== undefined) found.annotations["eks.amazonaws.com/role-arn"] = iamRole.roleArn;
  if (iamRole !== undefined) {
    found.configuration = { s3Credentials: { inheritFromIAMRole: true } };
    return;
  }
  const { secret = "", idKey = keys.s3Id, secretKey = keys.s3Secret, sessionTokenKey } = accessKeyFrom ?? {};
  const token = sessionTokenKey === undefined ? undefined : { secret, key: sessionTokenKey };
  const from = (key: string): SecretKeyArgs | undefined => accessKeyFrom && { secret, key };
  found.configuration = {
    s3Credentials: {
      accessKeyId: found.either(keys.s3Id, accessKey?.id, from(idKey)),
      secretAccessKey: found.either(keys.s3Secret, accessKey?.secret, from(secretKey)),
      sessionToken: found.either(keys.s3SessionToken, accessKey?.sessionToken, token),
    },
  };
}

function google({ credentials }: GoogleStoreArgs, found: Found): void {
  const { serviceAccountKey, serviceAccountKeyFrom, workloadIdentity } = credentials;
  if (workloadIdentity?.serviceAccount !== undefined)
    found.annotations["iam.gke.io/gcp-service-account"] = workloadIdentity.serviceAccount;
  const applicationCredentials = found.either(keys.google, serviceAccountKey, serviceAccountKeyFrom);
  found.configuration = {
    googleCredentials: workloadIdentity === undefined ? { applicationCredentials } : { gkeEnvironment: true },
  };
}
