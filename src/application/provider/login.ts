import type * as pulumi from "@pulumi/pulumi";
import type { DatabasePlan, LoginPlan } from "../plan";
import { type ByProviderOptions, keptOptions } from "./database";
import { providerPassword } from "./password";
import { loginRole } from "./role";
import { sdk } from "./sdk";

/**
 * Makes a login of a database through `@pulumi/postgresql`. It goes, or stays, as the database's plan says of its roles.
 *
 * @param name     name of the resource
 * @param password of the login; becomes a secret
 * @param options  depends on everything that {@link databaseByProvider} made
 * @returns what it made; who logs in depends on it
 * @throws an Error where the provider's package is not installed
 */
export function loginByProvider(
  name: string,
  database: DatabasePlan,
  login: LoginPlan,
  password: pulumi.Input<string>,
  options: ByProviderOptions,
): pulumi.Resource[] {
  const args = { ...loginRole(database, login), password: providerPassword(name, password) };
  return [new sdk.Role(name, args, keptOptions(database, options))];
}
