import type { ArgumentProblem } from "../../argument-error";
import { isLabel, isObjectName } from "../../instance/checks/names";
import { maxCronJobName } from "../../backup/schedule/names";
import { checkChoice, refuse, type Report, reporter } from "../../report";
import { cronJobArgumentProblems } from "../../schedule/cron-job-argument";
import { rotationName } from "../rotation/names";
import { WorkloadKind } from "../rotation/request";
import { Access } from "../access";
import { checkApplicationSide, checkPooled, checkRole, checkSeconds } from "../checks";
import { claim } from "../claims";
import { SslMode } from "../credentials";
import { countedConnections } from "../database/resolve";
import { maxApplicationLength, rotatedLogin } from "../names";
import { providerPlan } from "../provider-plan";
import type { DatabaseReference } from "../reference";
import { Through } from "../through";
import type { DatabaseLinkArgs, RotationArgs } from "./args";
import { applicationName, type ResolvedLink, resolveLink } from "./resolve";

const component = "DatabaseLink";

/** Bytes that a rotated login puts behind the role of the link. */
const loginRoom = Buffer.byteLength(rotatedLogin("", "a"));

/** Everything that is wrong with the arguments, as far as they alone can tell. Pure. */
export function linkProblems(resource: string, args: DatabaseLinkArgs): ArgumentProblem[] {
  const { problems, report } = reporter(component, resource);
  const application = applicationName(resource, args);
  if (!isLabel(application) || application.length > maxApplicationLength)
    report(
      "application",
      application,
      `is not a DNS label of at most ${maxApplicationLength} characters.`,
      "Use lower case letters, digits and hyphens, starting with a letter.",
    );
  if (args.role !== undefined) checkRole("role", args.role, loginRoom, report);
  checkChoice("access", args.access, Access, report);
  checkChoice("sslMode", args.sslMode, SslMode, report);
  checkApplicationSide(args, report);
  const { environmentPrefix: prefix } = args;
  if (prefix !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(prefix))
    report(
      "environmentPrefix",
      prefix,
      "cannot begin a name of an environment variable.",
      'Use for example "REPORTS_".',
    );
  if (args.standbys === true && args.access !== Access.ReadOnly)
    report(
      "standbys",
      true,
      "leads to servers that take no writes.",
      `Set access: "${Access.ReadOnly}", or leave standbys out.`,
    );
  if (args.clientCertificate === true && args.access === Access.Owner)
    report(
      "access",
      args.access,
      "does not go with clientCertificate: what the login creates would be its own and not the owner's.",
      "Use rotation for an owner.",
    );
  if (args.clientCertificate === true)
    for (const other of ["password", "rotation", "pooler"] as const)
      if (args[other] !== undefined && args[other] !== false)
        report(other, undefined, "does not go with clientCertificate.", "Leave one of the two out.");
  if (args.rotation !== undefined) checkRotation(args, args.rotation, report);
  if (args.through === Through.Provider && providerPlan(args.database) === undefined)
    report(
      "through",
      args.through,
      "needs a Database of this program that is made so.",
      'Set through: "provider" of the Database, and give its output reference as it is.',
    );
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateLink(resource: string, args: DatabaseLinkArgs): void {
  refuse(linkProblems(resource, args));
}

function checkRotation({ password }: DatabaseLinkArgs, rotation: RotationArgs, report: Report): void {
  if (password !== undefined)
    report(
      "password",
      undefined,
      "is given together with rotation, which makes passwords itself.",
      "Leave it out.",
    );
  const { gracePeriodSeconds, timeoutSeconds, workloads = [] } = rotation;
  for (const { argument, value, problem, remedy } of cronJobArgumentProblems(rotation))
    report(`rotation.${argument}`, value, problem, remedy);
  checkSeconds("rotation.gracePeriodSeconds", gracePeriodSeconds, 0, report);
  checkSeconds("rotation.timeoutSeconds", timeoutSeconds, 60, report);
  for (const [index, { kind, name }] of workloads.entries()) {
    checkChoice(`rotation.workloads[${index}].kind`, kind, WorkloadKind, report);
    if (!isObjectName(name))
      report(`rotation.workloads[${index}].name`, name, "is not a name of Kubernetes.");
  }
}

/**
 * The link with every default filled in. What it takes of the instance is noted, so that nothing of the program takes it too.
 * @throws ArgumentError when the database does not have what is asked for, or another component has it
 */
export function checkedLink(
  resource: string,
  args: DatabaseLinkArgs,
  database: DatabaseReference,
): ResolvedLink {
  const { problems, report } = reporter(component, resource);
  const link = resolveLink(resource, args, database);
  const { role, logins, namespace, secret, names } = link;
  if (args.role === undefined) checkRole("application", role.role, loginRoom, report);
  checkPooled(database.instance, args, report);
  if (database.through === Through.Provider && args.rotation !== undefined)
    report(
      "rotation",
      undefined,
      "needs roles that CloudNativePG manages, and this database is made through Pulumi's PostgreSQL provider.",
      'Set through: "cluster" of the Database.',
    );
  if (args.through !== undefined && args.through !== database.through)
    report(
      "through",
      args.through,
      "is not how the database was made.",
      `Set it to "${database.through}", or leave it out.`,
    );
  if (args.clientCertificate === true && namespace !== database.instance.namespace)
    report(
      "clientCertificate",
      true,
      `is in a Secret of namespace ${database.instance.namespace}, and the application is in ${namespace}.`,
      "Put the application there, or use rotation.",
    );
  if (args.clientCertificate === true && database.through === Through.Provider)
    report(
      "clientCertificate",
      true,
      "is issued by CloudNativePG.",
      'Set through: "cluster" of the Database.',
    );
  const rotates = rotationName(names.account);
  if (args.rotation !== undefined && rotates.length > maxCronJobName)
    report(
      "application",
      args.application,
      `makes the CronJob "${rotates}", which has more than ${maxCronJobName} characters.`,
      `Shorten it by ${rotates.length - maxCronJobName}.`,
    );
  problems.push(
    ...claim(database.instance, {
      component,
      resource,
      argument: args.role === undefined ? "application" : "role",
      roles: [role.role, ...logins.map(login => login.role)],
      secret: `${namespace}/${secret}`,
      connections: countedConnections(args),
    }),
  );
  refuse(problems);
  return link;
}
