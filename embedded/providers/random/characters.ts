import { randomInt } from "node:crypto";

/** Rules for a random text; every count is a number of characters. */
export interface CharacterRules {
  length: number;
  lower: boolean;
  upper: boolean;
  numeric: boolean;
  special: boolean;
  overrideSpecial: string;
  minLower: number;
  minUpper: number;
  minNumeric: number;
  minSpecial: number;
}

const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const digits = "0123456789";
const specials = "!@#$%&*()-_=+[]{}<>:?";

/** A random text by the rules, from the system's cryptographic source. Throws when the rules contradict each other. */
export function randomCharacters(rules: CharacterRules): string {
  const special = rules.overrideSpecial === "" ? specials : rules.overrideSpecial;
  const classes = [
    { characters: lowerCase, allowed: rules.lower, least: rules.minLower },
    { characters: upperCase, allowed: rules.upper, least: rules.minUpper },
    { characters: digits, allowed: rules.numeric, least: rules.minNumeric },
    { characters: special, allowed: rules.special, least: rules.minSpecial },
  ];
  const all = classes
    .filter(({ allowed }) => allowed)
    .map(({ characters }) => characters)
    .join("");
  if (all === "") throw new Error("at least one of lower, upper, numeric and special must be true");
  const least = classes.reduce((sum, { least }) => sum + least, 0);
  if (rules.length < 1) throw new Error(`length must be at least 1, got ${rules.length}`);
  if (least > rules.length) {
    throw new Error(
      `length (${rules.length}) must be at least minLower + minUpper + minNumeric + minSpecial (${least})`,
    );
  }
  const picked = classes.flatMap(({ characters, least }) => pick(characters, least));
  return shuffled([...picked, ...pick(all, rules.length - least)]).join("");
}

const pick = (characters: string, count: number): string[] =>
  Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));

/** A copy in random order, every order equally likely. */
export function shuffled<T>(values: readonly T[]): T[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
