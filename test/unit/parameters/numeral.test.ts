import * as assert from "node:assert/strict";
import fc from "fast-check";
import { formatReal, readReal, readWhole, roundToEven } from "../../../src/parameters/numeral";

describe("numbers as C reads them", () => {
  it("reads whole numbers in base 10, 16 and 8", () => {
    const examples: [string, number, string][] = [
      ["42", 42, ""],
      ["  -7 ", -7, ""],
      ["+0x1F", 31, ""],
      ["010", 8, ""],
      ["08", 0, "8"],
      ["0x", 0, "x"],
      ["0b11", 0, "b11"],
      ["16 MB", 16, "MB"],
      ["0xeMB", 14, "MB"],
      ["1 000", 1, "000"],
    ];
    for (const [text, value, rest] of examples) assert.deepEqual(readWhole(text), { value, rest }, text);
  });

  it("reads a whole number again as a real where it goes on as one", () => {
    const examples: [string, number, string][] = [
      ["1.5GB", 1.5, "GB"],
      ["010.5", 10.5, ""],
      ["1e3", 1000, ""],
      ["1e", 1, "e"],
      ["0x1.8", 1.5, ""],
      ["0x1.8p3kB", 12, "kB"],
      [".5", 0.5, ""],
      ["9223372036854775807", 2 ** 63, ""],
      ["9223372036854775808", 2 ** 63, ""],
      ["-9223372036854775809", -(2 ** 63), ""],
      ["0777777777777777777777777", Number("777777777777777777777777"), ""],
    ];
    for (const [text, value, rest] of examples) assert.deepEqual(readWhole(text), { value, rest }, text);
  });

  it("finds no whole number where strtol() finds none", () => {
    for (const text of ["", " ", "abc", "e5", "-.5", " .5", "inf", "--1", "+ 1", "1e400", "."]) {
      assert.equal(readWhole(text), undefined, text);
    }
  });

  it("reads reals, and refuses what a double cannot hold", () => {
    const examples: [string, number][] = [
      ["0.9", 0.9],
      [" .5", 0.5],
      ["5.", 5],
      ["1e-3", 1e-3],
      ["0x10", 16],
      ["0x.8p1", 1],
      ["0x0p99999999999", 0],
      ["010", 10],
      ["inf", Infinity],
      ["-Infinity", -Infinity],
      ["0e-999", 0],
    ];
    for (const [text, value] of examples) assert.deepEqual(readReal(text), { value, rest: "" }, text);
    for (const text of ["", "nan", "NaN(1)", "1e309", "-1e309", "1e-400", "1e-310", "0x1p-2000", "x"]) {
      assert.equal(readReal(text), undefined, text);
    }
  });

  it("rounds a half to the even number", () => {
    const examples: [number, number][] = [
      [0.5, 0],
      [1.5, 2],
      [2.5, 2],
      [-0.5, -0],
      [-1.5, -2],
      [2.4, 2],
      [2.6, 3],
      [-2.6, -3],
    ];
    for (const [value, rounded] of examples) assert.equal(roundToEven(value) + 0, rounded + 0, String(value));
  });

  it("writes reals as %g does", () => {
    const examples: [number, string][] = [
      [0, "0"],
      [-0, "-0"],
      [1, "1"],
      [0.1, "0.1"],
      [0.123456789, "0.123457"],
      [123456, "123456"],
      [1234567, "1.23457e+06"],
      [999999.5, "1e+06"],
      [0.0001, "0.0001"],
      [0.00001, "1e-05"],
      [1.7976931348623157e308, "1.79769e+308"],
      [100000.5, "100000"],
      [100001.5, "100002"],
      [-2.5, "-2.5"],
      [Infinity, "inf"],
      [-Infinity, "-inf"],
    ];
    for (const [value, text] of examples) assert.equal(formatReal(value), text);
  });

  it("writes every real so that it reads as the same six digits", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), value => {
        fc.pre(value === 0 || Math.abs(value) > 1e-300);
        assert.equal(formatReal(Number(formatReal(value))), formatReal(value));
      }),
    );
  });
});
