import type * as pulumi from "@pulumi/pulumi";
import { passwordProblem, passwordRemedy, reservedRoles } from "../instance/checks/database";
import { isNamespace, isObjectName, notNamespace } from "../instance/checks/names";
import type { InstanceReference } from "../instance/reference";
import { isPlain } from "../leaf";
import type { Report } from "../report";
import { identifierProblem, maxIdentifierBytes } from "../sql-identifier";
import { wholeNumberProblem } from "../whole-number";
import { environmentKeys } from "./credentials";
import type { EnvironmentNames } from "./link/args";

/** A name of a role that we are to make. @param room bytes that are put behind it */
export function checkRole(path: string, role: string, room: number, report: Report): void {
  const problem = identifierProblem(role);
  if (problem !== undefined) report(path, role, problem, 'Use for example "shop_web".');
  else if (reservedRoles.test(role))
    report(path, role, "is reserved by PostgreSQL or CloudNativePG.", 'Use for example "shop_web".');
  else if (Buffer.byteLength(role) > maxIdentifierBytes - room)
    report(
      path,
      role,
      `has ${Buffer.byteLength(role)} bytes, and ${room} of ${maxIdentifierBytes} are needed for the names of roles made from it.`,
      "Shorten it.",
    );
}

/** What the Secret of an application and its pods have in common. */
interface ApplicationSide {
  namespace?: string;
  secretName?: string;
  connections?: number;
  password?: pulumi.Input<string>;
  environmentNames?: EnvironmentNames;
}

export function checkApplicationSide(
  { namespace, secretName, connections, password, environmentNames }: ApplicationSide,
  report: Report,
): void {
  if (namespace !== undefined && !isNamespace(namespace)) report("namespace", namespace, ...notNamespace);
  if (secretName !== undefined && !isObjectName(secretName))
    report(
      "secretName",
      secretName,
      "is not a name of Kubernetes.",
      "Use lower case letters, digits, hyphens and dots, with a letter or digit at both ends.",
    );
  if (connections !== undefined && !(Number.isInteger(connections) && connections >= 1))
    report("connections", connections, "is not a number of sessions.", "Give a whole number from 1 on.");
  const wrong = password !== undefined && isPlain(password) ? passwordProblem(password) : undefined;
  if (wrong !== undefined) report("password", undefined, wrong, passwordRemedy);
  checkEnvironment(environmentNames ?? {}, report);
}

function checkEnvironment(names: EnvironmentNames, report: Report): void {
  for (const [key, name] of Object.entries(names) as [string, string | undefined][]) {
    const path = `environmentNames.${key}`;
    if (!(environmentKeys as readonly string[]).includes(key))
      report(path, name, "is not one of our variables.", `They are ${environmentKeys.join(", ")}.`);
    else if (name !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      report(path, name, "is not a name of an environment variable.", "Use letters, digits and underscores.");
  }
  const used = environmentKeys.map(key => names[key] ?? key);
  const twice = used.find((name, index) => used.indexOf(name) !== index);
  if (twice !== undefined)
    report("environmentNames", names, `gives two variables the name ${twice}.`, "Choose another one.");
}

/** How long something may take, at most a day. */
export function checkSeconds(path: string, value: number | undefined, min: number, report: Report): void {
  const found = wholeNumberProblem(value, { min, max: 86_400, unit: "seconds" });
  if (found !== undefined) report(path, value, found.problem, found.remedy);
}

/** A pooler is asked for and the instance has none. */
export function checkPooled(
  reference: InstanceReference,
  { pooler, standbys }: { pooler?: boolean; standbys?: boolean },
  report: Report,
): void {
  if (pooler !== true) return;
  const host = standbys === true ? reference.hostPoolerReadOnly : reference.hostPooler;
  if (host !== undefined) return;
  const remedy =
    standbys === true
      ? "Give the PostgresInstance pooler: { readOnly: true }."
      : "Give the PostgresInstance pooler: {}.";
  report("pooler", true, `is not there: instance ${reference.name} has no such pooler.`, remedy);
}

/** DNS name that the application connects to. */
export function hostFor(
  reference: InstanceReference,
  { pooler, standbys }: { pooler?: boolean; standbys?: boolean },
): string {
  if (pooler === true)
    return (standbys === true ? reference.hostPoolerReadOnly : reference.hostPooler) ?? reference.host;
  return standbys === true ? reference.hostReadOnly : reference.host;
}
