import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer";
import { BlobServiceProperties } from "@pulumi/azure-native/storage/blobServiceProperties";
import { listStorageAccountKeysOutput } from "@pulumi/azure-native/storage/listStorageAccountKeys";
import { listStorageAccountServiceSASOutput } from "@pulumi/azure-native/storage/listStorageAccountServiceSAS";
import { ManagementPolicy } from "@pulumi/azure-native/storage/managementPolicy";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../argument-error";
import { azureCloudOf } from "../../azure-cloud";
import type { AzureCredentialsArgs, AzureStoreArgs } from "../../backup/store/args";
import { combine } from "../../instance/children";
import { after } from "../after";
import type { IdentityReference } from "../identity/reference";
import { grantRole } from "../roles";
import { type AzureBackupStorageArgs, StorageAccess } from "./args";
import { makePrivateEndpoint } from "./private-endpoint";
import { accountArgs, blobServiceArgs, connectionString, lifecycleRules } from "./render";
import { type ResolvedStorage, resolveStorage } from "./resolve";
import { validateStorage } from "./validate";

/**
 * A storage account for backups: copies in three zones, no public blobs, no key unless it is asked for, and what was deleted by mistake can be
 * brought back.
 *
 * @example
 * const storage = new AzureBackupStorage("backups", { location: "westeurope", account: "shopbackups", identities: [{ identity: identity.reference }] });
 * const store = new BackupStore("backups", { namespace: "shop", azure: storage.azure }, { provider: platform.provider });
 */
export class AzureBackupStorage extends pulumi.ComponentResource {
  public readonly accountName: pulumi.Output<string>;
  /** ARM id of the account. */
  public readonly accountId: pulumi.Output<string>;
  public readonly containerName: pulumi.Output<string>;
  public readonly resourceGroupName: pulumi.Output<string>;
  /** What a {@link BackupStore} takes as `azure`. Its leaves are known when roles, rules and private endpoint are there. */
  public readonly azure: AzureStoreArgs;

  readonly #name: string;
  readonly #access: StorageAccess;
  readonly #ready: Ready;
  readonly #known: readonly IdentityReference[];

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: AzureBackupStorageArgs, opts?: pulumi.ComponentResourceOptions) {
    validateStorage(name, args);
    super("pulumi-cnpg:azure:AzureBackupStorage", name, {}, opts);
    const storage = resolveStorage(name, args);
    // Kept together: a group that is deleted takes the account with it, and the account goes on by its rules.
    const kept: pulumi.CustomResourceOptions = {
      parent: this,
      dependsOn: opts?.dependsOn,
      retainOnDelete: storage.keep,
    };
    // Who goes must not stand in the way of the network and the identities, which may go as well.
    const passing: pulumi.CustomResourceOptions = { ...kept, protect: false, retainOnDelete: false };
    const resourceGroupName = makeGroup(storage, args, kept);
    const account = new StorageAccount(
      `${name}-account`,
      { ...accountArgs(storage), resourceGroupName },
      kept,
    );
    const service = new BlobServiceProperties(
      `${name}-blobs`,
      { ...blobServiceArgs(storage), resourceGroupName, accountName: account.name },
      kept,
    );
    const container = new BlobContainer(
      `${name}-container`,
      {
        resourceGroupName,
        accountName: account.name,
        containerName: storage.container,
        publicAccess: "None",
      },
      // Immutability of versions needs versioning first.
      { ...kept, dependsOn: combine(kept.dependsOn, [service]) },
    );
    const rules = lifecycleRules(storage);
    const needed: pulumi.Resource[] = [
      container,
      ...(rules.length === 0
        ? []
        : [
            new ManagementPolicy(
              `${name}-lifecycle`,
              {
                resourceGroupName,
                accountName: account.name,
                managementPolicyName: "default",
                policy: { rules },
              },
              { ...kept, dependsOn: combine(kept.dependsOn, [service]) },
            ),
          ]),
      ...makeGrants(storage, args, container, passing),
      ...makePrivateEndpoint(storage, args.network ?? {}, { id: account.id, resourceGroupName }, passing),
    ];
    const ready: Ready = value => after(value, needed);

    this.#name = name;
    this.#access = storage.access;
    this.#known = (args.identities ?? []).map(({ identity }) => identity);
    this.#ready = ready;
    this.accountName = account.name;
    this.accountId = account.id;
    this.containerName = container.name;
    this.resourceGroupName = pulumi.output(resourceGroupName);
    this.azure = storeArgs(storage, args, { account, container, resourceGroupName }, ready, this);
    this.registerOutputs({
      accountName: this.accountName,
      accountId: this.accountId,
      containerName: this.containerName,
      resourceGroupName: this.resourceGroupName,
    });
  }

  /**
   * As {@link azure}, for instances with another identity of `identities`: a replica that reads here and writes elsewhere, or a second team.
   * @throws ArgumentError for an identity that was not let in, and where access is not by identity
   */
  azureFor(identity: IdentityReference): AzureStoreArgs {
    const problem =
      this.#access !== StorageAccess.Identity
        ? `is for access by identity; this store is entered by ${this.#access}.`
        : this.#known.includes(identity)
          ? undefined
          : "is not one of identities, so the store does not let it in.";
    if (problem !== undefined)
      throw new ArgumentError({
        component: "AzureBackupStorage",
        resource: this.#name,
        argument: "azureFor(identity)",
        problem,
        remedy: "Name its reference in identities.",
      });
    const { clientId, tenantId } = identity;
    return {
      ...this.azure,
      credentials: { workloadIdentity: { clientId: this.#ready(pulumi.output(clientId)), tenantId } },
    };
  }
}

function makeGroup(
  { name, account, location, tags }: ResolvedStorage,
  args: AzureBackupStorageArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Input<string> {
  if (args.resourceGroupName !== undefined) return args.resourceGroupName;
  return new ResourceGroup(`${name}-group`, { resourceGroupName: account, location, tags }, opts).name;
}

function makeGrants(
  { name }: ResolvedStorage,
  { identities = [] }: AzureBackupStorageArgs,
  container: BlobContainer,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return identities.map(({ identity, readOnly = false }, index) =>
    grantRole(
      `${name}-role-${index + 1}`,
      {
        role: readOnly ? "storageBlobDataReader" : "storageBlobDataContributor",
        principalId: identity.principalId,
        principalType: "ServicePrincipal",
        scope: container.id,
        description: readOnly ? "Reads backups." : "Writes, reads and deletes backups.",
      },
      opts,
    ),
  );
}

/** Makes a value wait for everything that the store needs. */
type Ready = <T>(value: pulumi.Output<T>) => pulumi.Output<T>;

interface Place {
  account: StorageAccount;
  container: BlobContainer;
  resourceGroupName: pulumi.Input<string>;
}

function storeArgs(
  storage: ResolvedStorage,
  args: AzureBackupStorageArgs,
  place: Place,
  ready: Ready,
  parent: pulumi.Resource,
): AzureStoreArgs {
  const { name: cloud, blobDomain } = azureCloudOf(storage.location);
  const { account, container } = place;
  const credentials = credentialsFor(storage, args, place, ready, parent);
  if (cloud === "AzurePublicCloud")
    return { account: ready(account.name), container: ready(container.name), credentials };
  // Barman takes the blobs of other clouds for an emulator's, whose address has the account in its path.
  const destination = pulumi.interpolate`https://${account.name}.${blobDomain}/${account.name}/${container.name}`;
  return { destination: ready(destination), credentials };
}

function credentialsFor(
  storage: ResolvedStorage,
  { identities = [], sasExpiry }: AzureBackupStorageArgs,
  { account, container, resourceGroupName }: Place,
  ready: Ready,
  parent: pulumi.Resource,
): AzureCredentialsArgs {
  const of = { accountName: account.name, resourceGroupName };
  switch (storage.access) {
    case StorageAccess.ConnectionString: {
      const { blobDomain } = azureCloudOf(storage.location);
      const keys = pulumi.secret(listStorageAccountKeysOutput(of, { parent }));
      const text = pulumi
        .all([account.name, keys])
        .apply(([name, answer]) => connectionString(name, answer.keys[0]?.value ?? "", blobDomain));
      return { connectionString: pulumi.secret(text) };
    }
    case StorageAccess.SasToken: {
      const answer = listStorageAccountServiceSASOutput(
        {
          ...of,
          canonicalizedResource: pulumi.interpolate`/blob/${account.name}/${container.name}`,
          resource: "c",
          permissions: "rwdlt",
          protocols: "https",
          sharedAccessExpiryTime: sasExpiry,
          keyToSign: "key1",
        },
        { parent },
      );
      return { sasToken: pulumi.secret(answer.apply(({ serviceSasToken }) => serviceSasToken)) };
    }
    default: {
      const writer = identities.find(({ readOnly }) => readOnly !== true)?.identity;
      const { clientId = "", tenantId } = writer ?? {};
      return { workloadIdentity: { clientId: ready(pulumi.output(clientId)), tenantId } };
    }
  }
}
