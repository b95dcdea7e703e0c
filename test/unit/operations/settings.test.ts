import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { equalSetting, type SettingRow } from "../../../src/operations/settings";

const row = (
  setting: string,
  unit: string | null,
  vartype: string,
  more: Partial<SettingRow> = {},
): SettingRow => ({
  name: "parameter",
  setting,
  unit,
  vartype,
  ...more,
});

describe("equalSetting", () => {
  const equal: [string, SettingRow][] = [
    ["128MB", row("16384", "8kB", "integer")],
    ["16384", row("16384", "8kB", "integer")],
    ["0.5GB", row("65536", "8kB", "integer")],
    ["1 GB", row("1048576", "kB", "integer")],
    ["30.1GB", row("30822", "MB", "integer")],
    ["30.1GB", row("31561728", "kB", "integer")],
    ["1.5h", row("5400", "s", "integer")],
    ["1min", row("60000", "ms", "integer")],
    ["5min", row("300", "s", "integer")],
    ["500us", row("0.5", "ms", "real")],
    ["-1", row("-1", "kB", "integer")],
    ["0x10", row("16", null, "integer")],
    ["010", row("8", null, "integer")],
    ["1e3", row("1000", null, "integer")],
    ["100.5", row("100", null, "integer")],
    ["101.5", row("102", null, "integer")],
    ["0.9", row("0.9", null, "real")],
    ["0.90", row("0.9", null, "real")],
    ["0.123456789", row("0.123457", null, "real")],
    ["yes", row("on", null, "bool")],
    ["tr", row("on", null, "bool")],
    ["OFF", row("off", null, "bool")],
    ["0", row("off", null, "bool")],
    ["REPLICA", row("replica", null, "enum", { enumvals: ["minimal", "replica", "logical"] })],
    ["hot_standby", row("replica", null, "enum", { enumvals: ["minimal", "replica", "logical"] })],
    ["true", row("on", null, "enum", { enumvals: ["off", "local", "remote_write", "remote_apply", "on"] })],
    [
      "on",
      row("pglz", null, "enum", { name: "wal_compression", enumvals: ["pglz", "lz4", "zstd", "on", "off"] }),
    ],
    ["0", row("7200", "s", "integer", { name: "tcp_keepalives_idle" })],
    ["a, b", row("a, b", null, "string")],
    ["ISO", row("ISO, MDY", null, "string", { name: "DateStyle" })],
    ["utc", row("UTC", null, "string", { name: "TimeZone" })],
    ["-1", row("2048", "8kB", "integer", { name: "wal_buffers" })],
    ["2", row("4", "8kB", "integer", { name: "wal_buffers" })],
    ["100kB", row("1024", "kB", "integer", { name: "autovacuum_work_mem" })],
    ["0600", row("0600", null, "integer")],
    ["utf-8", row("UTF8", null, "string", { name: "client_encoding" })],
    ["german", row("German, DMY", null, "string", { name: "DateStyle" })],
    ["SQL", row("SQL, DMY", null, "string", { name: "DateStyle" })],
  ];
  for (const [requested, found] of equal) {
    it(`${requested} is ${found.setting}${found.unit === null ? "" : ` × ${found.unit}`} (${found.vartype})`, () => {
      assert.equal(equalSetting(requested, found), true);
    });
  }

  const different: [string, SettingRow][] = [
    ["128MB", row("16385", "8kB", "integer")],
    ["128", row("16384", "8kB", "integer")],
    ["128mb", row("16384", "8kB", "integer")],
    ["5min", row("5", "min", "string")],
    ["5min", row("1024", "kB", "integer")],
    ["5s", row("5", null, "integer")],
    ["", row("0", null, "integer")],
    ["o", row("off", null, "bool")],
    ["on", row("off", null, "bool")],
    ["logical", row("replica", null, "enum", { enumvals: ["minimal", "replica", "logical"] })],
    ["off", row("on", null, "enum", { enumvals: ["off", "local", "remote_write", "remote_apply", "on"] })],
    ["no", row("on", null, "enum", { enumvals: ["off", "local", "remote_write", "remote_apply", "on"] })],
    ["%U", row("%u", null, "string")],
    ["SQL", row("ISO, MDY", null, "string", { name: "DateStyle" })],
    ["-1", row("100", null, "integer")],
    ["64", row("2048", "8kB", "integer", { name: "wal_buffers" })],
    ["100kB", row("65536", "kB", "integer", { name: "autovacuum_work_mem" })],
    [" on", row("on", null, "bool")],
    ["SQL", row("Postgres, MDY", null, "string", { name: "DateStyle" })],
  ];
  for (const [requested, found] of different) {
    it(`${JSON.stringify(requested)} is not ${found.setting}${found.unit === null ? "" : ` × ${found.unit}`} (${found.vartype})`, () => {
      assert.equal(equalSetting(requested, found), false);
    });
  }

  const memory = { kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 } as const;

  it("holds for every whole amount in every unit of memory, and for no neighbour", () => {
    const units = fc.constantFrom(...(Object.keys(memory) as (keyof typeof memory)[]));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4096 }),
        units,
        fc.constantFrom("kB", "MB"),
        (amount, unit, base) => {
          const inBase = (amount * memory[unit]) / memory[base];
          // The server's integers have 32 bits.
          fc.pre(Number.isInteger(inBase) && inBase < 2 ** 31 - 1);
          assert.equal(equalSetting(`${amount}${unit}`, row(String(inBase), base, "integer")), true);
          assert.equal(equalSetting(`${amount}${unit}`, row(String(inBase + 1), base, "integer")), false);
        },
      ),
    );
  });

  it("never throws, whatever is requested", () => {
    const types = fc.constantFrom("bool", "integer", "real", "enum", "string");
    const units = fc.constantFrom(null, "8kB", "ms", "nonsense");
    fc.assert(
      fc.property(fc.string(), fc.string(), units, types, (requested, setting, unit, vartype) => {
        assert.equal(typeof equalSetting(requested, row(setting, unit, vartype)), "boolean");
      }),
    );
  });
});
