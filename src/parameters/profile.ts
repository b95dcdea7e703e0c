import { nearest } from "../nearest";
import { amountText, quantityText } from "./amount";
import { enoughMemory, type MemoryBudget, memoryBudget } from "./budget";
import { type Catalogue, findDefinition, loadCatalogue } from "./catalogue";
import { type ParameterFinding, ParameterRule, Severity } from "./finding";
import { safeShare } from "./memory-use";
import type { PodSize } from "./pod-size";
import { DiskKind, type ProfileArgs, Workload } from "./profile-args";
import { applyRules, type RuleOutput, sizeNames } from "./profile-rules";
import { type ServerSizes, sizeServer } from "./sizes";
import { unitFamily } from "./units";
import { inWords, parseValue } from "./value";
import { type SizedWorkload, workloadRules } from "./workload-rules";

export type { PodSize } from "./pod-size";

/** Where a value comes from. */
export const ParameterOrigin = {
  /** A rule of the workload. */
  Profile: "profile",
  /** It was given, in the place of a rule or besides the rules. */
  Override: "override",
} as const;
export type ParameterOrigin = (typeof ParameterOrigin)[keyof typeof ParameterOrigin];

/** A resolved value and where it comes from. */
export interface ExplainedParameter {
  value: string;
  origin: ParameterOrigin;
  /** Why it has this value, with the numbers it was reckoned from. */
  reason: string;
}

/** What comes of a profile in one pod. */
export interface ResolvedProfile {
  workload: Workload;
  /** All parameters, in the order of the rules, then the others that were given. */
  parameters: Record<string, string>;
  /** Origin and reason of each of them. */
  explanation: Record<string, ExplainedParameter>;
  budget: MemoryBudget;
  /** A pod that is too small for the workload, or a word that is no workload. Values and memory are judged elsewhere. */
  findings: ParameterFinding[];
}

/**
 * The server parameters for a kind of work in a pod: rules, then the profile's own parameters, then
 * `overrides`; the last one wins, and what the rules derive from a value follows it. A value that cannot be
 * read is kept, and nothing is derived from it. Never throws for a value; throws a RangeError for a major
 * without catalogue.
 */
export function resolveProfile(
  args: ProfileArgs,
  pod: PodSize,
  overrides: Record<string, string> = {},
): ResolvedProfile {
  const workload = args.workload ?? Workload.GeneralPurpose;
  const sized = sizedWorkload(workload);
  const explained = explainParameters(args, pod, overrides);
  const parameters = valuesOf(explained);
  const budget = memoryBudget(parameters, { ...pod, workload });
  const grows = sized !== undefined && budget.share > safeShare;
  return {
    workload,
    parameters,
    explanation: Object.fromEntries(explained),
    budget: grows ? { ...budget, enough: enough(args, pod, overrides) } : budget,
    findings: [
      ...unknownWord("workload", workload, Workload),
      ...unknownWord("disk", args.disk, DiskKind),
      ...(sized === undefined ? [] : tooSmall(sized, pod)),
    ],
  };
}

/** Every value with its origin: those of the rules, then the given ones in their place or after them. */
function explainParameters(
  args: ProfileArgs,
  pod: PodSize,
  overrides: Record<string, string>,
): Map<string, ExplainedParameter> {
  const catalogue = loadCatalogue(pod.major);
  const sized = sizedWorkload(args.workload ?? Workload.GeneralPurpose);
  const given = new Map([
    ...givenValues(catalogue, args.parameters ?? {}, "given in the profile"),
    ...givenValues(catalogue, overrides, "given for the instance"),
  ]);
  const ruled = (sizes: Partial<ServerSizes>): Map<string, RuleOutput> =>
    sized === undefined ? new Map() : ruleValues(sized, args.disk ?? DiskKind.Ssd, pod, sizes);
  const explained = new Map(
    [...ruled(givenSizes(catalogue, given))].map(([name, output]): [string, ExplainedParameter] => [
      name,
      { ...output, origin: ParameterOrigin.Profile },
    ]),
  );
  const replaced: Map<string, RuleOutput> = given.size === 0 ? new Map() : ruled({});
  for (const [name, { value, where }] of given) {
    const own = replaced.get(name)?.value;
    const reason = own === undefined || own === value ? where : `${where}, in place of the profile's ${own}`;
    explained.set(name, { value, origin: ParameterOrigin.Override, reason });
  }
  return explained;
}

function valuesOf(explained: Map<string, ExplainedParameter>): Record<string, string> {
  return Object.fromEntries([...explained].map(([name, { value }]) => [name, value]));
}

/** The workload whose rules are used: none for `custom`, and those of the default for a word that is no workload. */
function sizedWorkload(workload: Workload): SizedWorkload | undefined {
  if (workload === Workload.Custom) return undefined;
  return workload !== Workload.Mixed && Object.hasOwn(workloadRules, workload)
    ? workload
    : Workload.GeneralPurpose;
}

interface GivenValue {
  value: string;
  /** Where it was given. */
  where: string;
}

/** Given values by the names the server knows them under, whatever case or old name was written. */
function givenValues(
  catalogue: Catalogue,
  parameters: Record<string, string>,
  where: string,
): [name: string, GivenValue][] {
  return Object.entries(parameters).map(([name, value]) => [
    findDefinition(catalogue, name)?.name ?? name,
    { value: String(value), where },
  ]);
}

/** The given values that others are derived from, as numbers. */
function givenSizes(catalogue: Catalogue, given: Map<string, GivenValue>): Partial<ServerSizes> {
  const sizes: Partial<ServerSizes> = {};
  if (given.size === 0) return sizes;
  for (const [size, name] of Object.entries(sizeNames) as [keyof ServerSizes, string][]) {
    const text = given.get(name)?.value;
    const value = text === undefined ? undefined : sizeOf(catalogue, name, text);
    if (value !== undefined) sizes[size] = value;
  }
  return sizes;
}

/** A value as a number of bytes, or of what it counts. */
function sizeOf(catalogue: Catalogue, name: string, text: string): number | undefined {
  const definition = findDefinition(catalogue, name);
  const parsed = definition === undefined ? undefined : parseValue(definition, text);
  if (definition === undefined || parsed?.ok !== true || typeof parsed.base !== "number") return undefined;
  const byte =
    definition.unit === undefined
      ? undefined
      : unitFamily(definition.unit)?.units.find(({ name: unit }) => unit === "B");
  return byte === undefined ? parsed.base : parsed.base / byte.factor;
}

/** What the rules give, in their order. */
function ruleValues(
  workload: SizedWorkload,
  disk: DiskKind,
  pod: PodSize,
  given: Partial<ServerSizes>,
): Map<string, RuleOutput> {
  return applyRules({ workload, disk, pod, sizes: sizeServer(workload, pod, given) });
}

/** A limit that suffices for the same request: with more memory the values of the rules grow too. */
function enough(args: ProfileArgs, pod: PodSize, overrides: Record<string, string>): number | undefined {
  return enoughMemory(pod.memory, memory => {
    const larger = { ...pod, memory, memoryRequest: undefined };
    const parameters = valuesOf(explainParameters(args, larger, overrides));
    return memoryBudget(parameters, { ...larger, workload: args.workload }).share;
  });
}

function tooSmall(workload: SizedWorkload, { memory }: PodSize): ParameterFinding[] {
  const { leastMemory } = workloadRules[workload];
  if (memory >= leastMemory) return [];
  const roomy = workload === Workload.Analytics && memory >= workloadRules.generalPurpose.leastMemory;
  return [
    {
      severity: Severity.Refused,
      rule: ParameterRule.TooSmall,
      parameter: "workload",
      value: workload,
      problem:
        `needs at least ${amountText(leastMemory)} of memory and the limit is ${amountText(memory)}: ` +
        `shared buffers, connections and the instance manager would leave nothing for queries.`,
      remedy:
        `Raise the memory limit to ${quantityText(leastMemory)}, ` +
        (roomy ? 'choose another workload, for example "generalPurpose", ' : "") +
        'or set workload: "custom" and the parameters yourself.',
    },
  ];
}

function unknownWord(
  argument: string,
  word: string | undefined,
  choices: Readonly<Record<string, string>>,
): ParameterFinding[] {
  const words = Object.values(choices);
  if (word === undefined || words.includes(word)) return [];
  return [
    {
      severity: Severity.Refused,
      rule: ParameterRule.NotAChoice,
      parameter: argument,
      value: word,
      problem: `is not one of ${inWords(words, "or")}.`,
      remedy: `Write ${nearest(word, words) ?? words[0]}.`,
    },
  ];
}
