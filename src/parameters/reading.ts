import { own } from "../own";
import { type ParameterDefinition, ParameterType } from "./definition";
import { booleanForm, numberForm, textForm } from "./forms";
import { formatReal, type Numeral, readReal, readWhole, roundToEven } from "./numeral";
import { inBaseUnits, unitFamily } from "./units";

/** What of a definition decides how a value is read. A row of `pg_settings` knows it too. */
export type ValueDefinition = Pick<
  ParameterDefinition,
  "name" | "type" | "unit" | "min" | "max" | "values" | "hiddenValues" | "synonyms" | "default" | "raisedTo"
>;

/** Why a value cannot be read. */
export type Fault =
  | { kind: "number" | "boolean" | "choice" }
  /** The number is followed by something that is none of the units, or by a unit where there are none. */
  | { kind: "unit"; unit: string }
  | { kind: "below" | "above"; base: number; unitless: boolean }
  | { kind: "form"; problem: string; remedy?: string };

/** A value as the server has it in memory and as it shows it, or why the server refuses it. */
export type Reading =
  { ok: true; base: number | boolean | string; canonical: string } | { ok: false; fault: Fault };

/** Reads a value as the server reads it from its configuration file. */
export function readValue(definition: ValueDefinition, text: string): Reading {
  switch (definition.type) {
    case ParameterType.Bool: {
      const value = readBoolean(text);
      if (value === undefined) return { ok: false, fault: { kind: "boolean" } };
      const problem = booleanForm(definition.name, value);
      if (problem !== undefined) return { ok: false, fault: { kind: "form", problem } };
      return { ok: true, base: value, canonical: value ? "on" : "off" };
    }
    case ParameterType.Integer:
    case ParameterType.Real:
      return readNumber(definition, text);
    case ParameterType.Enum: {
      const choice = readChoice(definition, text);
      if (choice === undefined) return { ok: false, fault: { kind: "choice" } };
      return { ok: true, base: choice, canonical: choice };
    }
    case ParameterType.String: {
      const verdict = textForm(definition.name, text);
      if ("problem" in verdict) return { ok: false, fault: { kind: "form", ...verdict } };
      return { ok: true, base: verdict.canonical, canonical: verdict.canonical };
    }
  }
}

/**
 * Whole words or unique beginnings of them, in any letter case and without blanks around them.
 * Source: src/backend/utils/adt/bool.c, parse_bool_with_len.
 */
export function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (/^(?:1|on|t|tr|tru|true|y|ye|yes)$/.test(word)) return true;
  if (/^(?:0|of|off|f|fa|fal|fals|false|n|no)$/.test(word)) return false;
  return undefined;
}

/** Range of an integer of the server: 32 bits. */
const integerRange = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;

function readNumber(definition: ValueDefinition, text: string): Reading {
  const isWhole = definition.type === ParameterType.Integer;
  const numeral = isWhole ? readWhole(text) : readReal(text);
  if (numeral === undefined) return { ok: false, fault: { kind: "number" } };
  const converted = withUnit(definition, numeral);
  if (converted === undefined) return { ok: false, fault: { kind: "unit", unit: numeral.rest.trimEnd() } };
  // The sum turns a negative zero into the zero of an integer.
  const base = isWhole ? roundToEven(converted) + 0 : converted;
  const { min, max } = rangeOf(definition);
  const unitless = numeral.rest === "";
  if (base < min) return { ok: false, fault: { kind: "below", base, unitless } };
  if (base > max) return { ok: false, fault: { kind: "above", base, unitless } };
  const problem = numberForm(definition.name, base);
  if (problem !== undefined) return { ok: false, fault: { kind: "form", problem } };
  const { raisedTo = base } = definition;
  const used = base < 0 ? base : Math.max(base, raisedTo);
  return { ok: true, base: used, canonical: isWhole ? String(used) : formatReal(used) };
}

function withUnit({ unit }: ValueDefinition, { value, rest }: Numeral): number | undefined {
  if (rest === "") return value;
  const family = unit === undefined ? undefined : unitFamily(unit);
  return family && inBaseUnits(value, rest.replace(/[ \t\n\v\f\r]+$/, ""), family);
}

/** Least and greatest value in base units. */
export function rangeOf(definition: ValueDefinition): { min: number; max: number } {
  const isWhole = definition.type === ParameterType.Integer;
  const { min = isWhole ? integerRange.min : -Infinity, max = isWhole ? integerRange.max : Infinity } =
    definition;
  return isWhole ? { min, max } : { min: wholeRange(min), max: wholeRange(max) };
}

/** `pg_settings` shows the greatest double with six digits. */
function wholeRange(bound: number): number {
  return Math.abs(bound) >= 1.79769e308 ? Math.sign(bound) * Number.MAX_VALUE : bound;
}

/** The value as the server shows it; undefined when it does not have it. */
function readChoice(definition: ValueDefinition, text: string): string | undefined {
  const { values = [], hiddenValues = [], synonyms = {} } = definition;
  const word = foldAscii(text);
  const isMeant = (value: string): boolean => foldAscii(value) === word;
  const found = values.find(isMeant) ?? hiddenValues.find(isMeant);
  if (found === undefined) return undefined;
  return Object.hasOwn(synonyms, found) ? synonyms[found] : shownChoice(definition, found);
}

/** Values that their names do not tell the server shows by another name. */
const shownAs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  wal_compression: { on: "pglz" },
  wal_level: { archive: "replica", hot_standby: "replica" },
};

/** How the server shows a value of which nothing but its name is known. */
function shownChoice({ name, values = [] }: ValueDefinition, choice: string): string {
  const value = readBoolean(choice);
  const plain = values.includes(choice) || value === undefined ? choice : value ? "on" : "off";
  const shown = own(shownAs, name);
  if (shown?.[plain] !== undefined) return shown[plain];
  return plain === "debug" && values.includes("debug2") ? "debug2" : plain;
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}
