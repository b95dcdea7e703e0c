import * as assert from "node:assert/strict";
import fc from "fast-check";
import { loadCatalogue, majors } from "../../../src/parameters/catalogue";
import { type ParameterDefinition, ParameterType } from "../../../src/parameters/definition";
import { ParameterRule } from "../../../src/parameters/finding";
import { numberForm } from "../../../src/parameters/forms";
import { formatReal } from "../../../src/parameters/numeral";
import { rangeOf } from "../../../src/parameters/reading";
import { unitFamily, type UnitFamily } from "../../../src/parameters/units";
import { parseValue, sameValue, showValue, type ValueDefinition } from "../../../src/parameters/value";

const whole = (unit?: string, more: Partial<ValueDefinition> = {}): ValueDefinition => ({
  name: "parameter",
  type: ParameterType.Integer,
  ...(unit === undefined ? {} : { unit }),
  ...more,
});
const real = (unit?: string, more: Partial<ValueDefinition> = {}): ValueDefinition => ({
  ...whole(unit, more),
  type: ParameterType.Real,
});
const bool: ValueDefinition = { name: "parameter", type: ParameterType.Bool };
const choice: ValueDefinition = {
  name: "huge_pages",
  type: ParameterType.Enum,
  values: ["off", "on", "try"],
  hiddenValues: ["true", "false", "yes", "no", "1", "0"],
};

const workMem = whole("kB", { name: "work_mem", min: 64, max: 2147483647, default: "4096" });
const sharedBuffers = whole("8kB", { name: "shared_buffers", min: 16, max: 1073741823, default: "16384" });

function refusal(definition: ValueDefinition, text: string): string {
  const parsed = parseValue(definition, text);
  assert.equal(parsed.ok, false, text);
  return parsed.ok ? "" : `${parsed.problem} ${parsed.remedy ?? ""}`.trim();
}

const settable: ParameterDefinition[] = majors.flatMap(major => {
  const { definitions, extensions } = loadCatalogue(major);
  return [...definitions.values(), ...extensions.values()];
});
const numeric = settable.filter(({ type }) => type === ParameterType.Integer || type === ParameterType.Real);

describe("values of parameters", () => {
  // Each verdict and each shown value was seen on a server.
  const accepted: [ValueDefinition, string, string, string][] = [
    [sharedBuffers, "128MB", "16384", "128MB"],
    [sharedBuffers, "16384", "16384", "128MB"],
    [sharedBuffers, "0x4000", "16384", "128MB"],
    [sharedBuffers, "040000", "16384", "128MB"],
    [sharedBuffers, "0.5GB", "65536", "512MB"],
    [sharedBuffers, "\t1 GB\n", "131072", "1GB"],
    [sharedBuffers, "129kB", "16", "128kB"],
    [sharedBuffers, "8388607MB", "1073741696", "8388607MB"],
    [workMem, "30.1GB", "31561728", "30822MB"],
    [workMem, "1e3", "1000", "1000kB"],
    [workMem, "100.5", "100", "100kB"],
    [workMem, "101.5", "102", "102kB"],
    [workMem, "1048576B", "1024", "1MB"],
    [workMem, "65535B", "64", "64kB"],
    [whole("MB"), "30.1GB", "30822", "30822MB"],
    [whole("B"), "16MB", "16777216", "16MB"],
    [whole("B"), "1.5kB", "1536", "1536B"],
    [whole("ms"), "1.5h", "5400000", "90min"],
    [whole("ms"), "500us", "0", "0"],
    [whole("ms"), "1500us", "2", "2ms"],
    [whole("s"), "5min", "300", "5min"],
    [whole("s"), "1d", "86400", "1d"],
    [whole("s"), "2500ms", "2", "2s"],
    [whole("min"), "90s", "2", "2min"],
    [whole("min"), "1d", "1440", "1d"],
    [whole("kB", { min: -1 }), "-1", "-1", "-1"],
    [whole("8kB", { min: -1, raisedTo: 4 }), "1", "4", "32kB"],
    [whole("8kB", { min: -1, raisedTo: 4 }), "-1", "-1", "-1"],
    [whole(), "-0.4", "0", "0"],
    [whole(), "2147483647.4", "2147483647", "2147483647"],
    [real("ms"), "0.5", "0.5", "500us"],
    [real("ms"), "2ms", "2", "2ms"],
    [real("ms"), "1500us", "1.5", "1500us"],
    [real(), "0.90", "0.9", "0.9"],
    [real(), "0x10", "16", "16"],
    [real(), "010", "10", "10"],
    [bool, "TRUE", "on", "on"],
    [bool, "y", "on", "on"],
    [bool, "of", "off", "off"],
    [bool, "0", "off", "off"],
    [choice, "TRY", "try", "try"],
    [choice, "yes", "on", "on"],
    [choice, "0", "off", "off"],
  ];
  for (const [definition, text, canonical, shown] of accepted) {
    const { type, unit = "" } = definition;
    it(`${JSON.stringify(text)} of ${type} ${unit} is ${canonical}`, () => {
      const parsed = parseValue(definition, text);
      assert.ok(parsed.ok, JSON.stringify(parsed));
      assert.equal(parsed.canonical, canonical);
      assert.equal(showValue(definition, parsed.base), shown);
    });
  }

  const refused: [ValueDefinition, string, ParameterRule][] = [
    [workMem, "", ParameterRule.WrongType],
    [workMem, "lots", ParameterRule.WrongType],
    [workMem, "4GiB", ParameterRule.WrongUnit],
    [workMem, "4gb", ParameterRule.WrongUnit],
    [workMem, "4 G", ParameterRule.WrongUnit],
    [workMem, "4min", ParameterRule.WrongUnit],
    [workMem, "4MB MB", ParameterRule.WrongUnit],
    [workMem, "63kB", ParameterRule.OutOfRange],
    [workMem, "2147483648", ParameterRule.OutOfRange],
    [workMem, "08", ParameterRule.WrongUnit],
    [whole(), "5MB", ParameterRule.WrongUnit],
    [whole(), "5 connections", ParameterRule.WrongType],
    [whole(), "2147483647.5", ParameterRule.OutOfRange],
    [whole(), "1e10", ParameterRule.OutOfRange],
    [whole(), "nan", ParameterRule.WrongType],
    [real(undefined, { min: 0, max: 1 }), "1.01", ParameterRule.OutOfRange],
    [real(undefined, { min: 0, max: 1.79769e308 }), "inf", ParameterRule.OutOfRange],
    [real(undefined, { min: 0, max: 1.79769e308 }), "nan", ParameterRule.WrongType],
    [bool, "o", ParameterRule.WrongType],
    [bool, " on", ParameterRule.WrongType],
    [bool, "", ParameterRule.WrongType],
    [bool, "2", ParameterRule.WrongType],
    [choice, "on ", ParameterRule.NotAChoice],
    [choice, "maybe", ParameterRule.NotAChoice],
    [{ name: "search_path", type: ParameterType.String }, '"a', ParameterRule.Malformed],
  ];
  for (const [definition, text, rule] of refused) {
    const { type, unit = "" } = definition;
    it(`${JSON.stringify(text)} of ${type} ${unit} is refused: ${rule}`, () => {
      const parsed = parseValue(definition, text);
      assert.equal(parsed.ok ? "accepted" : parsed.rule, rule);
    });
  }

  it("takes all that a double can hold where the catalogue has six digits of it", () => {
    assert.ok(parseValue(real(undefined, { min: 0, max: 1.79769e308 }), "1.7976931e308").ok);
  });
});

describe("what is said of a refused value", () => {
  const examples: [ValueDefinition, string, string][] = [
    [workMem, "4GiB", "is not a memory size; the server knows B, kB, MB, GB and TB. Write 4GB."],
    [workMem, "64M", "is not a memory size; the server knows B, kB, MB, GB and TB. Write 64MB."],
    [workMem, "64mb", "is not a memory size; the server knows B, kB, MB, GB and TB. Write 64MB."],
    [workMem, "512K", "is not a memory size; the server knows B, kB, MB, GB and TB. Write 512kB."],
    [workMem, "1,000 kB", "is not a memory size; the server knows B, kB, MB, GB and TB. Write 1000kB."],
    [workMem, "lots", "is not a memory size. Write for example 4MB, the server's default."],
    [workMem, "3TB", "is above the greatest value, 2097151MB. Write a value from 64kB to 2097151MB."],
    [workMem, "1kB", "is below the least value, 64kB. Write a value from 64kB to 2097151MB."],
    [workMem, "4", "means 4kB, which is below the least value, 64kB. Write a value from 64kB to 2097151MB."],
    [sharedBuffers, "9TB", "is above the greatest value, 8388607MB. Write a value from 128kB to 8388607MB."],
    [
      whole("s", { default: "300" }),
      "5m",
      "is not a time; the server knows us, ms, s, min, h and d. Write 5min.",
    ],
    [
      whole("s", { default: "300" }),
      "2 weeks",
      "is not a time; the server knows us, ms, s, min, h and d. Write 14d.",
    ],
    [whole("ms"), "10seconds", "is not a time; the server knows us, ms, s, min, h and d. Write 10s."],
    [
      whole(undefined, { default: "100" }),
      "abc",
      "is not a whole number. Write for example 100, the server's default.",
    ],
    [whole(), "2k", "is not a whole number. Write 2000."],
    [whole(), "8MB", "has the unit MB, but is a plain number. Write 8."],
    [real(), "1,1", "is not a number. Write 1.1."],
    [real(undefined, { min: 0, max: 1 }), "90%", "is not a number. Write 0.9."],
    [real(undefined, { min: 0, max: 1 }), "90", "is above the greatest value, 1. Write a value from 0 to 1."],
    [
      real(undefined, { min: 0, max: 1.79769e308 }),
      "-1",
      "is below the least value, 0. Write a value of at least 0.",
    ],
    [whole(undefined, { min: 0, max: 0 }), "1", "is above the greatest value, 0. Only 0 is possible."],
    [bool, "enabled", "is not a boolean. Write on."],
    [bool, "flase", "is not a boolean. Write false."],
    [bool, "perhaps so", "is not a boolean. Write on or off."],
    [choice, "no way", "is not one of off, on or try."],
    [
      { ...choice, values: ["minimal", "replica", "logical"] },
      "logcal",
      "is not one of minimal, replica or logical. Write logical.",
    ],
    [
      { ...choice, values: ["sync", "worker", "io_uring"] },
      "uring",
      "is not one of sync, worker or io_uring. Write io_uring.",
    ],
  ];
  for (const [definition, text, expected] of examples) {
    it(`${text}: ${expected}`, () => assert.equal(refusal(definition, text), expected));
  }

  it("suggests only what the server accepts", () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.double({ noNaN: true }), fc.constantFrom("", "K", "M", "Gi", "sec", "m", "%", "weeks"))
        .map(([n, unit]) => `${n}${unit}`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...settable), text, (definition, value) => {
        const parsed = parseValue(definition, value);
        const suggestion = parsed.ok ? undefined : /^Write ([^ ]+)\.$/.exec(parsed.remedy ?? "")?.[1];
        if (suggestion !== undefined)
          assert.ok(parseValue(definition, suggestion).ok, `${value}: ${suggestion}`);
      }),
    );
  });
});

describe("reading and showing", () => {
  it("reads every number as it shows it, for every parameter of every major", () => {
    const share = fc.integer({ min: 0, max: 1e6 }).map(parts => parts / 1e6);
    for (const definition of numeric) {
      const { min, max } = rangeOf(definition);
      const [least, greatest] = [Math.max(min, -1e12), Math.min(max, 1e12)];
      fc.assert(
        fc.property(share, part => {
          const exact = least + part * (greatest - least);
          const isWhole = definition.type === ParameterType.Integer;
          // A real is shown with six digits.
          const base = isWhole ? Math.round(exact) : Math.min(max, Number(formatReal(exact)));
          fc.pre(numberForm(definition.name, base) === undefined);
          const parsed = parseValue(definition, showValue(definition, base));
          assert.ok(parsed.ok, `${definition.name} ${base}: ${JSON.stringify(parsed)}`);
          const used = base < 0 ? base : Math.max(base, definition.raisedTo ?? base);
          assert.equal(parsed.canonical, isWhole ? String(used + 0) : formatReal(used), definition.name);
        }),
        { numRuns: 8 },
      );
    }
  });

  it("converts every unit into every base unit without a remainder that the server would not have", () => {
    for (const base of ["B", "kB", "8kB", "MB", "us", "ms", "s", "min"]) {
      const family = unitFamily(base) as UnitFamily;
      for (const { name, factor } of family.units) {
        fc.assert(
          fc.property(fc.integer({ min: 0, max: 1000 }), amount => {
            const parsed = parseValue(whole(base), `${amount}${name}`);
            const exact = amount * factor;
            if (exact > 2 ** 31 - 1) return assert.equal(parsed.ok, false);
            assert.ok(parsed.ok);
            return assert.ok(Math.abs(Number(parsed.base) - exact) <= 0.5, `${amount}${name} in ${base}`);
          }),
          { numRuns: 20 },
        );
      }
    }
  });

  it("has no units for a base unit that servers do not have", () => {
    assert.equal(unitFamily("nonsense"), undefined);
    assert.equal(unitFamily(""), undefined);
  });
});

describe("sameValue", () => {
  const spellings = fc.constantFrom(
    "1GB",
    "1024MB",
    "1048576",
    "1048576kB",
    "0x100000",
    "1.0GB",
    "1 GB",
    "on",
    "1",
    "true",
    "yes",
    "off",
    "0",
    "-1",
    "1e0",
    "junk",
    "",
    "UTC",
    "utc",
    "ISO",
    "ISO, MDY",
  );

  it("is reflexive, symmetric and transitive", () => {
    fc.assert(
      fc.property(fc.constantFrom(...settable), spellings, spellings, spellings, (definition, a, b, c) => {
        assert.equal(sameValue(definition, a, a), true);
        assert.equal(sameValue(definition, a, b), sameValue(definition, b, a));
        if (sameValue(definition, a, b) && sameValue(definition, b, c))
          assert.equal(sameValue(definition, a, c), true);
      }),
    );
  });

  it("tells spellings from values", () => {
    assert.equal(sameValue(workMem, "1GB", "1024MB"), true);
    assert.equal(sameValue(workMem, "1GB", "1025MB"), false);
    assert.equal(sameValue(bool, "yes", "1"), true);
    assert.equal(sameValue(bool, "yes", "off"), false);
    const text = (name: string): ValueDefinition => ({ name, type: ParameterType.String });
    assert.equal(sameValue(text("TimeZone"), "utc", "UTC"), true);
    assert.equal(sameValue(text("client_encoding"), "utf-8", "UTF8"), true);
    assert.equal(sameValue(text("DateStyle"), "iso", "ISO, MDY"), true);
    assert.equal(sameValue(text("default_text_search_config"), "simple", "pg_catalog.simple"), true);
    assert.equal(sameValue(text("log_line_prefix"), "%U", "%u"), false);
  });
});
