import { own } from "../own";
import { nearest } from "../nearest";
import { ParameterType } from "./definition";
import { readBoolean, readValue, type ValueDefinition } from "./reading";
import { unitFamily, unitMeant } from "./units";

/** What a refused value was probably meant to be; undefined when nothing suggests itself. The server accepts what is suggested. */
export function repairedValue(definition: ValueDefinition, text: string): string | undefined {
  return candidates(definition, text.trim()).find(
    candidate => candidate !== text && readValue(definition, candidate).ok,
  );
}

function candidates(definition: ValueDefinition, text: string): string[] {
  switch (definition.type) {
    case ParameterType.Bool:
      return [text, ...booleanMeant(text)];
    case ParameterType.Integer:
    case ParameterType.Real:
      return numbersMeant(definition, text);
    case ParameterType.Enum: {
      const values = definition.values ?? [];
      const near = nearest(text, values) ?? partOf(text, values);
      return [text, ...booleanMeant(text), ...(near === undefined ? [] : [near])];
    }
    case ParameterType.String:
      return [];
  }
}

function booleanMeant(text: string): string[] {
  const value = readBoolean(text);
  if (value !== undefined) return [value ? "on" : "off"];
  if (/^(?:enabled?|active|yep|ja|wahr|oui|si)$/i.test(text)) return ["on"];
  if (/^(?:disabled?|inactive|none|nope|nein|non)$/i.test(text)) return ["off"];
  const near = text.length < 3 ? undefined : nearest(text, ["true", "false", "yes", "off"]);
  return near === undefined ? [] : [near];
}

/** The only value a text is a part of. */
function partOf(text: string, values: readonly string[]): string | undefined {
  const found = values.filter(value => text.length > 2 && value.includes(text.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

function numbersMeant(definition: ValueDefinition, text: string): string[] {
  const [, digits = "", unit = ""] = /^([+-]?(?:\d[\d.,_' ]*|[.,]\d+))\s*([A-Za-zµ%]*)$/.exec(text) ?? [];
  if (digits === "") return [];
  const units = unitsMeant(definition, unit);
  return numeralsMeant(digits.trim()).flatMap(numeral => units.map(meant => meant(numeral)));
}

/** The number without separators of thousands, with a decimal point and without the leading zeros of an octal number. */
function numeralsMeant(digits: string): string[] {
  const plain = digits.replace(/^([+-]?)0+(?=\d)/, "$1");
  const ungrouped = /^[+-]?\d{1,3}([,_' .]\d{3})+$/.test(plain) ? [plain.replace(/[,_' .]/g, "")] : [];
  return [plain, ...ungrouped, plain.replace(",", "."), plain.replace(/[_' ]/g, "")];
}

const thousands: Readonly<Record<string, number>> = { k: 1e3, K: 1e3, M: 1e6 };

function unitsMeant(definition: ValueDefinition, unit: string): ((numeral: string) => string)[] {
  const family = definition.unit === undefined ? undefined : unitFamily(definition.unit);
  if (unit === "") return [numeral => numeral];
  if (unit === "%")
    return definition.type === ParameterType.Real ? [numeral => String(Number(numeral) / 100)] : [];
  const factor = own(thousands, unit);
  if (family === undefined)
    return [numeral => (factor === undefined ? numeral : String(Number(numeral) * factor))];
  const meant = unitMeant(unit, family);
  if (meant !== undefined) return [numeral => `${numeral}${meant}`];
  return /^weeks?$|^w$/i.test(unit) ? [numeral => `${Number(numeral) * 7}d`] : [];
}
