import { editDistance } from "../nearest";
import { admissionProblem } from "./admission";
import { type Catalogue, extensionClasses, findDefinition, loadCatalogue, majorsOf } from "./catalogue";
import { CheckedValues, type GivenParameter } from "./checked-values";
import { conflictFindings } from "./conflicts";
import { ParameterContext, type ParameterDefinition } from "./definition";
import { type ParameterFinding, ParameterRule, Severity } from "./finding";
import { similarNames } from "./similar-names";
import { successorOf } from "./successors";
import type { ParameterSurroundings } from "./surroundings";
import { dangerOf } from "./unsafe";
import { inWords, type ParsedValue, parseValue, showValue } from "./value";

/**
 * Everything that is wrong with parameters, or ought to be known of them, as far as the parameters, the pod and the
 * volumes tell: names, values, what CloudNativePG owns, dangers, and combinations. In the order in which they are given;
 * what is about defaults comes last. The memory budget is judged elsewhere.
 * @param around its `major` must have a catalogue
 */
export function checkParameters(
  parameters: Readonly<Record<string, string>>,
  around: ParameterSurroundings,
): ParameterFinding[] {
  const catalogue = loadCatalogue(around.major);
  const given = new Map<string, GivenParameter>();
  const findings: ParameterFinding[] = [];
  for (const [written, text] of Object.entries(parameters)) {
    const { definition, findings: own } = checkOne(catalogue, written, text, around);
    const before = definition && given.get(definition.name);
    if (before !== undefined) {
      findings.push(givenTwice(written, text, before.written));
      continue;
    }
    findings.push(...own);
    const readable = !own.some(
      ({ severity, rule }) => severity === Severity.Refused && rule !== ParameterRule.Unsafe,
    );
    if (definition !== undefined) given.set(definition.name, { written, text, definition, readable });
  }
  findings.push(...conflictFindings(new CheckedValues(catalogue, around, given)));
  return inOrder(findings, Object.keys(parameters));
}

/** What is wrong with one parameter, or ought to be known of it, by itself. */
export function checkParameter(
  name: string,
  value: string,
  around: ParameterSurroundings,
): ParameterFinding[] {
  return checkOne(loadCatalogue(around.major), name, value, around).findings;
}

interface Checked {
  /** Absent for a name that is refused or unknown. */
  definition?: ParameterDefinition;
  findings: ParameterFinding[];
}

function checkOne(
  catalogue: Catalogue,
  written: string,
  text: string,
  around: ParameterSurroundings,
): Checked {
  const finding = (part: FindingPart): ParameterFinding => ({
    severity: Severity.Refused,
    parameter: written,
    value: text,
    ...part,
  });
  const definition = findDefinition(catalogue, written);
  if (definition === undefined) return { findings: [finding(unknownName(catalogue, written))] };
  const parsed = parseValue(definition, text);
  const refusal = nameRefusal(definition, written) ?? valueRefusal(definition, text, parsed);
  if (refusal !== undefined || !parsed.ok) {
    return { definition, findings: refusal === undefined ? [] : [finding(refusal)] };
  }
  const known = [release(definition, catalogue), danger(definition, parsed.base, around)];
  return { definition, findings: known.filter(part => part !== undefined).map(finding) };
}

type FindingPart = Pick<ParameterFinding, "rule" | "problem" | "remedy"> &
  Partial<Pick<ParameterFinding, "severity">>;

/** Source: CloudNativePG 1.30, internal/webhook/v1/cluster_webhook.go, postgresParameterNameRegex. */
const nameForm = /^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/;

function unknownName(catalogue: Catalogue, name: string): FindingPart {
  const majors = majorsOf(name);
  if (majors.length > 0) return otherMajor(catalogue, name, majors);
  const prefix = name.slice(0, Math.max(0, name.indexOf("."))).toLowerCase();
  if (prefix === "cnpg") {
    return {
      rule: ParameterRule.OwnedByOperator,
      problem: "belongs to CloudNativePG.",
      remedy: "Leave it out.",
    };
  }
  const successor = successorOf(name);
  if (successor !== undefined) {
    const problem = `is no longer a parameter of PostgreSQL ${catalogue.major}.`;
    return { rule: ParameterRule.OtherMajor, problem, remedy: successor };
  }
  const similar = similarNames(catalogue, name);
  const remedy = withRemedy(similar.length === 0 ? undefined : `Did you mean ${inWords(similar, "or")}?`);
  if (!nameForm.test(name)) {
    const problem = "is no name of a parameter: letters, digits and _ only, and one dot at most.";
    return { rule: ParameterRule.UnknownName, problem, ...remedy };
  }
  if (prefix === "") {
    return {
      rule: ParameterRule.UnknownName,
      problem: `is no parameter of PostgreSQL ${catalogue.major}.`,
      ...remedy,
    };
  }
  if (isTypo(name, prefix, similar)) {
    const problem = `is no parameter of ${prefix} that is known.`;
    return { rule: ParameterRule.UnknownName, problem, ...remedy };
  }
  return {
    severity: Severity.Warning,
    rule: ParameterRule.CustomClass,
    problem: "belongs to an extension that is not known here; name and value are not checked.",
    ...remedy,
  };
}

/** In a class of which all parameters are known anything that resembles one of them is a typo, in others what is one letter off. */
function isTypo(name: string, prefix: string, similar: readonly string[]): boolean {
  if (extensionClasses().has(prefix)) return similar.length > 0;
  return (
    similar.some(near => near.startsWith(`${prefix}.`)) &&
    similar.some(near => editDistance(name.toLowerCase(), near.toLowerCase()) <= 1)
  );
}

function otherMajor({ major }: Catalogue, name: string, majors: readonly number[]): FindingPart {
  const [first = major, last = major] = [majors[0], majors.at(-1)];
  const since =
    first > major ? `exists since PostgreSQL ${first} only` : `was removed in PostgreSQL ${last + 1}`;
  return {
    rule: ParameterRule.OtherMajor,
    problem: `${since}; this is ${major}.`,
    remedy: successorOf(name) ?? "Leave it out.",
  };
}

function nameRefusal(definition: ParameterDefinition, written: string): FindingPart | undefined {
  const { name, ownedByOperator, sessionOnly, context } = definition;
  if (ownedByOperator !== undefined) {
    return {
      rule: ParameterRule.OwnedByOperator,
      problem: "is set by CloudNativePG and cannot be changed here.",
      remedy: ownedByOperator,
    };
  }
  if (context === ParameterContext.Internal) {
    return {
      rule: ParameterRule.NotSettable,
      problem: "is worked out by the server and cannot be set.",
      remedy: initialChoices.get(name) ?? successorOf(name) ?? "Leave it out.",
    };
  }
  if (sessionOnly === true) {
    return {
      rule: ParameterRule.NotSettable,
      problem: "belongs to a session or a transaction and cannot stand in a configuration file.",
      remedy: "Set it in the session.",
    };
  }
  if (written === name || written === name.toLowerCase()) return undefined;
  const problem =
    written.toLowerCase() === name.toLowerCase()
      ? "is written in another letter case, by which CloudNativePG does not know it."
      : `is an old name of ${name}.`;
  return { rule: ParameterRule.UnknownName, problem, remedy: `Write ${name}.` };
}

/** What is chosen when the data directory is made. */
const initialChoices: ReadonlyMap<string, string> = new Map([
  ["data_checksums", "Use the argument dataChecksums."],
  ["server_encoding", "Use the argument encoding."],
  ["wal_segment_size", "Use the argument walSegmentSize."],
]);

function valueRefusal(
  definition: ParameterDefinition,
  text: string,
  parsed: ParsedValue,
): FindingPart | undefined {
  if (!parsed.ok) return { rule: parsed.rule, problem: parsed.problem, ...withRemedy(parsed.remedy) };
  const problem = admissionProblem(definition.name, text, showValue(definition, parsed.base));
  return problem && { rule: ParameterRule.Malformed, ...problem };
}

function release({ name, sinceMinor }: ParameterDefinition, { major }: Catalogue): FindingPart | undefined {
  if (sinceMinor === undefined) return undefined;
  return {
    severity: Severity.Warning,
    rule: ParameterRule.OtherMajor,
    problem: `is known since PostgreSQL ${major}.${sinceMinor}; an older release does not start with it.`,
    remedy: `Use an image of ${major}.${sinceMinor} or newer, or leave ${name} out.`,
  };
}

function danger(
  definition: ParameterDefinition,
  value: number | boolean | string,
  { allowUnsafe = [] }: ParameterSurroundings,
): FindingPart | undefined {
  const found = dangerOf(definition, value);
  if (found === undefined) return undefined;
  const name = definition.name.toLowerCase();
  const rule = ParameterRule.Unsafe;
  if (found.severity === Severity.Warning) return { rule, ...found };
  if (allowUnsafe.some(accepted => accepted.toLowerCase() === name)) {
    return {
      rule,
      severity: Severity.Warning,
      problem: found.problem,
      remedy: "It is accepted by allowUnsafeParameters.",
    };
  }
  return {
    rule,
    problem: found.problem,
    remedy: `Leave it out, or add ${definition.name} to allowUnsafeParameters.`,
  };
}

function givenTwice(written: string, text: string, before: string): ParameterFinding {
  return {
    severity: Severity.Refused,
    rule: ParameterRule.Conflict,
    parameter: written,
    value: text,
    problem: `is given twice: also as ${before}.`,
    remedy: `Leave ${written} out.`,
  };
}

function withRemedy(remedy: string | undefined): { remedy?: string } {
  return remedy === undefined ? {} : { remedy };
}

function inOrder(findings: ParameterFinding[], names: readonly string[]): ParameterFinding[] {
  const places = new Map(names.map((name, place): [string, number] => [name, place]));
  const place = ({ parameter }: ParameterFinding): number => places.get(parameter) ?? names.length;
  return [...findings].sort((a, b) => place(a) - place(b));
}
