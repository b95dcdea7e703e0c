import { isMap } from "../protocol/property";
import type { Property } from "../protocol/property";

/** A compiled path: selects every value it matches, in the object's order. */
export type JsonPath = (root: Property) => Property[];

type Step = (values: Property[]) => Property[];

/**
 * The part of RFC 9535 that readiness expressions use: `.a.b`, `['a.b']`, `[0]`, `[-1]`, `[*]`, `.*` and filters that
 * compare one member with a literal or ask whether it exists, as in `[?(@.type=="Ready")].status`.
 * Throws on anything else, naming the place.
 */
export function compileJsonPath(expression: string): JsonPath {
  const source = expression.startsWith("$") ? expression.slice(1) : expression;
  const steps: Step[] = [];
  let rest = source;
  while (rest !== "") {
    const { step, length } = nextStep(rest, expression);
    steps.push(step);
    rest = rest.slice(length);
  }
  return root => steps.reduce((values, step) => step(values), [root]);
}

const member = /^\.([A-Za-z_][\w-]*|\*)/;
const quotedMember = /^\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/;
const element = /^\[\s*(-?\d+|\*)\s*\]/;
const filter =
  /^\[\s*\?\s*\(?\s*@([^=!<>\s)\]]+(?:\[[^\]]*\][^=!<>\s)\]]*)*)\s*(?:(==|!=)\s*('[^']*'|"[^"]*"|[\w.+-]+)\s*)?\)?\s*\]/;

function nextStep(rest: string, expression: string): { step: Step; length: number } {
  let match = member.exec(rest);
  if (match !== null) {
    const name = match[1] ?? "";
    return { step: name === "*" ? every : key(name), length: match[0].length };
  }
  match = quotedMember.exec(rest);
  if (match !== null) {
    return { step: key((match[1] ?? match[2] ?? "").replace(/\\(.)/g, "$1")), length: match[0].length };
  }
  match = element.exec(rest);
  if (match !== null) {
    const index = match[1] ?? "*";
    return { step: index === "*" ? every : at(Number(index)), length: match[0].length };
  }
  match = filter.exec(rest);
  if (match !== null) {
    return { step: where(match[1] ?? "", match[2], match[3]), length: match[0].length };
  }
  throw new Error(`JSONPath "${expression}" cannot be read from "${rest}".`);
}

const every: Step = values =>
  values.flatMap(value => (Array.isArray(value) ? value : isMap(value) ? Object.values(value) : []));

const key =
  (name: string): Step =>
  values =>
    values.flatMap(value => (isMap(value) && Object.hasOwn(value, name) ? [value[name] as Property] : []));

const at =
  (index: number): Step =>
  values =>
    values.flatMap(value =>
      Array.isArray(value) && value.at(index) !== undefined ? [value.at(index) as Property] : [],
    );

function where(path: string, operator: string | undefined, literal: string | undefined): Step {
  const select = compileJsonPath(path);
  const wanted = literal === undefined ? undefined : parseLiteral(literal);
  const keeps = (value: Property): boolean => {
    const found = select(value);
    if (operator === undefined) return found.length > 0;
    return (found.length > 0 && found[0] === wanted) === (operator === "==");
  };
  return values => every(values).filter(keeps);
}

function parseLiteral(literal: string): Property {
  if (/^['"]/.test(literal)) return literal.slice(1, -1);
  if (literal === "true" || literal === "false") return literal === "true";
  if (literal === "null") return null;
  const value = Number(literal);
  if (Number.isNaN(value)) throw new Error(`JSONPath filter compares with ${literal}: text needs quotes.`);
  return value;
}
