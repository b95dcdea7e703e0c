import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, run } from "../../../src/cli/main";

const now = "2026-02-15T12:00:00Z";

const backups = `
- { id: "a", kind: base, state: completed, begin: "2026-01-26T02:00:00Z", end: "2026-01-26T02:10:00Z", keep: { target: standalone, ours: true } }
- { id: "b", kind: base, state: completed, begin: "2026-02-01T02:00:00Z", end: "2026-02-01T02:10:00Z" }
- { id: "c", kind: base, state: completed, begin: "2026-02-14T23:30:00Z", end: "2026-02-14T23:40:00Z" }
- { id: "d", kind: dump, series: orders, state: completed, begin: "2026-01-01T02:00:00Z", end: "2026-01-01T02:10:00Z", ours: true }
- { id: "e", kind: dump, series: orders, state: completed, begin: "2026-01-20T02:00:00Z", end: "2026-01-20T02:10:00Z", ours: true }
- { id: "f", kind: dump, series: orders, state: completed, begin: "2026-01-30T02:00:00Z", end: "2026-01-30T02:10:00Z", ours: true }
`;

describe("retention plan", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "retention-"))));
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cli = (...args: string[]): Promise<Outcome> =>
    run(["retention", "plan", ...args], {
      env: {},
      layout: { width: Infinity, colour: false },
      progress: { write: () => undefined, every: () => () => undefined },
    });
  const planOf = (policy: string, list: string, ...more: string[]): Promise<Outcome> =>
    cli(
      ...["--policy", write("policy.yaml", policy), "--backups", write("backups.yaml", list)],
      ...["--now", now, ...more],
    );

  it("says of each backup what becomes of it and why, and sums up", async () => {
    const { exitCode, stdout, stderr } = await planOf("weeklyRetentionWeeks: 1", backups);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    const lines = stdout.split("\n");
    assert.equal(
      lines[0],
      "As of 2026-02-15 12:00 (Etc/UTC), recovery window of 7 days, weekly points of 1 week",
    );
    assert.match(lines[2] ?? "", /^backup +begun +kind +decision +reason$/);
    const row = (id: string): string => lines.find(line => line.startsWith(`${id} `)) ?? "";
    assert.match(row("a"), /2026-01-26 02:00 {2}base backup {5}release {3}weekly point of 2026-W05/);
    assert.match(row("b"), /keep .* base of the recovery window of 7 days/);
    assert.match(
      row("c"),
      /2026-02-14 23:30 .*mark .*weekly point of 2026-W07 \(Etc\/UTC\), kept until 2026-02-22/,
    );
    assert.match(row("d"), /dump of orders {2}prune/);
    assert.equal(lines.at(-2), "6 backups: 3 keep, 1 mark, 1 release, 1 prune.");
  });

  it("counts in the zone of the policy, or in that of the command line", async () => {
    const policy = "timeZone: Europe/Berlin\nweeklyRetentionWeeks: 1";
    const berlin = await planOf(policy, backups);
    assert.match(berlin.stdout, /^As of 2026-02-15 13:00 \(Europe\/Berlin\)/);
    assert.match(berlin.stdout, /^c +2026-02-15 00:30/m);
    const auckland = await planOf(policy, backups, "--time-zone", "Pacific/Auckland");
    assert.match(auckland.stdout, /^c +2026-02-15 12:30/m);
    assert.match(auckland.stdout, /weekly point of 2026-W07 \(Pacific\/Auckland\)/);
  });

  it("gives programs the same", async () => {
    const { stdout } = await planOf("weeklyRetentionWeeks: 1", backups, "--json");
    const plan = JSON.parse(stdout) as { summary: object; decisions: Record<string, unknown>[] };
    assert.deepEqual(plan.summary, { keep: 3, mark: 1, release: 1, prune: 1 });
    const [first] = plan.decisions;
    assert.deepEqual(
      [first?.id, first?.kind, first?.action, first?.begin],
      ["a", "base", "release", "2026-01-26T02:00:00.000Z"],
    );
    assert.deepEqual(first?.points, [
      { tier: "weekly", period: "2026-W05", keptUntil: "2026-02-08", current: false },
    ]);
  });

  it("reads what Barman and kubectl print, and says what they leave out", async () => {
    const barman = {
      backups_list: [
        {
          backup_id: "20260214T020000",
          status: "DONE",
          begin_time_iso: "2026-02-14T02:00:00+00:00",
          end_time_iso: "2026-02-14T02:10:00+00:00",
        },
      ],
    };
    const objects = {
      kind: "List",
      items: [
        {
          apiVersion: "postgresql.cnpg.io/v1",
          kind: "Backup",
          metadata: { name: "orders-1", creationTimestamp: "2026-02-14T02:00:00Z" },
          spec: { cluster: { name: "orders-g1" }, method: "volumeSnapshot" },
          status: {
            phase: "completed",
            startedAt: "2026-02-14T02:00:00Z",
            stoppedAt: "2026-02-14T02:10:00Z",
          },
        },
      ],
    };
    const fromBarman = await planOf("{}", JSON.stringify(barman));
    assert.match(fromBarman.stdout, /20260214T020000 .*keep/);
    assert.match(fromBarman.stdout, /\nwarning {2}This listing does not tell which base backups are marked/);
    const fromKubectl = await planOf("{}", JSON.stringify(objects));
    assert.match(fromKubectl.stdout, /snapshot of orders-g1 {2}leave .*made by somebody else/);
    assert.doesNotMatch(fromKubectl.stdout, /which base backups/);
    assert.match((await planOf("{}", "backups: []")).stdout, /There are no backups\.\n$/);
  });

  it("answers a bad policy, file or command line with 2 and the way out", async () => {
    const wrong: [() => Promise<Outcome>, RegExp][] = [
      [
        () => planOf("recoveryWindowDays: 0", backups),
        /policy\.yaml: recoveryWindowDays = 0 is not a whole number/,
      ],
      [() => planOf("dailyRetention: 1", backups), /Did you mean dailyRetentionDays\?/],
      [() => planOf("7", backups), /policy\.yaml is not a map of a retention policy/],
      [() => planOf("", backups), /policy\.yaml is not a map of a retention policy/],
      [() => planOf("a: [", backups), /policy\.yaml is not YAML/],
      [() => planOf("{}", "items: []"), /backups\.yaml: It is neither what barman-cloud-backup-list/],
      [() => planOf("{}", "text"), /backups\.yaml: It is neither/],
      [() => planOf("{}", "- { id: a }"), /backups\.yaml: backups\[0\]\.kind is not one of/],
      [() => planOf("{}", backups + backups), /base backup a is there twice/],
      [
        () => planOf("{}", backups, "--time-zone", "Berlin"),
        /--time-zone Berlin is not the name of a time zone/,
      ],
      [
        () => planOf("{}", backups, "--now", "2026-02-15"),
        /'2026-02-15' is invalid\. It is a time with its zone/,
      ],
      [() => cli("--policy", "-", "--backups", "-", "--now", now), /Only one of them can be standard input/],
      [() => cli("--policy", "a"), /Name an instance with --instance/],
    ];
    for (const [outcome, message] of wrong) {
      const { exitCode, stdout, stderr } = await outcome();
      assert.deepEqual([exitCode, stdout], [2, ""], String(message));
      assert.match(stderr, message);
    }
  });

  it("ends with 1 for a file that cannot be read", async () => {
    const { exitCode, stderr } = await cli("--policy", "/nowhere/a", "--backups", "/nowhere/b", "--now", now);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: \/nowhere\/a cannot be read/);
  });

  it("has help with examples", async () => {
    const { exitCode, stdout } = await cli("--help");
    assert.equal(exitCode, 0);
    assert.match(stdout, /\nExamples:\n {2}pulumi-cnpg retention plan /);
    assert.ok(stdout.split("\n").every(line => line.length <= 110));
  });
});
