import { ParameterType } from "./definition";
import { ParameterRule } from "./finding";
import { formatReal } from "./numeral";
import { type Fault, rangeOf, readValue, type ValueDefinition } from "./reading";
import { repairedValue } from "./repair";
import { showReal, showWhole, type UnitFamily, unitFamily } from "./units";

export type { ValueDefinition } from "./reading";

/** What came of reading a value. */
export type ParsedValue =
  | {
      ok: true;
      /** The value in base units. */
      base: number | boolean | string;
      /** The value as `pg_settings.setting` shows it. */
      canonical: string;
    }
  | {
      ok: false;
      rule: ParameterRule;
      /** What is wrong, as the end of a sentence that begins with the parameter and its value. */
      problem: string;
      /** What to write, as a sentence. */
      remedy?: string;
    };

/**
 * Reads a value as the server reads it from its configuration file: units, rounding, hexadecimal and octal numbers,
 * beginnings of booleans, hidden choices, and the form of texts.
 * Source: src/backend/utils/misc/guc.c, parse_and_validate_value.
 */
export function parseValue(definition: ValueDefinition, text: string): ParsedValue {
  const reading = readValue(definition, text);
  if (reading.ok) return reading;
  const repaired = repairedValue(definition, text);
  const { remedy, ...refusal } = refusalOf(definition, reading.fault);
  const advice = repaired === undefined ? remedy : `Write ${repaired}.`;
  return { ok: false, ...refusal, ...(advice === undefined ? {} : { remedy: advice }) };
}

/** A value in base units as SHOW prints it: `1GB` for 131072 in units of 8kB. */
export function showValue(definition: ValueDefinition, base: number | boolean | string): string {
  if (typeof base === "boolean") return base ? "on" : "off";
  if (typeof base === "string") return base;
  const format = definition.type === ParameterType.Integer ? String : formatReal;
  const family = definition.unit === undefined ? undefined : unitFamily(definition.unit);
  if (family === undefined || base <= 0) return format(base);
  const shown = definition.type === ParameterType.Integer ? showWhole(base, family) : showReal(base, family);
  return `${format(shown.value)}${shown.unit}`;
}

/** Whether two spellings are one value to the server. A value that it refuses is the same as its own spelling only. */
export function sameValue(definition: ValueDefinition, a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [readValue(definition, a), readValue(definition, b)];
  return (
    left.ok && right.ok && comparable(definition, left.canonical) === comparable(definition, right.canonical)
  );
}

/** What of a shown value counts: time zones are found in any letter case, text search configurations without their schema. */
function comparable({ name }: ValueDefinition, canonical: string): string {
  if (/^(?:log_)?timezone$/i.test(name)) return canonical.toLowerCase();
  return name === "default_text_search_config" ? canonical.replace(/^pg_catalog\./, "") : canonical;
}

type Refusal = Omit<Extract<ParsedValue, { ok: false }>, "ok">;

function refusalOf(definition: ValueDefinition, fault: Fault): Refusal {
  switch (fault.kind) {
    case "boolean":
      return { rule: ParameterRule.WrongType, problem: "is not a boolean.", remedy: "Write on or off." };
    case "choice":
      return {
        rule: ParameterRule.NotAChoice,
        problem: `is not one of ${inWords(choices(definition), "or")}.`,
      };
    case "number":
      return {
        rule: ParameterRule.WrongType,
        problem: `is not ${noun(definition)}.`,
        remedy: exampleOf(definition),
      };
    case "unit":
      return unitRefusal(definition, fault.unit);
    case "form":
      return { rule: ParameterRule.Malformed, problem: fault.problem, remedy: fault.remedy };
    default:
      return rangeRefusal(definition, fault);
  }
}

function unitRefusal(definition: ValueDefinition, unit: string): Refusal {
  const family = definition.unit === undefined ? undefined : unitFamily(definition.unit);
  const remedy = exampleOf(definition);
  if (family === undefined) {
    const isUnit = ["kB", "ms"].some(base => unitFamily(base)?.units.some(({ name }) => name === unit));
    if (!isUnit) return { rule: ParameterRule.WrongType, problem: `is not ${noun(definition)}.`, remedy };
    return { rule: ParameterRule.WrongUnit, problem: `has the unit ${unit}, but is a plain number.`, remedy };
  }
  const known = inWords(family.units.map(({ name }) => name).reverse(), "and");
  return {
    rule: ParameterRule.WrongUnit,
    problem: `is not ${family.noun}; the server knows ${known}.`,
    remedy,
  };
}

function rangeRefusal(definition: ValueDefinition, fault: Extract<Fault, { unitless: boolean }>): Refusal {
  const { min, max } = rangeOf(definition);
  const bound =
    fault.kind === "below"
      ? `below the least value, ${boundText(definition, min)}`
      : `above the greatest value, ${boundText(definition, max)}`;
  // A bare number was counted in a unit its author may not have meant.
  const meaning =
    fault.unitless && definition.unit !== undefined && fault.base > 0
      ? `means ${showValue(definition, fault.base)}, which is ${bound}.`
      : `is ${bound}.`;
  const range =
    Math.abs(max) === Number.MAX_VALUE
      ? `of at least ${boundText(definition, min)}`
      : `from ${boundText(definition, min)} to ${boundText(definition, max)}`;
  return {
    rule: ParameterRule.OutOfRange,
    problem: meaning,
    remedy: min === max ? `Only ${boundText(definition, min)} is possible.` : `Write a value ${range}.`,
  };
}

/**
 * A bound in the greatest unit that says it to a ten-thousandth, rounded to the inside of the range:
 * 2097151MB for 2147483647kB.
 */
function boundText(definition: ValueDefinition, bound: number): string {
  const exact = showValue(definition, bound);
  const family = definition.unit === undefined ? undefined : unitFamily(definition.unit);
  if (family === undefined || bound < 1000 || exact.length <= 7) return exact;
  return roundedBound(bound, family) ?? exact;
}

function roundedBound(bound: number, { units }: UnitFamily): string | undefined {
  for (const { name, factor } of units) {
    const rounded = Math.floor(bound / factor);
    if (rounded > 0 && bound / factor - rounded < rounded * 1e-4) return `${rounded}${name}`;
  }
  return undefined;
}

/** What a value of a definition is, with its article. */
function noun({ type, unit }: ValueDefinition): string {
  const family = unit === undefined ? undefined : unitFamily(unit);
  return family?.noun ?? (type === ParameterType.Integer ? "a whole number" : "a number");
}

function exampleOf(definition: ValueDefinition): string | undefined {
  if (definition.default === undefined) return undefined;
  const reading = readValue(definition, definition.default);
  return reading.ok
    ? `Write for example ${showValue(definition, reading.base)}, the server's default.`
    : undefined;
}

function choices({ values = [] }: ValueDefinition): string[] {
  return values.map(value => (value === "" ? '""' : value));
}

/** A list as a sentence has it: `a, b and c`. */
export function inWords(words: readonly string[], conjunction: "and" | "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;
}
