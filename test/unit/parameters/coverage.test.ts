import * as assert from "node:assert/strict";
import { findDefinition, loadCatalogue, majors, majorsOf } from "../../../src/parameters/catalogue";
import { checkParameter } from "../../../src/parameters/check";
import {
  ParameterContext,
  type ParameterDefinition,
  ParameterType,
} from "../../../src/parameters/definition";
import { describeFinding, type ParameterFinding, Severity } from "../../../src/parameters/finding";
import { parseValue, showValue } from "../../../src/parameters/value";

/** One way to get a parameter wrong, as name and value; undefined where it does not apply. */
type Mutation = (definition: ParameterDefinition) => [name: string, value: string] | undefined;

const isNumber = ({ type }: ParameterDefinition): boolean =>
  type === ParameterType.Integer || type === ParameterType.Real;

const mutations: Record<string, Mutation> = {
  "name typo": definition => [typo(definition.name), defaultOf(definition)],
  "wrong type": ({ name, type }) =>
    type === ParameterType.Enum || type === ParameterType.String ? undefined : [name, "some words"],
  "below minimum": definition => {
    const { name, min } = definition;
    return !isNumber(definition) || min === undefined || min < -1e300 ? undefined : [name, String(min - 1)];
  },
  "above maximum": definition => {
    const { name, max } = definition;
    return !isNumber(definition) || max === undefined || max > 1e300 ? undefined : [name, String(max + 1)];
  },
  "bad choice": ({ name, type }) => (type === ParameterType.Enum ? [name, "no_such_choice"] : undefined),
  "bad unit": definition => {
    const { name, unit, min = 1 } = definition;
    return isNumber(definition)
      ? [name, `${Math.max(min, 1)}${unit === undefined ? "kB" : "GiB"}`]
      : undefined;
  },
};

/** A letter left out, so that no other parameter's name remains. */
function typo(name: string): string {
  const start = name.indexOf(".") + 1;
  const middle = start + Math.floor((name.length - start) / 2);
  const places = [middle, middle + 1, middle - 1].map(at => `${name.slice(0, at)}${name.slice(at + 1)}`);
  return places.find(wrong => majorsOf(wrong).length === 0) ?? `${name}${name}`;
}

function defaultOf(definition: ParameterDefinition): string {
  const parsed = parseValue(definition, definition.default ?? "");
  return parsed.ok ? showValue(definition, parsed.base) : "";
}

function isSettable({ ownedByOperator, sessionOnly, context }: ParameterDefinition): boolean {
  return ownedByOperator === undefined && sessionOnly !== true && context !== ParameterContext.Internal;
}

const entriesOf = (major: number): ParameterDefinition[] => {
  const { definitions, extensions } = loadCatalogue(major);
  return [...definitions.values(), ...extensions.values()];
};

const judged = new Map<string, ParameterFinding[]>();

/** Looking for the names that resemble a wrong one takes time, so that each is judged once. */
function findingsOf(major: number, name: string, value: string): ParameterFinding[] {
  const key = `${major} ${name}`;
  const findings = judged.get(key) ?? checkParameter(name, value, { major });
  judged.set(key, findings);
  return findings;
}

/** What is refused by value alone, whoever owns the parameter; names are judged by the whole check. */
function isRefused(major: number, definition: ParameterDefinition, name: string, value: string): boolean {
  if (name === definition.name) return !parseValue(definition, value).ok;
  return findingsOf(major, name, value).some(({ severity }) => severity === Severity.Refused);
}

describe("every parameter of every major", () => {
  const lines: string[][] = [["PostgreSQL", "entries", "defaults passed", ...Object.keys(mutations)]];

  after(() => {
    const widths = (lines[0] ?? []).map((_, column) =>
      Math.max(...lines.map(line => line[column]?.length ?? 0)),
    );
    const text = lines.map(line => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "));
    process.stdout.write(`\nMutations refused / applicable\n${text.join("\n")}\n\n`);
  });

  for (const major of majors) {
    it(`${major}: its default passes and every mutation is refused`, function () {
      this.timeout(60_000);
      const entries = entriesOf(major);
      const wrong: string[] = [];
      const withDefault = entries.filter(definition => definition.default !== undefined);
      const passed = withDefault.filter(definition => {
        const parsed = parseValue(definition, definition.default ?? "");
        const passes = parsed.ok && parsed.canonical === definition.default;
        if (!passes) wrong.push(`${definition.name} = ${definition.default} does not pass`);
        return passes;
      });
      const cells = Object.entries(mutations).map(([kind, mutate]) => {
        const applicable = entries.flatMap(definition => {
          const mutation = mutate(definition);
          return mutation === undefined ? [] : [{ definition, mutation }];
        });
        const refused = applicable.filter(({ definition, mutation: [name, value] }) => {
          const isIt = isRefused(major, definition, name, value);
          if (!isIt) wrong.push(`${kind}: ${name} = ${value} is not refused`);
          return isIt;
        });
        return `${refused.length}/${applicable.length}`;
      });
      lines.push([String(major), String(entries.length), `${passed.length}/${withDefault.length}`, ...cells]);
      assert.deepEqual(wrong, []);
    });

    it(`${major}: a typo names the parameter that was meant`, () => {
      const missed = entriesOf(major)
        .filter(({ sessionOnly }) => sessionOnly !== true)
        .filter(definition => {
          const findings = findingsOf(major, typo(definition.name), defaultOf(definition));
          return !findings.some(finding => finding.remedy?.includes(definition.name));
        });
      assert.deepEqual(
        missed.map(({ name }) => name),
        [],
      );
    });

    it(`${major}: what can be set can be set to its default, as SHOW prints it`, () => {
      const refused = entriesOf(major)
        .filter(definition => definition.default !== undefined && isSettable(definition))
        .flatMap(definition => checkParameter(definition.name, defaultOf(definition), { major }))
        .filter(({ severity }) => severity === Severity.Refused);
      assert.deepEqual(refused.map(describeFinding), []);
    });

    it(`${major}: what cannot be set is refused whatever its value`, () => {
      const accepted = entriesOf(major)
        .filter(definition => !isSettable(definition))
        .filter(definition => {
          const findings = checkParameter(definition.name, defaultOf(definition), { major });
          return !findings.some(({ severity }) => severity === Severity.Refused);
        });
      assert.deepEqual(
        accepted.map(({ name }) => name),
        [],
      );
    });
  }

  it("is found by its name in lower case", () => {
    assert.equal(findDefinition(loadCatalogue(18), "datestyle")?.name, "DateStyle");
  });
});
