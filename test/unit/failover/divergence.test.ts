import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readDivergence } from "../../../src/failover/divergence";

const root = resolve(__dirname, "../../../..");

/** What pods of CloudNativePG 1.30.0 with PostgreSQL 18 wrote. */
const real = (name: string): string =>
  readFileSync(join(root, "test/unit/failover/logs", `${name}.jsonl`), "utf8");

const line = (logger: string, msg: string, more = {}): string => JSON.stringify({ logger, msg, ...more });
const begin = line("instance-manager", "Extracting pg_controldata information", {
  reason: "before pg_rewind",
});
const control = (state: string, checkpoint: string): string =>
  line(
    "pg_controldata",
    `Database cluster state:               ${state}\nLatest checkpoint location:           ${checkpoint}\n`,
  );
const rewind = (...messages: string[]): string[] => messages.map(message => line("pg_rewind", message));

describe("what a former primary says it had alone", () => {
  it("is known to the byte when it was killed", () => {
    assert.deepEqual(readDivergence(real("killed")), {
      at: "0/F000000",
      end: "0/F023C68",
      bytes: 0x23c68,
    });
  });

  it("is nothing when it had sent everything before it stopped", () => {
    assert.deepEqual(readDivergence(real("shut-down")), { at: "0/A0000A0", end: "0/A0000A0", bytes: 0 });
  });

  it("is what lies between the parting and its last checkpoint when it stopped without having sent everything", () => {
    const log = [
      begin,
      control("shut down", "0/9000028"),
      ...rewind(
        "pg_rewind: servers diverged at WAL location 0/8000000 on timeline 4",
        "pg_rewind: rewinding from last common checkpoint at 0/7000028 on timeline 4",
      ),
    ].join("\n");
    assert.deepEqual(readDivergence(log), { at: "0/8000000", end: "0/90000A0", bytes: 0x10000a0 });
  });

  it("counts from the last record where the end of WAL has no position in the log", () => {
    const log = [
      begin,
      control("in production", "0/7000028"),
      ...rewind(
        "LOG:  redo starts at 0/7000028",
        "LOG:  unexpected pageaddr 0/5000000 in WAL segment 000000010000000000000008, LSN 0/8000000, offset 0",
        "LOG:  redo done at 0/7FFFFC0 system usage: CPU",
        "pg_rewind: servers diverged at WAL location 0/7FFFF00 on timeline 1",
      ),
    ].join("\n");
    assert.equal(readDivergence(log)?.end, "0/8000000");
    assert.equal(readDivergence(log.replace(/, LSN \S+/, ""))?.bytes, 0xc0);
  });

  it("is that of the last rewind of the log", () => {
    const later = [
      begin,
      control("shut down", "0/B000028"),
      ...rewind(
        "pg_rewind: servers diverged at WAL location 0/B0000A0 on timeline 9",
        "pg_rewind: no rewind required",
      ),
    ].join("\n");
    assert.deepEqual(readDivergence(`${real("killed")}${later}`), {
      at: "0/B0000A0",
      end: "0/B0000A0",
      bytes: 0,
    });
  });

  it("is unknown while it has not come back, and in a log that does not tell", () => {
    assert.equal(readDivergence(""), undefined);
    assert.equal(readDivergence("not JSON\nnull\n42"), undefined);
    assert.equal(readDivergence([begin, control("in production", "0/7000028")].join("\n")), undefined);
    const log = [
      begin,
      ...rewind("pg_rewind: servers diverged at WAL location 0/8000000 on timeline 4"),
    ].join("\n");
    assert.equal(readDivergence(log), undefined);
  });
});
