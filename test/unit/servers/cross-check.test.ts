import * as assert from "node:assert/strict";
import { loadCatalogue, majors } from "../../../src/parameters/catalogue";
import { type CrossCheck, samplePairs } from "../../servers/cross-check";
import { compareDifferences, differenceLine, readExplanations } from "../../servers/differences";
import { catalogueDrift, type SettingsRow } from "../../servers/drift";

const difference = { major: 18, name: "work_mem", value: "1", ours: 'shown as "64"', server: "refused" };

function check(differences: CrossCheck["differences"], major = 18): CrossCheck {
  return { major, server: `${major}.0`, pairs: 2000, shown: 0, differences, took: 0 };
}

describe("the cross-check's sample", () => {
  it("has at least 2,000 pairs of each major, always the same, each on one line and once", () => {
    for (const major of majors) {
      const pairs = samplePairs(loadCatalogue(major));
      assert.ok(pairs.length >= 2000, `${pairs.length} of ${major}`);
      assert.deepEqual(pairs, samplePairs(loadCatalogue(major)));
      assert.equal(new Set(pairs.map(pair => JSON.stringify(pair))).size, pairs.length);
      for (const { name, value } of pairs) assert.ok(!/[\r\n]/.test(value), name);
    }
  });

  it("is another one for another seed, and leaves out what CloudNativePG owns", () => {
    const catalogue = loadCatalogue(18);
    assert.notDeepEqual(samplePairs(catalogue, { seed: 1 }), samplePairs(catalogue, { seed: 2 }));
    assert.ok(samplePairs(catalogue).every(({ name }) => name !== "archive_command"));
  });
});

describe("the cross-check's differences", () => {
  const explanation = { why: "…", parameters: ["work_mem"], differences: [differenceLine(difference)] };

  it("are explained, not explained, or gone", () => {
    const fine = compareDifferences([check([difference])], [explanation]);
    assert.deepEqual(fine, { explained: new Map([[18, 1]]), unexplained: [], gone: [] });
    const unknown = compareDifferences([check([difference])], []);
    assert.deepEqual([unknown.unexplained, unknown.explained.get(18)], [[differenceLine(difference)], 0]);
    assert.deepEqual(compareDifferences([check([])], [explanation]).gone, [differenceLine(difference)]);
    assert.deepEqual(compareDifferences([check([], 17)], [explanation]).gone, []);
  });

  it("of another sample are explained by their parameter, and none is gone", () => {
    const other = { ...difference, value: "2" };
    assert.deepEqual(compareDifferences([check([other])], [explanation]).unexplained, [
      differenceLine(other),
    ]);
    const comparison = compareDifferences([check([other])], [explanation], false);
    assert.deepEqual([comparison.unexplained, comparison.gone], [[], []]);
  });

  it("that are committed have a reason each, and name their parameters", () => {
    for (const { why, parameters, differences } of readExplanations()) {
      assert.ok(why !== "" && differences.length > 0);
      for (const line of differences) assert.ok(parameters.includes(line.split(" ")[1] ?? ""), line);
    }
  });
});

describe("drift of a catalogue", () => {
  const catalogue = loadCatalogue(18);

  /** What a server would show that is as the catalogue says. */
  function rows(): SettingsRow[] {
    const shown = [...catalogue.definitions.values()].filter(({ source }) =>
      source.startsWith("pg_settings"),
    );
    return shown.map(one => ({
      name: one.name,
      setting: operatorSettings[one.name] ?? one.operatorDefault ?? one.default ?? "",
      unit: one.unit ?? null,
      context: one.context,
      vartype: one.type,
      min_val: one.min === undefined ? null : String(one.min),
      max_val: one.max === undefined ? null : String(one.max),
      enumvals: one.values === undefined ? null : [...one.values],
      boot_val: one.default ?? null,
    }));
  }
  const operatorSettings: Readonly<Record<string, string>> = {
    archive_timeout: "300",
    wal_keep_size: "512",
    wal_receiver_timeout: "5000",
    wal_sender_timeout: "5000",
  };

  function drift(name: string, change: Partial<SettingsRow>): string[] {
    return catalogueDrift(
      catalogue,
      99,
      rows().map(row => (row.name === name ? { ...row, ...change } : row)),
    );
  }

  it("is none where the server is as the catalogue says", () => {
    assert.deepEqual(catalogueDrift(catalogue, 99, rows()), []);
  });

  it("is told for every member", () => {
    const changes: [string, Partial<SettingsRow>][] = [
      ["work_mem", { unit: "MB" }],
      ["work_mem", { context: "sighup" }],
      ["work_mem", { vartype: "real" }],
      ["work_mem", { min_val: "65" }],
      ["work_mem", { max_val: "1" }],
      ["work_mem", { boot_val: "1" }],
      ["io_method", { enumvals: ["sync"] }],
      ["archive_timeout", { setting: "0" }],
    ];
    for (const [name, change] of changes) assert.equal(drift(name, change).length, 1, JSON.stringify(change));
  });

  it("is told for a name that one of them lacks, but not for one of a later release", () => {
    assert.deepEqual(drift("work_mem", { name: "new_thing" }), [
      "work_mem: the server lacks it",
      "new_thing: the catalogue lacks it",
    ]);
    const older = rows().filter(({ name }) => name !== "output_plugin_libraries");
    assert.deepEqual(catalogueDrift(catalogue, 5, older), []);
    assert.deepEqual(catalogueDrift(catalogue, 6, older), ["output_plugin_libraries: the server lacks it"]);
  });
});
