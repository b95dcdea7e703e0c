import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../../../src/argument-error";
import { BackupSchedule, type BackupScheduleArgs } from "../../../../src/backup/schedule";
import { type MockRecorder, promiseOf, startMocks } from "../../mocks";
import { reference } from "./reference";

async function make(
  args: Partial<BackupScheduleArgs>,
  preview: boolean,
): Promise<{ recorder: MockRecorder; made: BackupSchedule; said: string[] }> {
  const recorder = await startMocks({
    preview,
    outputs: ({ type }) => (type.endsWith("RandomPassword") ? { result: "p@ss/word" } : undefined),
  });
  const clock = (): Date => new Date("2026-11-21T12:00:00Z");
  const said: string[] = [];
  const { info } = pulumi.log;
  const log = pulumi.log as { info: typeof info };
  log.info = async message => void said.push(message);
  try {
    const made = new BackupSchedule("orders", { instance: pulumi.output(reference()), ...args }, { clock });
    await recorder.settled();
    return { recorder, made, said };
  } finally {
    log.info = info;
  }
}

const everything: Partial<BackupScheduleArgs> = {
  dumps: { nightly: {}, share: { volume: {} } },
  drill: { alerts: true },
  retention: { monthlyRetentionMonths: 12 },
};

for (const preview of [true, false]) {
  describe(`BackupSchedule, ${preview ? "at preview" : "at update"}`, () => {
    it("makes every child under the component, and keeps only the volumes of dumps and their role", async () => {
      const { recorder } = await make(everything, preview);
      const component = recorder.named("orders");
      const children = recorder.childrenOf(component);
      assert.deepEqual(children.map(({ name }) => name).sort(), [
        "orders-backups",
        "orders-backups-account",
        "orders-backups-binding",
        "orders-backups-role",
        "orders-drill",
        "orders-drill-account",
        "orders-drill-alerts",
        "orders-drill-archive-binding",
        "orders-drill-binding",
        "orders-drill-history",
        "orders-drill-metric",
        "orders-drill-role",
        "orders-dump-login",
        "orders-dump-nightly",
        "orders-dump-password",
        "orders-dump-restore",
        "orders-dump-restore-account",
        "orders-dump-restore-binding",
        "orders-dump-restore-role",
        "orders-dump-role",
        "orders-dump-share",
        "orders-dump-share-volume",
        "orders-dumps-account",
        "orders-dumps-binding",
        "orders-dumps-role",
        "orders-full",
        "orders-incremental",
        "orders-record",
      ]);
      assert.deepEqual(component.inputs, {});
      const kept = children.filter(child => recorder.isRetained(child)).map(({ name }) => name);
      assert.deepEqual(kept.sort(), ["orders-dump-role", "orders-dump-share-volume"]);
      assert.match(recorder.named("orders-dump-role").type, /DatabaseRolePatch$/);
    });

    it("keeps the password secret and out of everything but its Secret", async () => {
      const { recorder } = await make(everything, preview);
      const secret = recorder.named("orders-dump-login");
      assert.deepEqual(secret.secretPaths, preview ? secret.secretPaths : ["stringData"]);
      assert.ok(secret.secretPaths.length > 0);
      const others = recorder.resources.filter(resource => resource !== secret);
      assert.doesNotMatch(JSON.stringify(others.map(({ inputs }) => inputs)), /p@ss/);
    });

    it("makes the schedule of another generation anew", async () => {
      const { recorder } = await make({}, preview);
      const full = recorder.named("orders-full");
      assert.equal((full.inputs.metadata as { name: string }).name, "orders-g1-full");
      assert.deepEqual((full.inputs.spec as { cluster: object }).cluster, { name: "orders-g1" });
    });

    it("leaves to the drills what they found", async () => {
      const { recorder } = await make(everything, preview);
      for (const name of ["orders-drill-history", "orders-drill-metric"])
        assert.deepEqual(recorder.named(name).ignoreChanges, ["data"]);
    });

    it("tells names, schedules and the whole policy", async () => {
      const { made } = await make(
        { schedules: { full: { schedule: "0 2 * * *" } }, retention: { monthlyRetentionMonths: 12 } },
        preview,
      );
      assert.deepEqual(await promiseOf(made.schedules), { full: "0 0 2 * * *" });
      assert.deepEqual(await promiseOf(made.retention), {
        recoveryWindowDays: 7,
        timeZone: "Etc/UTC",
        monthlyRetentionMonths: 12,
      });
      assert.equal((await promiseOf(made.names))?.keeper, "orders-backups");
    });

    it("runs Jobs only when their rights are there", async () => {
      const { recorder } = await make(everything, preview);
      for (const [job, needed] of [
        ["orders-backups", "orders-backups-binding"],
        ["orders-incremental", "orders-backups-binding"],
        ["orders-dump-nightly", "orders-dump-role"],
        ["orders-dump-share", "orders-dump-share-volume"],
        ["orders-dump-restore", "orders-dump-restore-binding"],
      ] as const)
        assert.ok(recorder.waitsFor(recorder.named(job), recorder.named(needed)), `${job} ${needed}`);
    });

    it("names the next runs at preview, and only there", async () => {
      const { said } = await make({ schedules: { full: { schedule: "0 2 * * *" } } }, preview);
      const runs = said.filter(line => line.startsWith("schedules.full"));
      const expected =
        "schedules.full (full) runs at 02:00 UTC every day; next: 2026-11-22 02:00, 2026-11-23 02:00, 2026-11-24 02:00.";
      assert.deepEqual(runs, preview ? [expected] : []);
    });

    it("refuses an instance that does not archive", async () => {
      await startMocks({ preview });
      const made = new BackupSchedule("orders", { instance: reference({ store: undefined }) });
      await assert.rejects(promiseOf(made.names), /does not archive/);
    });
  });
}

describe("BackupSchedule", () => {
  it("refuses wrong arguments before anything is made", async () => {
    const recorder = await startMocks({});
    assert.throws(
      () =>
        new BackupSchedule("orders", { instance: reference(), schedules: { full: { schedule: "soon" } } }),
      ArgumentError,
    );
    await recorder.settled();
    assert.equal(recorder.resources.length, 0);
  });
});
