import * as assert from "node:assert/strict";
import { readDivergence } from "../../../src/failover/loss";

const line = (logger: string, msg: string): string => JSON.stringify({ level: "info", logger, msg });
const rewind = (msg: string): string => line("pg_rewind", msg);

/** As CloudNativePG 1.30 and PostgreSQL 18 write it. */
const recovered = (end: string, divergence: string): string =>
  [
    line(
      "pg_controldata",
      "pg_control version number:            1800\nLatest checkpoint location:           0/8006608\n",
    ),
    line("instance-manager", "Starting up pg_rewind"),
    rewind("pg_rewind: connected to server"),
    rewind(
      'pg_rewind: executing "/usr/lib/postgresql/18/bin/postgres" for target server to complete crash recovery',
    ),
    rewind("2026-11-28 12:53:38.216 UTC [30] LOG:  redo starts at 0/80065B0"),
    rewind(
      `2026-11-28 12:53:38.216 UTC [30] LOG:  invalid record length at ${end}: expected at least 24, got 0`,
    ),
    rewind("2026-11-28 12:53:38.216 UTC [30] LOG:  redo done at 0/8008F38 system usage: CPU: user: 0.00 s"),
    rewind(`pg_rewind: servers diverged at WAL location ${divergence} on timeline 1`),
    rewind("pg_rewind: Done!"),
  ].join("\n");

describe("what a former primary had written in vain", () => {
  it("is what its WAL has beyond the point where the servers part", () => {
    assert.deepEqual(readDivergence(recovered("0/8008F70", "0/8008F70")), {
      promotionLsn: "0/8008F70",
      dataLossBytes: 0,
    });
    assert.deepEqual(readDivergence(recovered("0/800A000", "0/8008F70")), {
      promotionLsn: "0/8008F70",
      dataLossBytes: 4240,
    });
  });

  it("goes by the last attempt", () => {
    const log = `${recovered("0/9000000", "0/8000000")}\n${recovered("0/8008F80", "0/8008F70")}`;
    assert.deepEqual(readDivergence(log), { promotionLsn: "0/8008F70", dataLossBytes: 16 });
  });

  it("goes by the last checkpoint where no recovery was needed", () => {
    const log = [
      line(
        "pg_controldata",
        "Latest checkpoint location:           0/8009000\nLatest checkpoint's REDO location:    0/8000000\n",
      ),
      line("instance-manager", "Starting up pg_rewind"),
      rewind("pg_rewind: servers diverged at WAL location 0/8008F70 on timeline 1"),
    ].join("\n");
    assert.deepEqual(readDivergence(log), { promotionLsn: "0/8008F70", dataLossBytes: 144 });
  });

  it("is nothing where nothing had to be rewound", () =>
    assert.deepEqual(readDivergence(rewind("pg_rewind: no rewind required")), { dataLossBytes: 0 }));

  it("is not known from a log that tells nothing of it", () => {
    assert.equal(readDivergence(""), undefined);
    assert.equal(
      readDivergence("no JSON\n" + line("postgres", "servers diverged at WAL location 0/1 on timeline 1")),
      undefined,
    );
    const cut = rewind("pg_rewind: servers diverged at WAL location 0/8008F70 on timeline 1");
    assert.deepEqual(readDivergence(cut), { promotionLsn: "0/8008F70" });
  });
});
