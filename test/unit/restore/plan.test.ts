import * as assert from "node:assert/strict";
import fc from "fast-check";
import { segmentsBetween } from "../../../src/backup/archive/continuity";
import { timelinePath } from "../../../src/backup/archive/timeline";
import { lsnText, segmentAt } from "../../../src/backup/archive/wal-name";
import { usableBackups, type UsableBackup } from "../../../src/restore/base-backup";
import {
  planRestore,
  type PlanResult,
  type RestorePlan,
  type WantedRestore,
} from "../../../src/restore/plan";
import { archiveOf, archives, type Commit, type GeneratedArchive, segmentSize } from "./archives";

const now = new Date("2027-01-01T00:00:00Z");

const commit = (seconds: number, bytes = 100): Parameters<typeof archiveOf>[0][number] => ({
  kind: "commit",
  bytes,
  seconds,
});
const backup = (good = true): Parameters<typeof archiveOf>[0][number] => ({
  kind: "backup",
  good,
  seconds: 10,
});

/** Commits at 10, 30, 60, 80 s; backups that end at 21, 71 s. */
const small = archiveOf([
  commit(10),
  backup(),
  commit(9, segmentSize),
  commit(30, 2 * segmentSize),
  backup(),
  commit(9),
]);

const planned = (result: PlanResult): RestorePlan => {
  assert.ok("plan" in result, JSON.stringify(result));
  return result.plan;
};
const refused = (result: PlanResult): string => {
  assert.ok("refused" in result, "it was not refused");
  return `${result.refused.problem} ${result.refused.remedy}`;
};
const at = (wanted: WantedRestore, archive: GeneratedArchive = small): PlanResult =>
  planRestore(archive.survey, wanted, { now });

describe("restore plan", () => {
  it("begins with the newest good base backup that ended before the target, and counts the WAL after it", () => {
    const [first, second] = small.survey.baseBackups;
    const plan = planned(at({ target: { time: "2026-11-20T00:00:30Z" } }));
    assert.equal(plan.backup.id, first?.id);
    assert.equal(plan.wal.first, first?.beginWal);
    assert.equal(plan.wal.last, second?.beginWal);
    assert.equal(plan.wal.exact, false);
    assert.deepEqual([plan.wal.segments, plan.wal.bytes], [5, 2500]);
    assert.equal(planned(at({ target: { latest: true } })).backup.id, second?.id);
    assert.equal(planned(at({ target: { latest: true }, backupId: first?.id })).backup.id, first?.id);
  });

  it("needs nothing but the backup for its own end", () => {
    const plan = planned(at({ target: { immediate: true } }));
    assert.equal(plan.wal.last, plan.backup.endWal);
    assert.equal(plan.wal.segments, 1);
  });

  it("refuses what is before the first good backup, with the window", () => {
    const text = refused(at({ target: { time: "2026-11-20T00:00:05Z" } }));
    assert.match(text, /before the recoverable window, which begins at 2026-11-20T00:00:21\.000Z/);
    assert.match(text, /dump list/);
    assert.match(refused(at({ target: { lsn: "0/200000" } })), /^position 0\/200000 is before/);
  });

  it("refuses what is beyond the last archived transaction, to the microsecond", () => {
    const [last] = small.commits.slice(-1) as [Commit];
    assert.match(
      refused(at({ target: { time: last.time } })),
      /is beyond the last archived transaction: archive orders-g1 ends with transaction 704 of 2026-11-20T00:01:20/,
    );
    planned(at({ target: { time: last.time, exclusive: true } }));
    planned(at({ target: { time: last.time.replace("20.000", "19.999999") } }));
    refused(at({ target: { time: last.time.replace(".000Z", ".000001Z"), exclusive: true } }));
    planned(at({ target: { lsn: lsnText(last.lsn) } }));
    refused(at({ target: { lsn: lsnText(last.lsn + 1n) } }));
    assert.match(refused(at({ target: { time: "2027-01-01T00:00:01Z" } })), /is in the future/);
  });

  it("refuses a transaction or restore point that was looked for in vain", () => {
    const text = refused(at({ target: { restorePoint: "before-migration" }, located: null }));
    assert.match(text, /does not hold restore point before-migration/);
    assert.match(text, /backup now <instance> --type incremental/);
    assert.match(
      refused(at({ target: { transactionId: "9999", exclusive: true }, located: null })),
      /does not hold transaction 9999\./,
    );
  });

  it("takes the backup before the place where a restore point was found", () => {
    const [, second] = small.commits as [Commit, Commit];
    const located = { lsn: lsnText(second.lsn), timeline: 1 };
    const plan = planned(at({ target: { restorePoint: "x" }, located }));
    assert.equal(plan.backup.id, small.survey.baseBackups[0]?.id);
    assert.equal(plan.wal.last, segmentAt(second.lsn, 1, segmentSize));
    assert.deepEqual(plan.warnings, []);
  });

  it("says what nobody looked for", () => {
    const { warnings } = planned(at({ target: { transactionId: "9999" } }));
    assert.match(warnings.join(" "), /Nobody looked for transaction 9999 .* younger than the last archived/);
    const blind = archiveOf([backup(), commit(100)], [], false);
    assert.match(
      planned(at({ target: { time: "2026-11-20T00:00:30Z" } }, blind)).warnings.join(),
      /could not be read/,
    );
  });

  it("refuses a named backup that is unknown, damaged, failed or later than the target", () => {
    const target = { latest: true };
    const archive = archiveOf([backup(), commit(10), backup(false), commit(10)]);
    const [good, failed] = archive.survey.baseBackups;
    assert.match(refused(at({ target, backupId: "20261120T000002" }, archive)), /Did you mean|It has/);
    assert.match(refused(at({ target, backupId: failed?.id }, archive)), /failed\. Good ones are/);
    if (good !== undefined) good.problems = ["data.tar is missing"];
    assert.match(refused(at({ target, backupId: good?.id }, archive)), /is damaged: data\.tar is missing/);
    assert.match(refused(at({ target }, archive)), /no base backup that can be restored.*failed/);
    const second = small.survey.baseBackups[1]?.id;
    assert.match(
      refused(at({ target: { time: "2026-11-20T00:00:30Z" }, backupId: second })),
      /which is after 2026-11-20T00:00:30Z/,
    );
    assert.match(refused(at({ target }, archiveOf([commit(1)]))), /no base backup .* Take one/);
  });

  it("refuses missing WAL with the names and what can still be restored", () => {
    const archive = archiveOf(
      [backup(), commit(10, segmentSize), commit(10, 3 * segmentSize), commit(10)],
      [2],
    );
    const text = refused(at({ target: { latest: true } }, archive));
    assert.match(
      text,
      /lacks WAL .*: 000000010000000000000004\. Everything up to segment 000000010000000000000003/,
    );
    planned(at({ target: { immediate: true } }, archive));
    planned(at({ target: { lsn: "0/300100" } }, archive));
    const atOnce = archiveOf([backup(), commit(10)], [0]);
    assert.match(refused(at({ target: { latest: true } }, atOnce)), /Begin with another backup/);
  });

  it("follows timelines, and refuses those a backup does not lead to", () => {
    const archive = archiveOf([backup(), commit(10), { kind: "failover" }, commit(10), backup(), commit(10)]);
    const [first, second] = archive.survey.baseBackups;
    const latest = planned(at({ target: { latest: true } }, archive));
    assert.deepEqual([latest.backup.id, latest.timeline], [second?.id, 2]);
    const old = planned(at({ target: { latest: true, timeline: "1" } }, archive));
    assert.deepEqual([old.backup.id, old.timeline], [first?.id, 1]);
    assert.match(
      refused(at({ target: { latest: true, timeline: "1" }, backupId: second?.id }, archive)),
      /of timeline 2 does not lead to timeline 1/,
    );
    assert.match(refused(at({ target: { latest: true, timeline: "3" } }, archive)), /leads to timeline 3/);
  });

  it("estimates by the rates it is given", () => {
    const rates = {
      fixedSeconds: 10,
      backupBytesPerSecond: 100,
      walBytesPerSecond: segmentSize,
      source: "a drill",
    };
    const result = planRestore(small.survey, { target: { immediate: true } }, { now, rates });
    assert.deepEqual(planned(result).estimate, {
      backupSeconds: 10,
      walSeconds: 1,
      fixedSeconds: 10,
      totalSeconds: 21,
      source: "a drill",
    });
  });

  it("plans restores to a time that PostgreSQL carries out, and refuses those it does not", () => {
    let [accepted, rejected] = [0, 0];
    fc.assert(
      fc.property(
        archives,
        fc.integer({ min: -5, max: 2000 }),
        fc.boolean(),
        (archive, seconds, exclusive) => {
          const time = new Date(Date.parse("2026-11-20T00:00:00Z") + seconds * 1000).toISOString();
          const result = at({ target: { time, exclusive } }, archive);
          const stops = (record: Commit): boolean => (exclusive ? record.time >= time : record.time > time);
          if ("plan" in result) {
            accepted += 1;
            const { backup: chosen, timeline, warnings } = result.plan;
            assert.ok(Date.parse(chosen.end) <= Date.parse(time));
            if (warnings.length === 0) assert.equal(replay(archive, chosen, timeline, stops), "stopped");
          } else {
            rejected += 1;
            for (const candidate of usableBackups(archive.survey)) {
              if (Date.parse(candidate.end) > Date.parse(time)) continue;
              const outcome = replay(archive, candidate, newest(archive), stops);
              assert.notEqual(outcome, "stopped", `${result.refused.problem} (${candidate.id})`);
            }
          }
        },
      ),
      { numRuns: 3000 },
    );
    assert.ok(accepted > 100 && rejected > 100, `${accepted} accepted, ${rejected} refused`);
  });

  it("plans restores to a position or the end without a gap on the way", () => {
    fc.assert(
      fc.property(archives, fc.option(fc.nat(40 * segmentSize)), (archive, offset) => {
        const lsn = offset === null ? undefined : BigInt(offset) + BigInt(segmentSize);
        const target = lsn === undefined ? { latest: true } : { lsn: lsnText(lsn) };
        const result = at({ target }, archive);
        if (!("plan" in result)) return;
        const { backup: chosen, wal, warnings } = result.plan;
        const needed = [...segmentsBetween(archive.survey, chosen.beginWal, wal.last)];
        for (const name of needed) assert.ok(archive.segments.has(name), `${name} is missing`);
        assert.equal(wal.segments, needed.length);
        const last = archive.commits.at(-1);
        if (lsn !== undefined && last !== undefined && warnings.length === 0) assert.ok(lsn <= last.lsn);
      }),
      { numRuns: 2000 },
    );
  });
});

function newest({ survey }: GeneratedArchive): number {
  return Math.max(1, ...survey.histories.map(({ timeline }) => timeline));
}

/** What PostgreSQL does: reads segment after segment along the timelines until a record stops it. */
function replay(
  { survey, commits, segments }: GeneratedArchive,
  from: UsableBackup,
  timeline: number,
  stops: (record: Commit) => boolean,
): "stopped" | "gap" | "end" {
  const path = timelinePath(survey.histories, timeline);
  const way = commits.filter(record => {
    const stretch = path.find(part => part.timeline === record.timeline);
    return stretch !== undefined && (stretch.to === undefined || record.lsn <= stretch.to);
  });
  const consistent = BigInt(lsnNumber(from.endLsn));
  const end = way.find(record => record.at >= consistent && stops(record));
  const last = end ?? way.at(-1);
  const to = last === undefined ? from.endWal : segmentOn(path, last.lsn - 1n);
  for (const name of segmentsBetween(survey, from.beginWal, to < from.endWal ? from.endWal : to)) {
    if (!segments.has(name)) return "gap";
  }
  return end === undefined ? "end" : "stopped";
}

function segmentOn(path: ReturnType<typeof timelinePath>, lsn: bigint): string {
  const size = BigInt(segmentSize);
  // Its successor has the segment in which a timeline was left.
  const stretch = path.find(({ to }) => to === undefined || lsn / size < to / size);
  return segmentAt(lsn, stretch?.timeline ?? 1, segmentSize);
}

function lsnNumber(text: string): bigint {
  const [high = "", low = ""] = text.split("/");
  return BigInt(`0x${high}`) * 2n ** 32n + BigInt(`0x${low}`);
}
