import type { ArgumentProblem } from "../argument-error";
import { availabilityWarnings, checkAvailability } from "../availability/validate";
import { checkFailoverPolicy } from "../failover/validate-policy";
import { checkCustomCheck } from "../health/validate";
import { checkVersions, matrixDate, pinnedVersions } from "../cnpg/versions";
import { describeFinding, Severity } from "../parameters/finding";
import { checkPooler } from "../pooler/validate";
import { refuse, reporter } from "../report";
import type { PostgresInstanceArgs } from "./args";
import { checkBackup } from "./checks/backup";
import { checkDatabase } from "./checks/database";
import { checkClients, checkExposure } from "./checks/exposure";
import { checkFailover } from "./checks/failover";
import { checkFollow } from "./checks/follow";
import { checkGenerations, checkRestores } from "./checks/generations";
import { checkImages } from "./checks/image";
import { checkNames } from "./checks/names";
import { checkParameters, parameterFindings } from "./checks/parameters";
import { checkRehearsal } from "./checks/rehearsal";
import { checkConsents, checkRemoval } from "./checks/removal";
import { checkResources } from "./checks/resources";
import { checkScheduling } from "./checks/scheduling";
import { checkSheet, checkSheetLimits } from "./checks/sheet";
import { checkUpdates } from "./checks/updates";
import { rehearsalWarnings } from "../rehearsal/validate";
import { generationMajor } from "./image";
import { generationArgs } from "./resolve";

/**
 * Everything that is wrong with the arguments, as far as they alone can tell.
 * Pure: the same arguments give the same problems.
 */
export function instanceProblems(resource: string, args: PostgresInstanceArgs): ArgumentProblem[] {
  const { problems, report } = reporter("PostgresInstance", resource);
  checkNames(resource, args, report);
  checkGenerations(args, report);
  checkRestores(args.name ?? resource, args, report);
  checkImages(args, report);
  checkResources(args, report);
  checkDatabase(args.name ?? resource, args, report);
  checkExposure(args, report);
  checkClients(args, report);
  checkAvailability(args, report);
  checkPooler(args, report);
  checkUpdates(args, report);
  checkFailoverPolicy(args, report);
  checkCustomCheck(args, report);
  checkScheduling(args, report);
  checkParameters(args, report);
  checkBackup(resource, args, report);
  checkFailover(args.name ?? resource, args, report);
  checkFollow(args.name ?? resource, args, report);
  checkConsents(args.name ?? resource, args, report);
  checkRemoval(args.name ?? resource, args, report);
  checkRehearsal(args, report);
  checkSheet(args, report);
  // Only of what is right otherwise can be told what it takes.
  if (problems.length === 0) checkSheetLimits(resource, args, report);
  return problems;
}

/** What is allowed and ought to be known, as sentences: majors whose support has ended, doubtful parameters. */
export function instanceWarnings(args: PostgresInstanceArgs): string[] {
  const majors = new Set(Object.values(generationArgs(args)).map(own => generationMajor(args, own)));
  const versions = [...majors].flatMap(
    postgresMajor =>
      checkVersions({ operator: pinnedVersions.operator, postgresMajor, today: new Date(matrixDate) })
        .warnings,
  );
  const parameters = parameterFindings(args)
    .filter(finding => finding.severity === Severity.Warning)
    .map(describeFinding);
  return [
    ...versions,
    ...parameters,
    ...availabilityWarnings(args),
    ...rehearsalWarnings(args.failover?.rehearsal ?? {}),
  ];
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateInstance(resource: string, args: PostgresInstanceArgs): void {
  refuse(instanceProblems(resource, args));
}
