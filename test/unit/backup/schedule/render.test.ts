import * as assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import type { BackupScheduleArgs } from "../../../../src/backup/schedule";
import { announcements } from "../../../../src/backup/schedule/announce";
import * as render from "../../../../src/backup/schedule/render";
import { resolveBackupSchedule } from "../../../../src/backup/schedule/resolve";
import { backupScheduleProblems, referenceProblems } from "../../../../src/backup/schedule/validate";
import type { Manifest } from "../../../../src/cnpg/object";
import type { InstanceReference } from "../../../../src/instance";
import { daily } from "../../../../src/schedule";
import { assertGolden } from "../../golden";
import { validateManifest } from "../../schemas";
import { reference } from "./reference";

type Args = Omit<BackupScheduleArgs, "instance">;

interface Scheduled extends Manifest {
  spec: { schedule: string; suspend: boolean; timeZone?: string };
}

function contextOf(args: Args, of: InstanceReference): render.ScheduleContext {
  const whole = { ...args, instance: of };
  const schedule = resolveBackupSchedule(whole);
  assert.deepEqual(backupScheduleProblems("orders", whole), []);
  assert.deepEqual(referenceProblems("orders", schedule, of), []);
  return render.scheduleContext(whole, schedule, of);
}

/** Everything a BackupSchedule makes, but for the Secret. */
function manifests(args: Args, of = reference()): Manifest[] {
  const context = contextOf(args, of);
  const { full, incremental, dumps, needsStore } = context.schedule;
  const accounts = render.accounts(context);
  const used = [
    ...(needsStore ? [accounts.keeper] : []),
    ...(dumps.length > 0 ? [accounts.dumps, accounts.dumpRestore] : []),
  ];
  return JSON.parse(
    JSON.stringify([
      ...used.flatMap(({ serviceAccount, role, binding }) => [serviceAccount, role, binding]),
      ...(needsStore ? [render.keeper(context)] : []),
      ...full.map(entry => render.scheduledBackup(context, entry)),
      ...incremental.map(entry => render.incrementalBackup(context, entry)),
      ...dumps.map(entry => render.volumeClaim(context, entry)).filter(claim => claim !== undefined),
      ...dumps.map(entry => render.dump(context, entry)),
      ...(dumps.length > 0 ? [render.dumpRestore(context), render.dumpDatabaseRole(context)] : []),
      ...(context.schedule.drill === undefined ? [] : Object.values(render.drill(context))),
    ]),
  ) as Manifest[];
}

function scheduled(list: Manifest[]): Scheduled[] {
  return list.filter(({ kind }) => kind === "ScheduledBackup" || kind === "CronJob") as Scheduled[];
}

const full: Args = {
  schedules: {
    full: { schedule: "30 1 * * 1,4", immediate: true, target: "primary" },
    snapshot: { method: "volumeSnapshot", schedule: "daily 04:00", suspend: true },
    hourly: { type: "incremental", schedule: "hourly", timeZone: "Europe/Berlin", snapshot: true },
  },
  dumps: {
    nightly: {},
    share: {
      databases: ["app"],
      format: "directory",
      jobs: 4,
      schemaOnly: true,
      compressionLevel: 9,
      roles: false,
      schedule: "monthly 1 05:00",
      volume: { storageClass: "azurefile-csi", size: "100Gi" },
      timeoutSeconds: 3600,
    },
    existing: { volume: { claim: "nfs-dumps" }, suspend: true },
  },
  drill: { schedule: "weekly sat 04:00-06:00", alerts: true },
  retention: { monthlyRetentionMonths: 12 },
  timeZone: "Europe/Berlin",
  jobs: { image: "own:2", imagePullPolicy: "Always" },
  labels: { team: "shop" },
  annotations: { "example.com/owner": "shop" },
  overrides: {
    scheduledBackup: { spec: { onlineConfiguration: { immediateCheckpoint: true } } },
    cronJob: { spec: { successfulJobsHistoryLimit: 3 } },
    volumeClaim: { spec: { accessModes: ["ReadWriteMany"] } },
  },
};

const goldens: Record<string, Args> = { default: {}, full };

describe("manifests of a BackupSchedule", () => {
  for (const [name, args] of Object.entries(goldens)) {
    it(`${name}: equal the golden file and pass the schemas`, () => {
      const rendered = manifests(args);
      const own = rendered.filter(({ apiVersion }) => apiVersion.includes("cnpg.io"));
      assert.ok(own.length > 0);
      for (const manifest of own) assert.deepEqual(validateManifest(manifest), [], manifest.metadata.name);
      assertGolden(
        `backup-schedule/${name}.yaml`,
        rendered.map(m => stringify(m, { sortMapEntries: true, lineWidth: 0 })).join("---\n"),
      );
    });
  }

  it("five fields get a second, and mean once a day", () => {
    const [keeper, backup] = scheduled(manifests({ schedules: { full: { schedule: "0 2 * * *" } } }));
    assert.match(keeper?.spec.schedule ?? "", /^\d+ \* \* \* \*$/);
    assert.equal(backup?.spec.schedule, "0 0 2 * * *");
  });

  it("spread fifty instances over the hour that was left open, and each by its own name", () => {
    const minutes = (entry: string): number[] =>
      Array.from({ length: 50 }, (_, index) => {
        const args: Args = { schedules: { [entry]: { schedule: daily("02:00-03:00") } } };
        const rendered = scheduled(manifests(args, reference({ name: `tenant-${index}` })));
        const fields =
          rendered.find(({ kind }) => kind === "ScheduledBackup")?.spec.schedule.split(" ") ?? [];
        assert.deepEqual([fields[0], fields[2]], ["0", "2"]);
        return Number(fields[1]);
      });
    const [first, second] = [minutes("full"), minutes("other")];
    assert.ok(new Set(first).size >= 25, `${new Set(first).size} minutes`);
    const quarters = [0, 15, 30, 45].map(from => first.filter(m => m >= from && m < from + 15).length);
    assert.ok(Math.min(...quarters) >= 4, quarters.join());
    assert.notDeepEqual(first, second);
  });

  it("have another full schedule for another generation, at the same minute", () => {
    const of = (generation: string): Scheduled | undefined =>
      scheduled(manifests({}, reference({ generation }))).find(({ kind }) => kind === "ScheduledBackup");
    const [first, second] = [of("1"), of("2")];
    assert.deepEqual([first?.metadata.name, second?.metadata.name], ["orders-g1-full", "orders-g2-full"]);
    assert.equal(first?.spec.schedule, second?.spec.schedule);
  });

  it("suspend everything of a hibernated instance and of a suspended schedule", () => {
    for (const [args, of] of [
      [full, reference({ hibernated: true })],
      [{ ...full, suspend: true }, reference()],
    ] as const) {
      const list = scheduled(manifests(args, of));
      assert.equal(list.length, 9);
      for (const { metadata, spec } of list) assert.equal(spec.suspend, true, metadata.name);
    }
    const running = scheduled(manifests(full)).filter(({ spec }) => !spec.suspend);
    assert.deepEqual(running.map(({ metadata }) => metadata.name).sort(), [
      "orders-backups",
      "orders-drill",
      "orders-dump-nightly",
      "orders-dump-share",
      "orders-g1-full",
      "orders-hourly",
    ]);
  });

  it("need no store for dumps to volumes alone", () => {
    const list = manifests(
      { schedules: {}, dumps: { nightly: { volume: {} } } },
      reference({ store: undefined, archive: undefined }),
    );
    assert.deepEqual(
      scheduled(list).map(({ metadata }) => metadata.name),
      ["orders-dump-nightly", "orders-dump-restore"],
    );
    assert.doesNotMatch(JSON.stringify(list), /objectstores|barman/);
  });

  it("name the role that dumps as CloudNativePG allows it, whatever the instance is called", () => {
    for (const name of ["orders", "pg", "cnpg-shop", "postgres"]) {
      const role = manifests({ dumps: { nightly: {} } }, reference({ name })).find(
        ({ kind }) => kind === "DatabaseRole",
      );
      const { name: made } = role?.spec as { name: string };
      assert.doesNotMatch(made, /^(pg_|cnpg_|postgres$|streaming_replica$)/);
    }
  });

  it("let nobody but the keeper, drills and the restore of dumps into the pods", () => {
    const executing = manifests(full)
      .filter(({ kind }) => kind === "Role")
      .filter(role => JSON.stringify(role).includes("pods/exec"))
      .map(({ metadata }) => metadata.name);
    assert.deepEqual(executing, ["orders-backups", "orders-dump-restore", "orders-drills"]);
  });

  const anyArgs: fc.Arbitrary<Args> = fc.record(
    {
      schedules: fc.dictionary(
        fc.stringMatching(/^[a-z][a-z0-9]{0,9}[a-z]$/).filter(name => !name.startsWith("dump")),
        fc.record(
          {
            type: fc.constantFrom("full" as const, "incremental" as const),
            schedule: fc.constantFrom("daily 02:00-03:00", "0 2 * * *", "weekly mon 01:00", "hourly"),
            suspend: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
        { maxKeys: 4 },
      ),
      dumps: fc.dictionary(
        fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/),
        fc.record(
          { volume: fc.constantFrom({}, { size: "1Gi" }), schemaOnly: fc.boolean() },
          { requiredKeys: [] },
        ),
        { maxKeys: 3 },
      ),
      suspend: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  it("have names of their own, labels of the instance, and pass the schemas, whatever is asked for", () => {
    fc.assert(
      fc.property(anyArgs, fc.boolean(), (args, hibernated) => {
        const whole = { ...args, instance: reference({ hibernated }) };
        fc.pre(backupScheduleProblems("orders", whole).length === 0);
        const list = manifests(args, reference({ hibernated }));
        const keys = list.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
        assert.equal(new Set(keys).size, keys.length, keys.join());
        for (const manifest of list) {
          assert.equal(manifest.metadata.labels?.["cnpg.pulumi.com/instance"], "orders");
          assert.equal(manifest.metadata.namespace, "shop");
          if (manifest.apiVersion.includes("cnpg.io")) assert.deepEqual(validateManifest(manifest), []);
        }
        for (const { spec } of scheduled(list)) if (hibernated) assert.equal(spec.suspend, true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("what a preview says of the next runs", () => {
  const now = new Date("2026-11-21T12:00:00Z");

  it("names three of each, in the zone in which they are counted", () => {
    const lines = announcements(contextOf(full, reference()), now);
    assert.deepEqual(lines.slice(0, 2), [
      "schedules.full (full) runs at 01:30 UTC every Monday and Thursday; next: 2026-11-23 01:30, 2026-11-26 01:30, 2026-11-30 01:30.",
      "schedules.snapshot (full) is suspended.",
    ]);
    assert.match(
      lines[2] ?? "",
      /^schedules\.hourly \(incremental\) runs at minute \d+ of every hour \(Europe\/Berlin\)/,
    );
    assert.equal(lines[2]?.match(/2026-11-21 1\d:\d\d\+01:00/g)?.length, 3);
    assert.match(lines[4] ?? "", /^dumps\.share runs at 05:00 Europe\/Berlin on day 1 of every month/);
    assert.match(lines[6] ?? "", /^drill runs at 0[45]:\d\d Europe\/Berlin every Saturday/);
    assert.match(lines.at(-1) ?? "", /^Retention runs at minute/);
  });

  it("is what the manifests say", () => {
    const context = contextOf({ dumps: { nightly: {} }, drill: { schedule: "hourly" } }, reference());
    const minuteOf = (name: string): string => {
      const found = scheduled(manifests({ dumps: { nightly: {} }, drill: { schedule: "hourly" } })).find(
        ({ metadata }) => metadata.name === name,
      );
      return (found?.spec.schedule.split(" ").at(-5) ?? "").padStart(2, "0");
    };
    const lines = announcements(context, now);
    const names = [
      "orders-g1-full",
      "orders-incremental",
      "orders-dump-nightly",
      "orders-drill",
      "orders-backups",
    ];
    assert.equal(lines.length, names.length);
    for (const [index, name] of names.entries())
      assert.match(lines[index] ?? "", new RegExp(`next: \\S+ \\d\\d:${minuteOf(name)},`), name);
  });

  it("says that nothing runs while the instance is hibernated", () => {
    for (const line of announcements(contextOf(full, reference({ hibernated: true })), now))
      assert.match(line, /is suspended while instance orders is hibernated\.$/);
  });
});
