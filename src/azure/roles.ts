import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import * as pulumi from "@pulumi/pulumi";

/** Built-in roles by their id, which is the same in every tenant. Source: "Azure built-in roles", Microsoft Learn, 2025. */
export const azureRoles = {
  storageBlobDataContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  storageBlobDataReader: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  aksRbacClusterAdmin: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
  networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
} as const;

/** One role of one principal on one resource. */
export interface Grant {
  role: keyof typeof azureRoles;
  principalId: pulumi.Input<string>;
  /** Without it Azure looks the principal up, and does not find one that was made a moment ago. */
  principalType?: string;
  /** ARM id of the resource. */
  scope: pulumi.Input<string>;
  description: string;
}

/** The subscription is part of every ARM id, so nobody has to be asked for it. */
export function roleDefinitionId(scope: string, role: keyof typeof azureRoles): string {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? "";
  return `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${azureRoles[role]}`;
}

export function grantRole(
  name: string,
  { role, principalId, principalType, scope, description }: Grant,
  opts: pulumi.CustomResourceOptions,
): RoleAssignment {
  return new RoleAssignment(
    name,
    {
      principalId,
      principalType,
      scope,
      roleDefinitionId: pulumi.output(scope).apply(id => roleDefinitionId(id, role)),
      description,
    },
    opts,
  );
}
