import type { Database } from "@pulumi/postgresql/database";
import type * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../argument-error";
import type { DatabasePlan } from "../plan";
import { databaseArguments, extensionArguments, providerProblems, schemaArguments } from "./contents";
import { databaseGrants, defaultPrivileges, schemaGrants } from "./grant";
import { providerPassword } from "./password";
import { groupRoles, ownerRole } from "./role";
import { sdk } from "./sdk";

/** What the resources of a database or a login are made with. */
export interface ByProviderOptions {
  parent?: pulumi.Resource;
  /** The `postgresql.Provider` of the instance. */
  provider: pulumi.ProviderResource;
  dependsOn?: pulumi.Input<pulumi.Resource>[];
}

/**
 * Makes a database with its owner, its group roles, schemas, extensions and rights through `@pulumi/postgresql`.
 *
 * What changes rights comes one after the other: PostgreSQL fails two changes of one object at a time, and the plugin lends the owner's role to its own
 * login while it works.
 *
 * @param name     begins the names of the resources
 * @param password of the owner; becomes a secret
 * @returns everything it made; who uses the database depends on all of it
 * @throws ArgumentError where the provider cannot do what the plan says; an Error where its package is not installed
 */
export function databaseByProvider(
  name: string,
  plan: DatabasePlan,
  password: pulumi.Input<string>,
  options: ByProviderOptions,
): pulumi.Resource[] {
  const problems = providerProblems(plan);
  if (problems.length > 0)
    throw new ArgumentError(problems.map(each => ({ component: "Database", resource: name, ...each })));
  const kept = keptOptions(plan, options);
  const roles = makeRoles(name, plan, password, kept);
  // Roles go after the database: what is granted on it would be in the way.
  const database = new sdk.Database(`${name}-database`, databaseArguments(plan), {
    ...kept,
    dependsOn: roles,
    // Read at the creation only: a change would drop the database, with everything in it.
    ignoreChanges: ["template", "encoding", "lcCollate", "lcCtype"],
  });
  return [...roles, database, ...makeContents(name, plan, kept, database)];
}

/** Options of what holds data or lets in: retained or not as the plan says, protected as its parent is. */
export function keptOptions(plan: DatabasePlan, options: ByProviderOptions): pulumi.CustomResourceOptions {
  const { parent, provider, dependsOn = [] } = options;
  return {
    ...(parent === undefined ? {} : { parent }),
    provider,
    dependsOn,
    retainOnDelete: plan.reclaim === "retain",
  };
}

function makeRoles(
  name: string,
  plan: DatabasePlan,
  password: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { readOnly, readWrite } = groupRoles(plan);
  const owner = { ...ownerRole(plan), password: providerPassword(name, password) };
  return [
    new sdk.Role(`${name}-owner`, owner, options),
    new sdk.Role(`${name}-read-only`, readOnly, options),
    new sdk.Role(`${name}-read-write`, readWrite, options),
  ];
}

/** Makes one resource after the one before; `more` are resources that it depends on besides. */
type Chain = <T extends pulumi.Resource>(
  make: (options: pulumi.CustomResourceOptions) => T,
  options?: pulumi.CustomResourceOptions,
  ...more: pulumi.Resource[]
) => T;

/** What is in the database. It goes with the database, so nothing of it is taken back then. */
function makeContents(
  name: string,
  plan: DatabasePlan,
  kept: pulumi.CustomResourceOptions,
  database: Database,
): pulumi.Resource[] {
  const made: pulumi.Resource[] = [];
  const chain: Chain = (make, options = {}, ...more) => {
    const dependsOn = [database, ...made.slice(-1), ...more];
    const resource = make({ ...kept, deletedWith: database, ...options, dependsOn });
    made.push(resource);
    return resource;
  };
  // By the output: a database that is made anew needs everything anew.
  const inside = { database: database.name };
  for (const args of extensionArguments(plan))
    chain(options => new sdk.Extension(`${name}-extension-${args.name}`, { ...args, ...inside }, options));
  for (const [suffix, args] of databaseGrants(plan))
    chain(options => new sdk.Grant(`${name}-${suffix}`, { ...args, ...inside }, options), right);
  for (const args of schemaArguments(plan)) makeSchema(name, plan, { ...args, ...inside }, chain);
  return made;
}

/** Rights can be given again, so they are in nobody's way. */
const right = { protect: false };

/**
 * A schema and the rights on it. They depend on it directly and follow each other: where a schema goes alone, the engine sees no order between two
 * resources when what is between them stays.
 */
function makeSchema(
  name: string,
  plan: DatabasePlan,
  args: { name: string; owner: string; database: pulumi.Output<string> },
  chain: Chain,
): void {
  const { database } = args;
  const schema = chain(options => new sdk.Schema(`${name}-schema-${args.name}`, args, options));
  for (const [suffix, grant] of schemaGrants(plan, args.name))
    chain(options => new sdk.Grant(`${name}-${suffix}`, { ...grant, database }, options), right, schema);
  for (const [suffix, later] of defaultPrivileges(plan, args.name)) {
    const all = { ...later, database };
    chain(options => new sdk.DefaultPrivileges(`${name}-${suffix}`, all, options), right, schema);
  }
}
