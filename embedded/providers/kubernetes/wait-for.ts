import { isMap } from "../protocol/property";
import type { Property } from "../protocol/property";
import { compileJsonPath } from "./json-path";
import { annotation, annotations, list, number, text } from "./manifest";
import type { Manifest } from "./manifest";
import type { Verdict } from "./readiness/verdict";

/** A term of `pulumi.com/waitFor`. */
export type Term = (object: Manifest) => Verdict;

/**
 * Reads `pulumi.com/waitFor`: `condition=<Type>[=<Status>]`, `jsonpath={<path>}[=<value>]`, or a JSON array of such terms,
 * all of which must hold. Undefined when the object has no such annotation. Throws when it cannot be read.
 */
export function waitForTerms(object: Manifest): Term[] | undefined {
  const value = annotation(object, annotations.waitFor);
  if (value === "") return undefined;
  const expressions = expressionsOf(value);
  if (expressions.length === 0) throw new Error("at least one condition must be specified");
  return expressions.map(parseTerm);
}

function expressionsOf(value: string): string[] {
  try {
    const parsed: unknown = JSON.parse(value);
    if (Array.isArray(parsed) && parsed.every(term => typeof term === "string")) return parsed;
  } catch {
    return [value]; // Not JSON: a single term.
  }
  return [value];
}

function parseTerm(expression: string): Term {
  if (expression.startsWith("jsonpath=")) return jsonPathTerm(expression.slice("jsonpath=".length));
  if (expression.startsWith("condition=")) return conditionTerm(expression.slice("condition=".length));
  throw new Error(`expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
}

function conditionTerm(expression: string): Term {
  const split = expression.indexOf("=");
  const type = split < 0 ? expression : expression.slice(0, split);
  const wanted = split < 0 ? "True" : expression.slice(split + 1);
  return object => {
    const found = list(object, "status", "conditions").find(entry => sameText(text(entry, "type"), type));
    const status = text(found, "status");
    if (found === undefined) return { ready: false, message: `Waiting for condition ${type}=${wanted}` };
    const observed = number(found, "observedGeneration") ?? number(object, "status", "observedGeneration");
    if (isStale(object, observed)) return { ready: false, message: staleMessage(object, observed) };
    const reason = [text(found, "reason"), text(found, "message")].filter(part => part !== "").join(": ");
    return {
      ready: sameText(status, wanted),
      message: `Waiting for condition ${type}=${wanted} (it is ${status}${reason === "" ? "" : `, ${reason}`})`,
    };
  };
}

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function jsonPathTerm(expression: string): Term {
  const { path, value } = splitJsonPath(expression);
  const select = compileJsonPath(unwrap(path));
  const wanted = value === undefined ? path : `${path}=${value}`;
  return object => {
    const observed = number(object, "status", "observedGeneration");
    if (isStale(object, observed)) return { ready: false, message: staleMessage(object, observed) };
    const found = select(object)[0];
    if (found === undefined)
      return { ready: false, message: `Waiting for ${wanted} (${path} selected nothing)` };
    const isComplex = Array.isArray(found) || isMap(found);
    if (value !== undefined && isComplex) {
      throw new Error(`"${path}" has a non-primitive value (${JSON.stringify(found)})`);
    }
    return {
      ready: value === undefined || display(found) === value,
      message: `Waiting for ${wanted} (found "${isComplex ? "…" : display(found)}")`,
    };
  };
}

const display = (value: Property): string => (value === null ? "<nil>" : String(value));

/** Splits at the only `=` that is not part of `==`. */
function splitJsonPath(expression: string): { path: string; value?: string } {
  const parts = expression.split(/(?<!=)=(?!=)/);
  const [path = "", value] = parts;
  if (parts.length > 2) throw new Error(`format should be {.path}=value or {.path}, got "${expression}"`);
  if (value === "") throw new Error(`${path}= requires a value`);
  return value === undefined ? { path } : { path, value };
}

function unwrap(path: string): string {
  if (path.startsWith("'") && path.endsWith("'")) throw new Error(`${path} should omit shell quotes`);
  const match = /\{\s*(.*?)\s*\}/.exec(path);
  if (match === null) throw new Error(`${path} should be wrapped in brackets { ... }`);
  return match[1] ?? "";
}

function isStale(object: Manifest, observed: number | undefined): boolean {
  return observed !== undefined && observed < (number(object, "metadata", "generation") ?? 0);
}

const staleMessage = (object: Manifest, observed: number | undefined): string =>
  `Generation ${observed} is less than expected ${number(object, "metadata", "generation")}`;
