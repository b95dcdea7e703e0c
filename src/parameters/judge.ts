import { budgetFinding, type MemoryBudget } from "./budget";
import { type Catalogue, findDefinition, loadCatalogue } from "./catalogue";
import { checkParameters } from "./check";
import { type ParameterFinding, ParameterRule, Severity } from "./finding";
import type { ProfileArgs } from "./profile-args";
import { type ExplainedParameter, type PodSize, type ResolvedProfile, resolveProfile } from "./profile";
import type { ParameterSurroundings } from "./surroundings";

/** Parameters that are asked for, and the server they are for. */
export interface ParameterRequest {
  /** What the values are derived from. Default: `generalPurpose` on SSD. */
  profile: ProfileArgs | undefined;
  /** Values in place of the profile's. */
  parameters: Record<string, string>;
  pod: PodSize;
  around: ParameterSurroundings;
  /** Memory above the pod's limit is warned of in place of refused. */
  acceptMemoryRisk: boolean;
}

/** What comes of a request: all of its parameters, why they are so, and what is to be said about them. */
export interface JudgedParameters {
  /** The complete map: the profile's values and those in their place, also the ones that are refused. */
  parameters: Record<string, string>;
  /** Origin and reason of each value. */
  explanation: Record<string, ExplainedParameter>;
  /** Memory at full load; a value that cannot be read, or that the server does not have, is left out of it. */
  budget: MemoryBudget;
  /** Those about the given values first, in the order in which they were given. */
  findings: ParameterFinding[];
}

/** Resolves the profile, checks every value as the server and CloudNativePG would, and adds up the memory. Never throws for a value. */
export function judgeParameters(request: ParameterRequest): JudgedParameters {
  const { profile = {}, parameters, pod, around, acceptMemoryRisk } = request;
  const given = new GivenParameters(pod.major, parameters, profile.parameters ?? {});
  const asked = resolveProfile(profile, pod, parameters);
  const checked = checkParameters(given.asWritten(asked.parameters), around);
  const readable = withoutUnreadable(request, asked, checked, given);
  const memory = budgetFinding(readable.budget, acceptMemoryRisk);
  const findings = [
    ...checked,
    ...asked.findings,
    ...(memory === undefined ? [] : [withValue(memory, asked.parameters)]),
  ];
  return {
    parameters: asked.parameters,
    explanation: asked.explanation,
    budget: readable.budget,
    findings: given.inOrder(findings),
  };
}

/**
 * Parameters under the names they were given. The server knows a name whatever its letter case, and some by an older name too;
 * a profile is resolved to the server's names, but CloudNativePG sees what was written, and so do those who read the findings.
 */
class GivenParameters {
  readonly #catalogue: Catalogue;
  readonly #given = new Map<string, [name: string, value: string][]>();

  /** @param maps where one parameter is in both, that of the first counts */
  constructor(major: number, ...maps: Record<string, string>[]) {
    this.#catalogue = loadCatalogue(major);
    for (const map of maps) {
      const own = Object.entries(map).filter(([name]) => !this.#given.has(this.key(name)));
      for (const entry of own) {
        const key = this.key(entry[0]);
        this.#given.set(key, [...(this.#given.get(key) ?? []), entry]);
      }
    }
  }

  /** The server's name, in lower case. */
  key(name: string): string {
    return (findDefinition(this.#catalogue, name)?.name ?? name).toLowerCase();
  }

  /** A complete map with the given names in place of the server's; with all of them where one parameter was given twice. */
  asWritten(parameters: Record<string, string>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(parameters).flatMap(entry => this.#given.get(this.key(entry[0])) ?? [entry]),
    );
  }

  /** Findings about given names first, as they were given; the others keep their order. */
  inOrder(findings: ParameterFinding[]): ParameterFinding[] {
    const places = new Map([...this.#given.keys()].map((key, place): [string, number] => [key, place]));
    const place = ({ parameter }: ParameterFinding): number => places.get(this.key(parameter)) ?? places.size;
    return [...findings].sort((a, b) => place(a) - place(b));
  }
}

/** A finding about the whole memory names the parameter to change first; its value belongs to it. */
function withValue(finding: ParameterFinding, parameters: Record<string, string>): ParameterFinding {
  const value = parameters[finding.parameter];
  return value === undefined ? finding : { ...finding, value };
}

/** Rules by which a value means nothing to the server, so that nothing can be computed from it. */
const unreadable: readonly ParameterRule[] = [
  ParameterRule.UnknownName,
  ParameterRule.OtherMajor,
  ParameterRule.WrongType,
  ParameterRule.WrongUnit,
  ParameterRule.OutOfRange,
  ParameterRule.NotAChoice,
  ParameterRule.Malformed,
  ParameterRule.OwnedByOperator,
  ParameterRule.NotSettable,
];

function isUnreadable({ severity, rule }: ParameterFinding): boolean {
  return severity === Severity.Refused && unreadable.includes(rule);
}

/** The profile without the values that cannot be read: what it derives from them, and the budget, would mean nothing. */
function withoutUnreadable(
  { profile = {}, parameters, pod }: ParameterRequest,
  asked: ResolvedProfile,
  checked: ParameterFinding[],
  given: GivenParameters,
): ResolvedProfile {
  const wrong = new Set(checked.filter(isUnreadable).map(({ parameter }) => given.key(parameter)));
  if (wrong.size === 0) return asked;
  const readable = (values: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !wrong.has(given.key(name))));
  const profileArgs = { ...profile, parameters: readable(profile.parameters ?? {}) };
  return resolveProfile(profileArgs, pod, readable(parameters));
}
