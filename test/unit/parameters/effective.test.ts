import * as assert from "node:assert/strict";
import fc from "fast-check";
import { findDefinition, loadCatalogue, majors } from "../../../src/parameters/catalogue";
import { ParameterType } from "../../../src/parameters/definition";
import { effectiveBytes, effectiveNumber, effectiveValue } from "../../../src/parameters/effective";

const catalogue = loadCatalogue(18);

describe("effective values", () => {
  it("are the given ones in base units, else CloudNativePG's, else the server's", () => {
    assert.equal(effectiveValue(catalogue, { archive_timeout: "1h" }, "archive_timeout"), "3600");
    assert.equal(effectiveValue(catalogue, {}, "archive_timeout"), "300");
    assert.equal(effectiveValue(catalogue, {}, "max_connections"), "100");
    assert.equal(effectiveValue(catalogue, { jit: "no" }, "jit"), "off");
    assert.equal(effectiveValue(catalogue, {}, "wal_level"), "logical");
    assert.equal(effectiveValue(catalogue, { wal_compression: "on" }, "wal_compression"), "pglz");
    assert.equal(effectiveValue(catalogue, {}, "auto_explain.log_min_duration"), "-1");
  });

  it("find a parameter by any of its names; of two the last wins", () => {
    assert.equal(effectiveValue(catalogue, { Work_MEM: "8MB" }, "work_mem"), "8192");
    assert.equal(effectiveValue(catalogue, { sort_mem: "1MB" }, "work_mem"), "1024");
    assert.equal(effectiveValue(catalogue, { work_mem: "8MB", sort_mem: "1MB" }, "WORK_MEM"), "1024");
    assert.equal(effectiveValue(catalogue, { sort_mem: "1MB", work_mem: "8MB" }, "sort_mem"), "8192");
  });

  it("are absent for an unknown name, a value the server refuses, and where there is no default", () => {
    assert.equal(effectiveValue(catalogue, {}, "no_such_thing"), undefined);
    assert.equal(effectiveValue(catalogue, { work_mem: "much" }, "work_mem"), undefined);
    assert.equal(effectiveValue(catalogue, {}, "hba_file"), undefined);
    assert.equal(effectiveNumber(catalogue, {}, "wal_level"), undefined);
    assert.equal(effectiveBytes(catalogue, {}, "max_connections"), undefined);
    assert.equal(effectiveBytes(catalogue, {}, "archive_timeout"), undefined);
  });

  it("give memory in bytes, and nothing where the server works it out", () => {
    for (const major of majors) {
      assert.equal(effectiveBytes(loadCatalogue(major), {}, "shared_buffers"), 128 * 2 ** 20, String(major));
    }
    assert.equal(effectiveBytes(catalogue, { shared_buffers: "16385" }, "shared_buffers"), 16385 * 8192);
    assert.equal(effectiveBytes(catalogue, {}, "wal_keep_size"), 512 * 2 ** 20);
    assert.equal(effectiveBytes(catalogue, {}, "track_activity_query_size"), 1024);
    assert.equal(effectiveNumber(catalogue, {}, "wal_buffers"), -1);
    assert.equal(effectiveBytes(catalogue, {}, "wal_buffers"), undefined);
    assert.equal(effectiveBytes(catalogue, {}, "autovacuum_work_mem"), undefined);
  });

  it("can be read for every default", () => {
    for (const major of majors) {
      const { definitions, extensions } = loadCatalogue(major);
      for (const { name, operatorDefault, default: own } of [
        ...definitions.values(),
        ...extensions.values(),
      ]) {
        const value = effectiveValue(loadCatalogue(major), {}, name);
        assert.equal(value === undefined, (operatorDefault ?? own) === undefined, `${name} of ${major}`);
      }
    }
  });

  it("of a whole number without unit are that number", () => {
    const names = [...catalogue.definitions.values()].filter(
      ({ type, unit, name }) =>
        type === ParameterType.Integer && unit === undefined && !/buffers|concurrency/.test(name),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.double({ min: 0, max: 1, noNaN: true }), ({ name }, at) => {
        const { min = 0, max = 0 } = findDefinition(catalogue, name) ?? {};
        const value = Math.floor(min + at * (max - min));
        assert.equal(effectiveNumber(catalogue, { [name]: String(value) }, name), value);
      }),
    );
  });
});
