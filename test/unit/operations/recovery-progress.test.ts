import * as assert from "node:assert/strict";
import { describeProgress, phasesOf, readProgress } from "../../../src/operations/recovery-progress";

const at = (second: number): string => `2026-11-20T19:17:${String(second).padStart(2, "0")}.000Z`;
const said = (second: number, msg: string, more: object = {}): string =>
  JSON.stringify({ level: "info", ts: at(second), msg, ...more });
const logged = (second: number, message: string, severity = "LOG"): string =>
  said(second, "record", { logger: "postgres", record: { error_severity: severity, message } });

/** As CloudNativePG 1.30 and PostgreSQL 18 write it. */
const log = [
  said(29, "Restore through plugin detected, proceeding..."),
  said(31, "Creating new data directory"),
  logged(32, "database system was interrupted; last known up at 2026-11-20 19:17:12 UTC"),
  logged(33, 'restored log file "000000010000000000000007" from archive'),
  logged(34, "redo starts at 0/5000028"),
  logged(35, 'restored log file "000000010000000000000008" from archive'),
  logged(36, "redo done at 0/8000090 system usage: CPU: user: 0.01 s"),
  said(42, "Starting up instance"),
];

describe("the progress of a recovery", () => {
  it("is read from the log, however often and in which pieces", () => {
    const whole = readProgress({}, log.join("\n"));
    const pieces = log.reduce(
      (progress, _, index) => readProgress(progress, log.slice(index, index + 3).join("\n")),
      {},
    );
    assert.deepEqual(pieces, whole);
    assert.equal(whole.lastWal, "000000010000000000000008");
    assert.deepEqual(phasesOf(whole, Date.parse(at(25)), Date.parse(at(58))), {
      preparation: 4,
      baseBackup: 2,
      replay: 5,
      promotion: 22,
    });
  });

  it("has no figure that the log did not tell", () => {
    const progress = readProgress({}, `${log[0]}\nnot JSON\n${log[1]}`);
    assert.deepEqual(phasesOf(progress, Date.parse(at(25)), Date.parse(at(58))), {
      preparation: 4,
      baseBackup: 2,
    });
    assert.deepEqual(phasesOf({}, 0, 1000), {});
  });

  it("is told at each step", () => {
    const steps = [0, 1, 2, 4, 7].map(lines =>
      describeProgress(readProgress({}, log.slice(0, lines).join("\n"))),
    );
    assert.deepEqual(steps, [
      "the throw-away instance gets its volume and its node",
      "the base backup is downloaded",
      "WAL is replayed",
      "WAL is replayed, up to 000000010000000000000007",
      "WAL is replayed, and the instance starts",
    ]);
  });

  it("keeps what ended it, and not what clients are told that come too early", () => {
    const failure = (...lines: string[]): string | undefined => readProgress({}, lines.join("\n")).failure;
    assert.equal(failure(logged(1, "the database system is starting up", "FATAL")), undefined);
    assert.equal(
      failure(logged(1, "recovery ended before configured recovery target was reached", "FATAL")),
      "FATAL: recovery ended before configured recovery target was reached",
    );
    const error = JSON.stringify({ level: "error", ts: at(1), msg: "restore error", error: "exit code 4" });
    assert.equal(failure(error, said(2, "Wait completed")), "restore error: exit code 4");
  });
});
