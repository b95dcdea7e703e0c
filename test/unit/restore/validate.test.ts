import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { RestoreSource, RestoreTargetArgs } from "../../../src/restore/source-args";
import { describeTarget } from "../../../src/restore/target";
import { type RestoreSurroundings, sourceProblems, targetProblems } from "../../../src/restore/validate";

const around: RestoreSurroundings = {
  generation: "2",
  generations: ["1", "2"],
  hasStore: true,
  archive: "orders-g2",
  hasWalVolume: false,
};

const problems = (source: object, more: Partial<RestoreSurroundings> = {}): string[] =>
  sourceProblems(source as RestoreSource, { ...around, ...more }).map(
    ({ argument, problem, remedy }) => `${argument} ${problem} ${remedy}`,
  );
const ofTarget = (target: object): string[] =>
  targetProblems(target as RestoreTargetArgs).map(({ argument, problem }) => `${argument} ${problem}`);

const backupId = "20261120T020003";

describe("restore arguments", () => {
  it("may name each way and each moment", () => {
    const store = { name: "other", namespace: "shop", secrets: [], recoveryWindowDays: 7 };
    for (const source of [
      { backup: "orders-20261120020000" },
      { generation: "1" },
      { archive: "orders-g1", store },
      { archive: "orders-g2", store },
      { archive: "legacy.orders_1", backupId },
      { snapshots: { storage: "orders-g1-1" } },
      { snapshots: { storage: "orders-g1-1" }, generation: "1", target: { immediate: true } },
      { generation: "1", target: { time: "2026-11-20T14:30:00+01:00", exclusive: true, timeline: "2" } },
      { generation: "1", target: { lsn: "0/5000028", timeline: "latest" } },
      { generation: "1", target: { latest: true, immediate: false } },
      { generation: "1", backupId, target: { transactionId: "1547", exclusive: true } },
      { generation: "1", backupId, target: { restorePoint: "before-migration" } },
      { generation: "1", backupId, target: { immediate: true } },
      { backup: "orders-1", target: { transactionId: "3" } },
    ]) {
      assert.deepEqual(problems(source), [], JSON.stringify(source));
    }
    const two = { snapshots: { storage: "a", walStorage: "b" } };
    assert.deepEqual(problems({ ...two, archive: "orders-g1" }, { hasWalVolume: true }), []);
    const stopped = { hasWalVolume: true, stopsForSnapshots: true };
    for (const source of [two, { backup: "orders-1" }]) assert.deepEqual(problems(source, stopped), []);
  });

  it("are refused with what to do for everything else", () => {
    const wrong: [object, RegExp][] = [
      [{}, /^ names nothing to restore from\. Give one of backup, generation, archive, snapshots\.$/],
      [{ backup: "a", archive: "b" }, /^archive is given together with backup\./],
      [{ generation: "1", archive: "b" }, /^archive is given together with generation\./],
      [{ snapshots: { storage: "a" }, backup: "b" }, /^snapshots is given together with backup\./],
      [{ generation: "2" }, /^generation is the generation that is made\. Choose one of 1;/],
      [{ generation: "7" }, /^generation is not among the generations\. Choose one of 1;/],
      [{ archive: "a/b" }, /^archive is not the name of an archive/],
      [{ archive: "" }, /^archive is not the name of an archive/],
      [{ archive: "orders-g2" }, /^archive is the archive that this generation would write itself/],
      [{ backup: "Orders" }, /^backup is not the name of a Backup object\./],
      [{ generation: "1", backupId: "orders-1" }, /^backupId is not a backup of an archive\./],
      [{ backup: "a", backupId }, /^backupId is given together with backup/],
      [{ snapshots: { storage: "a" }, archive: "b", backupId }, /^backupId is given together with snapshots/],
      [{ snapshots: {} }, /^snapshots\.storage is missing\./],
      [{ snapshots: { storage: "A" } }, /^snapshots\.storage is not the name of a VolumeSnapshot\./],
      [{ snapshots: { storage: "a", walStorage: "b" } }, /^snapshots\.walStorage needs a WAL volume/],
      [{ snapshots: { storage: "a" }, target: { latest: true } }, /^target needs WAL/],
      [{ generation: "1", target: { transactionId: "5" } }, /^backupId is missing: .*restore plan finds it/],
      [{ generation: "1", target: { restorePoint: "a" } }, /^backupId is missing/],
      [{ generation: "1", target: { immediate: true } }, /^backupId is missing/],
      [{ generation: "1", target: {} }, /^target names no moment\. Give one of time,/],
      [
        { generation: "1", targt: { latest: true } },
        /^targt is no argument of a restore\. Did you mean target\?/,
      ],
      [
        { generation: "1", target: { tme: "x", latest: true } },
        /^target\.tme .* Did you mean target\.time\?/,
      ],
    ];
    for (const [source, message] of wrong) {
      const found = problems(source);
      assert.equal(found.length, 1, `${JSON.stringify(source)}: ${found.join("|")}`);
      assert.match(found.join(), message);
    }
    assert.match(problems({ generation: "1" }, { hasStore: false }).join(), /^store is missing/);
    const walVolume = (source: object): string => problems(source, { hasWalVolume: true }).join();
    assert.match(walVolume({ snapshots: { storage: "a" } }), /^snapshots\.walStorage is missing,/);
    assert.match(
      walVolume({ snapshots: { storage: "a", walStorage: "b" } }),
      /^snapshots fills two volumes.* Name the archive it is read from with generation or archive\.$/,
    );
    assert.match(
      walVolume({ backup: "orders-1" }),
      /^backup fills two volumes.*snapshots: \{ storage, walStorage \}/,
    );
    assert.match(
      problems({ generation: "2" }, { generations: ["2"] }).join(),
      /There is no other; name the archive/,
    );
  });

  it("need one moment, in its form", () => {
    const wrong: [object, RegExp][] = [
      [{ time: "2026-11-20T14:30:00" }, /^target\.time is not a time with its zone\.$/],
      [{ time: "2026-11-20 14:30:00+01" }, /^target\.time/],
      [{ time: "2026-02-30T14:30:00Z" }, /^target\.time/],
      [{ time: "2026-02-28T24:00:00Z" }, /^target\.time/],
      [{ transactionId: "2" }, /from 3 to 4294967295/],
      [{ transactionId: "4294967296" }, /from 3 to 4294967295/],
      [{ transactionId: 1547 }, /from 3 to 4294967295/],
      [{ transactionId: "1e3" }, /from 3 to 4294967295/],
      [{ restorePoint: "" }, /^target\.restorePoint is not a name of 1 to 63 bytes/],
      [{ restorePoint: "ä".repeat(32) }, /^target\.restorePoint/],
      [{ restorePoint: "a\nb" }, /^target\.restorePoint/],
      [{ lsn: "5000028" }, /^target\.lsn is not a position/],
      [{ lsn: "0/500002800" }, /^target\.lsn/],
      [{ latest: true, timeline: "0" }, /^target\.timeline is not a timeline/],
      [{ latest: true, timeline: 2 }, /^target\.timeline/],
      [{ latest: true, exclusive: true }, /^target\.exclusive has no effect/],
      [{ restorePoint: "a", exclusive: true }, /^target\.exclusive has no effect/],
      [
        { latest: true, immediate: true },
        /^target\.latest is given together with immediate|^target\.immediate/,
      ],
    ];
    for (const [target, message] of wrong) {
      assert.equal(ofTarget(target).length, 1, JSON.stringify(target));
      assert.match(ofTarget(target).join(), message);
    }
    assert.deepEqual(ofTarget({ restorePoint: "ä".repeat(31) }), []);
  });

  it("take every xid, position, name and time that PostgreSQL takes, and one moment only", () => {
    const moment: Record<string, fc.Arbitrary<unknown>> = {
      time: fc
        .date({ min: new Date("1990-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
        .map(d => d.toISOString()),
      transactionId: fc.integer({ min: 3, max: 4294967295 }).map(String),
      restorePoint: fc.string({
        minLength: 1,
        maxLength: 63,
        unit: fc.integer({ min: 32, max: 126 }).map(c => String.fromCharCode(c)),
      }),
      lsn: fc
        .tuple(fc.nat(0xffffffff), fc.nat(0xffffffff))
        .map(([a, b]) => `${a.toString(16)}/${b.toString(16)}`),
      immediate: fc.constant(true),
      latest: fc.constant(true),
    };
    fc.assert(
      fc.property(fc.record(moment, { requiredKeys: [] }), target => {
        const count = Object.keys(target).length;
        assert.equal(ofTarget(target).length, count === 1 ? 0 : 1);
        if (count === 1) assert.notEqual(describeTarget(target as RestoreTargetArgs), "");
      }),
    );
  });
});
