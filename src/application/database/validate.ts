import type { ArgumentProblem } from "../../argument-error";
import { extensionAvailability } from "../../cnpg/extensions";
import { checkSchemas, reservedDatabases } from "../../instance/checks/database";
import { maxNameLength } from "../../instance/names";
import type { InstanceReference } from "../../instance/reference";
import { instanceProblems } from "../../instance/validate";
import { checkChoice, refuse, type Report, reporter } from "../../report";
import { identifierProblem, maxIdentifierBytes } from "../../sql-identifier";
import { checkApplicationSide, checkPooled, checkRole } from "../checks";
import { SslMode } from "../credentials";
import { groupRoles, ownInstanceName } from "../names";
import { checkMigrations } from "../migration/validate";
import { Through } from "../through";
import type { DatabaseArgs } from "./args";
import { databaseName, ownInstanceArgs, ownerName } from "./resolve";

const component = "Database";

/** Bytes that the longest group role puts behind the name of its database. */
const groupRoom = Buffer.byteLength(groupRoles("").readWrite);

/** Everything that is wrong with the arguments, as far as they alone can tell. Pure. */
export function databaseProblems(resource: string, args: DatabaseArgs): ArgumentProblem[] {
  const { problems, report } = reporter(component, resource);
  const name = databaseName(resource, args);
  checkName(name, report);
  checkRole("owner", ownerName(resource, args), 0, report);
  if (Object.values(groupRoles(name)).includes(ownerName(resource, args)))
    report("owner", args.owner, "is the name of a role that links use.", "Choose another one.");
  checkSchemas("schemas", args.schemas, report);
  if (args.schemas?.length === 0)
    report("schemas", [], "is empty.", "Leave it out for public, or name the schemas of the application.");
  checkApplicationSide(args, report);
  checkChoice("sslMode", args.sslMode, SslMode, report);
  checkChoice("through", args.through, Through, report);
  checkPlace(name, args, report);
  if (args.migrations !== undefined) checkMigrations("migrations", args.migrations, report);
  if (args.deletion !== undefined && args.deletion.confirm !== name)
    report(
      "deletion.confirm",
      args.deletion.confirm,
      "does not repeat the name of the database.",
      `Write "${name}" to remove it with its data.`,
    );
  if (problems.length > 0 || args.instance !== undefined) return problems;
  return ownInstanceProblems(resource, args);
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateDatabase(resource: string, args: DatabaseArgs): void {
  refuse(databaseProblems(resource, args));
}

function checkName(name: string, report: Report): void {
  const remedy = 'Use for example "shop".';
  const problem = identifierProblem(name);
  const bytes = Buffer.byteLength(name);
  if (problem !== undefined) report("name", name, problem, remedy);
  else if (reservedDatabases.test(name)) report("name", name, "belongs to PostgreSQL.", remedy);
  else if (bytes > maxIdentifierBytes - groupRoom)
    report(
      "name",
      name,
      `has ${bytes} bytes, at most ${maxIdentifierBytes - groupRoom} are allowed: names of roles are made from it.`,
      `Shorten it by ${bytes - (maxIdentifierBytes - groupRoom)}.`,
    );
}

/** Arguments that belong to the one place or the other. */
function checkPlace(name: string, args: DatabaseArgs, report: Report): void {
  const shared = args.instance !== undefined;
  const only = (argument: keyof DatabaseArgs, problem: string, remedy: string): void => {
    if (args[argument] !== undefined) report(argument, args[argument], problem, remedy);
  };
  if (shared) {
    only(
      "instanceArgs",
      "is for an instance of its own.",
      "Set it on the PostgresInstance, or leave instance out.",
    );
    only("storageSize", "is for an instance of its own.", "Set storage.size of the PostgresInstance.");
  } else {
    only(
      "connectionLimit",
      "is for a shared instance.",
      "Set the parameter max_connections in instanceArgs.",
    );
    only("locale", "is for a shared instance.", "Set instanceArgs.initdb.");
    if (args.ofInstance === true)
      report("ofInstance", true, "needs the instance.", "Set instance to its reference.");
    const most = maxNameLength;
    const instance = ownInstanceName(name);
    if (instance.length > most)
      report(
        "name",
        name,
        `makes an instance ${instance}, which has ${instance.length} characters; at most ${most} are allowed.`,
        `Shorten it by ${instance.length - most}, or put the database into an instance with another name: instance.`,
      );
  }
  if (args.through === Through.Provider && (!shared || args.ofInstance === true))
    report(
      "through",
      args.through,
      "is for a database that is made in a shared instance.",
      "Leave it out, or set instance.",
    );
  if (args.ofInstance !== true) return;
  for (const argument of ["password", "extensions", "connectionLimit", "locale", "deletion"] as const)
    only(argument, "belongs to the instance, whose database this is.", "Set it on the PostgresInstance.");
}

/** What is wrong with the instance of its own, in our words. */
function ownInstanceProblems(resource: string, args: DatabaseArgs): ArgumentProblem[] {
  const name = ownInstanceName(databaseName(resource, args));
  return instanceProblems(name, ownInstanceArgs(resource, args)).map(problem =>
    instanceProblem(resource, problem),
  );
}

/** Arguments of ours that are handed on under the same name. */
const handedOn = ["name", "namespace", "owner", "password", "extensions", "schemas"];

/** A problem of the instance of its own as one of ours. */
export function instanceProblem(resource: string, problem: ArgumentProblem): ArgumentProblem {
  const [first = ""] = problem.argument.split(/[.[]/);
  const argument = handedOn.includes(first) ? problem.argument : `instanceArgs.${problem.argument}`;
  return { ...problem, component, resource, argument };
}

/** What is wrong with the instance for this database. */
export function referenceProblems(
  resource: string,
  args: DatabaseArgs,
  reference: InstanceReference,
): ArgumentProblem[] {
  const { problems, report } = reporter(component, resource);
  const name = databaseName(resource, args);
  const isOfInstance = args.ofInstance === true || args.instance === undefined;
  if (isOfInstance && reference.database !== name)
    report(
      "name",
      name,
      `is not the database that instance ${reference.name} was made with.`,
      `That is "${reference.database}".`,
    );
  if (!isOfInstance && reference.database === name)
    report(
      "name",
      name,
      `is the database that instance ${reference.name} was made with.`,
      "Set ofInstance: true, or choose another name.",
    );
  if (!isOfInstance && reference.owner === ownerName(resource, args))
    report(
      "owner",
      reference.owner,
      `owns the database of instance ${reference.name}, and would own this one too.`,
      "Choose another one: an owner can read and drop everything that is its own.",
    );
  if (args.deletion?.finalBackup === true && reference.store === undefined && reference.archive === undefined)
    report(
      "deletion.finalBackup",
      true,
      `cannot be taken: instance ${reference.name} does not archive.`,
      "Set it to false, or give the PostgresInstance backup.",
    );
  checkPooled(reference, args, report);
  checkExtensions(args, reference, report);
  return problems;
}

function checkExtensions(
  { extensions = [], instance }: DatabaseArgs,
  { image, major }: InstanceReference,
  report: Report,
): void {
  // An instance of its own checks them itself.
  if (image === undefined || instance === undefined) return;
  for (const [index, extension] of extensions.entries()) {
    const { problem } = extensionAvailability(image, extension, major);
    const path = `extensions[${index}]`;
    if (problem !== undefined) report(path, extension, problem.problem, problem.remedy);
    else if (extensions.indexOf(extension) !== index) report(path, extension, "is listed twice.");
  }
}
