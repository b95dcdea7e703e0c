import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import * as pulumi from "@pulumi/pulumi";
import { combine } from "../../instance/children";
import { after } from "../after";
import { azureNames } from "../names";
import { tagsOf } from "../tags";
import type { InstanceIdentityArgs } from "./args";
import type { IdentityReference } from "./reference";
import { platformsOf, type Subject, subjectsOf, subjectText } from "./subjects";
import { validateIdentity } from "./validate";

/**
 * An identity of Azure for the pods and Jobs of instances: by it they enter the store, without a secret. It is given to ServiceAccounts whose
 * names stay: generations, restored ones and drills need nothing further.
 *
 * @example
 * const identity = new InstanceIdentity("orders", { platform: platform.reference, namespace: "shop", instances: [{ name: "orders" }] });
 * const storage = new AzureBackupStorage("backups", { location: "westeurope", account: "shopbackups", identities: [{ identity: identity.reference }] });
 */
export class InstanceIdentity extends pulumi.ComponentResource {
  /** Client id, by which pods ask for its tokens. */
  public readonly clientId: pulumi.Output<string>;
  /** Object id, to which roles are assigned. */
  public readonly principalId: pulumi.Output<string>;
  /** ARM id. */
  public readonly identityId: pulumi.Output<string>;
  /** What tokens are taken for the identity's: `system:serviceaccount:<namespace>:<name>`. */
  public readonly subjects: pulumi.Output<string[]>;
  /** What storage takes to let it in. */
  public readonly reference: IdentityReference;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: InstanceIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    validateIdentity(name, args);
    super("pulumi-cnpg:azure:InstanceIdentity", name, {}, opts);
    // Children do not inherit dependsOn from a component.
    const child: pulumi.CustomResourceOptions = { parent: this, dependsOn: opts?.dependsOn };
    const resourceGroupName = args.resourceGroupName ?? args.platform.resourceGroupName;
    const identity = new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceGroupName,
        resourceName: args.name ?? name,
        location: args.platform.location,
        tags: tagsOf("InstanceIdentity", args.tags),
      },
      child,
    );
    const credentials = makeCredentials(name, args, identity, resourceGroupName, child);
    const client = getClientConfigOutput({ parent: this });
    // Who is let in by the identity must not begin before its tokens are taken.
    this.clientId = after(identity.clientId, credentials);
    this.principalId = identity.principalId;
    this.identityId = identity.id;
    this.subjects = pulumi.output(subjectsOf(args).map(subjectText));
    this.reference = { clientId: this.clientId, principalId: this.principalId, tenantId: client.tenantId };
    this.registerOutputs({
      clientId: this.clientId,
      principalId: this.principalId,
      identityId: this.identityId,
      subjects: this.subjects,
      reference: this.reference,
    });
  }
}

/** One after the other: Azure refuses to add two at the same time. */
function makeCredentials(
  name: string,
  args: InstanceIdentityArgs,
  identity: UserAssignedIdentity,
  resourceGroupName: pulumi.Input<string>,
  child: pulumi.CustomResourceOptions,
): FederatedIdentityCredential[] {
  const made: FederatedIdentityCredential[] = [];
  const platforms = platformsOf(args);
  for (const subject of subjectsOf(args)) {
    const own = credentialName(subject, platforms.indexOf(subject.platform));
    const credential = new FederatedIdentityCredential(
      `${name}-${own}`,
      {
        resourceGroupName,
        resourceName: identity.name,
        federatedIdentityCredentialResourceName: own,
        issuer: subject.platform.oidcIssuerUrl,
        subject: subjectText(subject),
        audiences: ["api://AzureADTokenExchange"],
      },
      { ...child, dependsOn: combine(child.dependsOn, made.slice(-1)) },
    );
    made.push(credential);
  }
  return made;
}

/** The same for the same ServiceAccount, so that adding one instance does not rename the credentials of others. */
export function credentialName({ namespace, serviceAccount }: Subject, platform: number): string {
  const text = `${namespace}-${serviceAccount}${platform === 0 ? "" : `-${platform + 1}`}`.replaceAll(
    ".",
    "_",
  );
  return text.slice(0, azureNames.federatedCredential.longest);
}
