import type { ArgumentProblem } from "../argument-error";
import type { PostgresInstanceArgs } from "../instance/args";
import { checkImages } from "../instance/checks/image";
import { checkParameters, parameterFindings } from "../instance/checks/parameters";
import { checkResources } from "../instance/checks/resources";
import { checkStorage } from "../instance/checks/storage";
import { generationMajor } from "../instance/image";
import { serverParameters } from "../instance/parameters";
import { serverShape } from "../instance/resolve";
import { pinnedVersions } from "../cnpg/versions";
import { describeFinding, Severity } from "../parameters/finding";
import type { JudgedParameters } from "../parameters/judge";
import { isPositiveQuantity, parseNano } from "../quantity";
import { refuse, type Report, reporter } from "../report";
import type { ParameterProfileArgs } from "./args";

/**
 * Everything that is wrong with the arguments. A profile is judged as the instance it would be the profile of.
 * Pure: the same arguments give the same problems.
 */
export function profileProblems(resource: string, args: ParameterProfileArgs): ArgumentProblem[] {
  const { problems, report: reportGiven } = reporter("ParameterProfile", resource);
  const report: Report = (argument, ...found) => reportGiven(argument.replace(/^profile\./, ""), ...found);
  const instance = asInstance(args);
  checkName(args.name ?? resource, report);
  checkImages(instance, report);
  checkResources(instance, report);
  checkStorage("storage", args.storage, report);
  checkStorage("walStorage", args.walStorage, report);
  checkParameters(instance, report);
  if (args.sidecarMemory !== undefined && parseNano(args.sidecarMemory) !== 0n) {
    if (!isPositiveQuantity(args.sidecarMemory)) {
      report("sidecarMemory", args.sidecarMemory, "is not a quantity.", 'Write for example "512Mi".');
    }
  }
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateProfile(resource: string, args: ParameterProfileArgs): void {
  refuse(profileProblems(resource, args));
}

/** What is allowed and ought to be known, as sentences. */
export function profileWarnings(args: ParameterProfileArgs): string[] {
  return parameterFindings(asInstance(args))
    .filter(finding => finding.severity === Severity.Warning)
    .map(describeFinding);
}

/** The parameters of a profile. The arguments must have passed validation. */
export function judgeProfile(args: ParameterProfileArgs): JudgedParameters {
  const instance = asInstance(args);
  const major = generationMajor(instance, {}) ?? pinnedVersions.postgresMajor;
  return serverParameters(instance, {
    ...serverShape(instance, {}, major),
    sidecarMemory: args.sidecarMemory,
  });
}

function asInstance(args: ParameterProfileArgs): PostgresInstanceArgs {
  const { version, size, resources, storage, walStorage, instances } = args;
  const { workload, disk, parameters, allowUnsafeParameters, acceptMemoryRisk } = args;
  return {
    version,
    size,
    resources,
    storage,
    walStorage,
    instances,
    profile: { workload, disk, parameters },
    allowUnsafeParameters,
    acceptMemoryRisk,
  };
}

function checkName(name: string, report: Report): void {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return;
  report(
    "name",
    name,
    "is not a DNS label of at most 63 characters.",
    "Use lower case letters, digits and hyphens, with a letter or digit at both ends.",
  );
}
