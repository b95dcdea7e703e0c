import { applyModeProblems } from "../../parameters/apply-mode";
import { ParameterRule, type ParameterFinding, Severity } from "../../parameters/finding";
import { DiskKind, Workload } from "../../parameters/profile-args";
import { postgresMajors } from "../../cnpg/versions";
import { isPositiveQuantity } from "../../quantity";
import { checkChoice, type Report } from "../../report";
import type { GenerationArgs, PostgresInstanceArgs } from "../args";
import { generationMajor } from "../image";
import { serverParameters, type ServerShape } from "../parameters";
import { generationArgs, resolveResources, serverShape } from "../resolve";

export function checkParameters(args: PostgresInstanceArgs, report: Report): void {
  checkChoice("profile.workload", args.profile?.workload, Workload, report);
  checkChoice("profile.disk", args.profile?.disk, DiskKind, report);
  const strings = [
    checkStrings("parameters", args.parameters, report),
    checkStrings("profile.parameters", args.profile?.parameters, report),
  ];
  for (const { argument, value, problem, remedy } of applyModeProblems(args.parameterChanges ?? {})) {
    report(`parameterChanges.${argument}`, value, problem, remedy);
  }
  if (strings.includes(false)) return;
  for (const finding of parameterFindings(args)) {
    if (finding.severity !== Severity.Refused) continue;
    report(argumentOf(args, finding), finding.value, finding.problem, finding.remedy);
  }
}

/** What is refused or ought to be known of the parameters, each once for all generations. */
export function parameterFindings(args: PostgresInstanceArgs): ParameterFinding[] {
  const known = new Map<string, ParameterFinding>();
  for (const own of Object.values(generationArgs(args))) {
    for (const finding of generationFindings(args, own)) known.set(JSON.stringify(finding), finding);
  }
  return [...known.values()];
}

function generationFindings(args: PostgresInstanceArgs, own: GenerationArgs): ParameterFinding[] {
  const shape = readableShape(args, own);
  return shape === undefined ? [] : serverParameters(args, shape).findings;
}

/**
 * What the server parameters of a generation depend on. Nothing is judged by a size or a version that is wrong itself: that is reported
 * already, and undefined here.
 */
export function readableShape(args: PostgresInstanceArgs, own: GenerationArgs): ServerShape | undefined {
  const major = generationMajor(args, own);
  if (major === undefined || !postgresMajors.includes(major)) return undefined;
  const { limits, requests } = resolveResources(args);
  const shape = serverShape(args, own, major);
  const quantities = [limits.cpu, limits.memory, requests.memory, shape.storage, shape.walStorage];
  if (!quantities.every(quantity => quantity === undefined || isPositiveQuantity(quantity))) return undefined;
  const { workload, disk } = args.profile ?? {};
  if (workload !== undefined && !Object.values(Workload).includes(workload)) return undefined;
  if (disk !== undefined && !Object.values(DiskKind).includes(disk)) return undefined;
  return shape;
}

/** The argument a finding is about: the parameter where it was written, or what the profile depends on. */
function argumentOf(args: PostgresInstanceArgs, finding: ParameterFinding): string {
  const { rule, parameter } = finding;
  if (rule === ParameterRule.TooSmall) return "resources.memory";
  if (Object.hasOwn(args.parameters ?? {}, parameter)) return `parameters.${parameter}`;
  if (Object.hasOwn(args.profile?.parameters ?? {}, parameter)) return `profile.parameters.${parameter}`;
  return rule === ParameterRule.Memory ? "parameters" : `parameters.${parameter}`;
}

function checkStrings(path: string, parameters: Record<string, string> | undefined, report: Report): boolean {
  const wrong = Object.entries(parameters ?? {}).filter(([, value]) => typeof value !== "string");
  for (const [name, value] of wrong) {
    report(`${path}.${name}`, value, "is not a string.", `Write "${String(value)}" in quotes.`);
  }
  return wrong.length === 0;
}
