import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import * as pulumi from "@pulumi/pulumi";
import { deploymentSettings, driftSchedule } from "./deployment-settings";

/**
 * The identity that deploys, and who is taken for it: pull requests and main of the repository, and Pulumi Deployments. This stack is deployed once, by
 * a person; from then on nobody needs a secret.
 */
const config = new pulumi.Config("pulumi-cnpg-ci");
const repository = config.require("repository");
const organization = config.require("organization");
const location = config.get("location") ?? "westeurope";
const tags = { "managed-by": "pulumi-cnpg" };

const group = new ResourceGroup("deployers", { location, tags });
const identity = new UserAssignedIdentity("deployer", { resourceGroupName: group.name, location, tags });

const github = "https://token.actions.githubusercontent.com";
const takenFor: Record<string, { issuer: string; subject: string; audience: string }> = {
  "pull-requests": {
    issuer: github,
    subject: `repo:${repository}:environment:preview`,
    audience: "api://AzureADTokenExchange",
  },
  main: {
    issuer: github,
    subject: `repo:${repository}:environment:production`,
    audience: "api://AzureADTokenExchange",
  },
  ...Object.fromEntries(
    ["preview", "update", "refresh"].map(operation => [
      `deployments-${operation}`,
      {
        issuer: "https://api.pulumi.com/oidc",
        subject: `pulumi:deploy:org:${organization}:project:pulumi-cnpg-aks:stack:production:operation:${operation}:scope:write`,
        audience: organization,
      },
    ]),
  ),
};
let before: pulumi.Resource[] = [];
for (const [name, { issuer, subject, audience }] of Object.entries(takenFor)) {
  const credential = new FederatedIdentityCredential(
    name,
    {
      resourceGroupName: group.name,
      resourceName: identity.name,
      issuer,
      subject,
      audiences: [audience],
    },
    // Azure refuses two at the same time.
    { dependsOn: before },
  );
  before = [credential];
}

export const clientId = identity.clientId;
/** For the argument `administrators` of AksPlatform, beside the people who may deploy. */
export const principalId = identity.principalId;
export const settings = identity.clientId.apply(id =>
  deploymentSettings({
    repository,
    folder: config.get("folder") ?? ".",
    clientId: id,
    tenantId: config.require("tenantId"),
    subscriptionId: config.require("subscriptionId"),
  }),
);
export const drift = driftSchedule;
