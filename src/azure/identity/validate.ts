import type { ArgumentProblem } from "../../argument-error";
import { isNamespace, notNamespace } from "../../instance/checks/names";
import { maxNameLength } from "../../instance/names";
import { refuse, type Report, reporter } from "../../report";
import { azureNames, checkAzureName } from "../names";
import { checkTags } from "../tags";
import type { InstanceIdentityArgs } from "./args";
import { accountsOf, maxCredentials, platformsOf, subjectsOf } from "./subjects";

export function identityProblems(resource: string, args: InstanceIdentityArgs): ArgumentProblem[] {
  const { problems, report } = reporter("InstanceIdentity", resource);
  checkAzureName("name", args.name ?? resource, azureNames.identity, report);
  checkAzureName("resourceGroupName", args.resourceGroupName, azureNames.resourceGroup, report);
  checkNamespaces(args, report);
  checkInstances(args, report);
  checkTwice(args, report);
  checkNumber(args, report);
  checkTags(args.tags, report);
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateIdentity(resource: string, args: InstanceIdentityArgs): void {
  refuse(identityProblems(resource, args));
}

function checkNamespaces(args: InstanceIdentityArgs, report: Report): void {
  const named: [string, string | undefined][] = [
    ["namespace", args.namespace],
    ...args.instances.map((given, i): [string, string | undefined] => [
      `instances[${i}].namespace`,
      given.namespace,
    ]),
    ...(args.serviceAccounts ?? []).map((given, i): [string, string | undefined] => [
      `serviceAccounts[${i}].namespace`,
      given.namespace,
    ]),
  ];
  for (const [argument, value] of named)
    if (value !== undefined && !isNamespace(value)) report(argument, value, ...notNamespace);
}

function checkInstances({ instances, serviceAccounts = [] }: InstanceIdentityArgs, report: Report): void {
  if (instances.length === 0 && serviceAccounts.length === 0)
    report("instances", undefined, "is empty, so nobody gets the identity.", "Name at least one instance.");
  for (const [index, { name }] of instances.entries()) {
    const generation = /-g\d+$/.exec(name)?.[0];
    if (generation !== undefined)
      report(
        `instances[${index}].name`,
        name,
        "names a generation, which runs under the ServiceAccount of its instance.",
        `Nearest is "${name.slice(0, -generation.length)}", once for all generations.`,
      );
    else if (!isNamespace(name) || name.length > maxNameLength)
      report(
        `instances[${index}].name`,
        name,
        "is not the name of an instance.",
        `Use at most ${maxNameLength} lower case letters, digits and hyphens.`,
      );
  }
  for (const [index, { name, namespace }] of serviceAccounts.entries())
    if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name) || name.length + namespace.length > 115)
      report(
        `serviceAccounts[${index}].name`,
        name,
        "is not the name of a ServiceAccount that fits into that of a federated credential.",
        "Namespace and name together have at most 115 characters.",
      );
}

/** Azure refuses two credentials with the same issuer and subject. */
function checkTwice(args: InstanceIdentityArgs, report: Report): void {
  const platforms = platformsOf(args);
  const seen = new Set<string>();
  for (const { namespace, serviceAccount, platform, argument } of subjectsOf(args)) {
    const key = `${platforms.indexOf(platform)} ${namespace} ${serviceAccount}`;
    if (seen.has(key))
      report(
        argument,
        serviceAccount,
        `gives ${namespace}/${serviceAccount} the identity twice.`,
        "Name it once.",
      );
    seen.add(key);
  }
}

function checkNumber(args: InstanceIdentityArgs, report: Report): void {
  const count = subjectsOf(args).length;
  if (count <= maxCredentials) return;
  const counts = args.instances.map(instance => `${instance.name} ${accountsOf(instance).length}`).join(", ");
  report(
    "instances",
    undefined,
    `need ${count} federated credentials (${counts}); an identity holds ${maxCredentials}.`,
    `Make ${Math.ceil(count / maxCredentials)} or more identities, each with a BackupStore of its own for its instances, or leave out drills, dumps and schedule where there are none.`,
  );
}
