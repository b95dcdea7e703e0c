import * as assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { failoverHistory, failoverPlan, failoverRun } from "../../../src/cli/commands/failover";
import { type Outcome, run } from "../../../src/cli/main";
import { FailoverMode, OldPrimaryAction } from "../../../src/failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../../../src/failover/status";
import { FailoverWorld } from "../operations/failover-world";
import { addInstance, healthyCluster } from "../operations/backup-fixtures";
import { ownAnnotations } from "../../../src/cnpg";
import { InstantJobs, surroundings } from "./fake-cluster";

const layout = { width: 110, colour: false };
const target = { namespace: "shop", instance: "orders" };
const now = "2026-11-28T10:15:00Z";

const cli = (...args: string[]): Promise<Outcome> =>
  run(args, {
    env: { KUBECONFIG: "/nowhere/kubeconfig" },
    layout,
    progress: { write: () => undefined, every: () => () => undefined },
  });

const done: FailoverStatus = {
  id: "failover-20261128T101500Z",
  ...target,
  state: FailoverState.Completed,
  startedAt: "2026-11-28T10:15:00.000Z",
  completedAt: "2026-11-28T10:15:19.100Z",
  oldPrimaryId: "orders-g1-1",
  newPrimaryId: "orders-g1-2",
  replicationLagAtStart: 0,
  dataLossBytes: 0,
  mode: FailoverMode.Planned,
  origin: FailoverOrigin.Requested,
  oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
  reason: "node maintenance",
  states: [
    { state: FailoverState.WaitingForSync, at: "2026-11-28T10:15:00.000Z" },
    { state: FailoverState.FencingPrimary, at: "2026-11-28T10:15:01.200Z" },
    { state: FailoverState.PromotingReplica, at: "2026-11-28T10:15:02.700Z" },
    { state: FailoverState.UpdatingRouting, at: "2026-11-28T10:15:04.700Z" },
    { state: FailoverState.CleaningUpOldPrimary, at: "2026-11-28T10:15:05.100Z" },
    { state: FailoverState.Completed, at: "2026-11-28T10:15:19.100Z" },
  ],
  primaryLsn: "0/5000060",
  promotionLsn: "0/60000A0",
  timeline: 2,
  job: "orders-failover-x7k2p",
};

const failed: FailoverStatus = {
  ...done,
  id: "failover-20261127T090000Z",
  state: FailoverState.Failed,
  failureReason: "Nothing was changed: gave up after 300 s, still waiting: orders-g1-2 to replay 0/5000060",
  startedAt: "2026-11-27T09:00:00.000Z",
  completedAt: "2026-11-27T09:05:00.000Z",
  dataLossBytes: undefined,
  states: [
    { state: FailoverState.WaitingForSync, at: "2026-11-27T09:00:00.000Z" },
    { state: FailoverState.Failed, at: "2026-11-27T09:05:00.000Z" },
  ],
};

const page = resolve(__dirname, "../../../../docs/cli.md");

/** The text that the page shows after a command; UPDATE_GOLDEN=1 writes it. */
function assertShown(command: string, text: string): void {
  const before = readFileSync(page, "utf8");
  const block = new RegExp(`(\`\`\`sh\\n${command}\\n\`\`\`\\n\\n\`\`\`text\\n)([\\s\\S]*?)(\`\`\`\\n)`);
  const [, , shown] = block.exec(before) ?? [];
  if (process.env.UPDATE_GOLDEN === "1")
    writeFileSync(
      page,
      before.replace(block, (_, start: string, __, end: string) => `${start}${text}\n${end}`),
    );
  else assert.equal(shown, `${text}\n`, `${join("docs", "cli.md")}: UPDATE_GOLDEN=1 npm test writes it`);
}

const plan = (world: FailoverWorld, more: object = {}) => {
  const { execute } = world.context();
  return failoverPlan({ ...target, ...more }, layout, surroundings(world.api, { execute }, now));
};

describe("failover plan", () => {
  it("shows who takes over and why, and what happens, as the page does", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server("orders-g1-1"), { received: 0x5003000 });
    Object.assign(world.server("orders-g1-2"), { received: 0x5003000 });
    const { exitCode, text, json } = await plan(world);
    assert.equal(exitCode, 0);
    assertShown("pulumi-cnpg failover plan orders --namespace shop", text);
    assert.match(text, /^shop\/orders \(Cluster orders-g1\): switchover from orders-g1-1 to orders-g1-2/);
    assert.match(text, /^orders-g1-3 +12 KiB/m);
    assert.equal((json as { newPrimaryId?: string }).newPrimaryId, "orders-g1-2");
  });

  it("ends with 1 and the reasons when it would be refused", async () => {
    const world = new FailoverWorld();
    for (const name of ["orders-g1-2", "orders-g1-3"]) Object.assign(world.server(name), { answers: false });
    const { exitCode, text } = await plan(world);
    assert.equal(exitCode, 1);
    assert.match(text, /^refused {2}No standby qualifies/m);
    assert.match(text, /no: it does not answer/);
    assert.ok(!text.includes("former primary"));
  });

  it("says what a forced one may lose", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server("orders-g1-1"), { answers: false });
    const { exitCode, text } = await plan(world, { mode: FailoverMode.Forced });
    assert.equal(exitCode, 0);
    assert.match(text, /: failover from orders-g1-1 to orders-g1-2/);
    assert.match(text, /^primary +orders-g1-1, which does not answer$/m);
    assert.match(text, /^loss +not known before$/m);
  });

  it("is shown in place of doing it while that is not confirmed", async () => {
    const { exitCode, text } = await plan(new FailoverWorld(), { missing: "--yes" });
    assert.equal(exitCode, 2);
    assert.match(text, /Nothing was done: --yes does it\.$/);
  });
});

/** The instance with its template, whose Jobs leave this. */
function cluster(answer: object | Error, instances = 3): InstantJobs {
  const api = new InstantJobs(() => {
    if (answer instanceof Error) api.addRecord("orders-failovers", { "history.json": [failed, done] });
    return answer;
  });
  addInstance(api, healthyCluster());
  const service = api.objects.get("services/shop/orders");
  const { annotations = {} } = service?.metadata ?? {};
  const facts = JSON.parse(annotations[ownAnnotations.facts] ?? "{}") as object;
  annotations[ownAnnotations.facts] = JSON.stringify({ ...facts, instances });
  api.addTemplate("orders-failover", "failover");
  return api;
}

describe("failover run", () => {
  it("lets a Job do it with the options, and prints the record", async () => {
    const api = cluster(done);
    const wanted = { ...target, targetReplicaId: "orders-g1-2", reason: "node maintenance", undo: false };
    const { exitCode, text, json } = await failoverRun(wanted, layout, surroundings(api));
    assert.equal(exitCode, 0);
    assert.deepEqual(json, done);
    const [job] = api.asked;
    assert.equal(job?.operation, "failover");
    assert.equal(job?.request.targetReplicaId, "orders-g1-2");
    assert.equal(job?.request.reason, "node maintenance");
    assertShown("pulumi-cnpg failover history orders failover-20261128T101500Z", text);
    assert.match(text, /^shop\/orders, failover-20261128T101500Z: completed\n/);
    assert.match(text, /^loss +nothing$/m);
    assert.match(text, /^fencingPrimary +2026-11-28T10:15:01\.200Z +1\.5 s$/m);
  });

  it("ends with 1 and the record when it failed, and with the reason when it was refused", async () => {
    const api = cluster(new Error(`${failed.id}: ${failed.failureReason}`));
    api.addRecord("orders-failovers", { "history.json": [done] });
    const { exitCode, text } = await failoverRun(target, layout, surroundings(api));
    assert.equal(exitCode, 1);
    assert.match(text, /: failed\n\nNothing was changed: gave up after 300 s/);
    const refused = cluster(new Error("orders-g1-1 is the primary already."));
    refused.addRecord("orders-failovers", { "history.json": [failed, done] });
    await assert.rejects(failoverRun(target, layout, surroundings(refused)), /is the primary already/);
  });

  it("says of an instance without standbys what is missing", async () => {
    const api = cluster(done, 1);
    await assert.rejects(failoverRun(target, layout, surroundings(api)), /has one server.*instances to 2/);
    assert.deepEqual(api.asked, []);
  });
});

describe("failover history", () => {
  it("shows the last ones, or one of them whole", async () => {
    const api = cluster({});
    const empty = await failoverHistory(target, layout, surroundings(api));
    assert.equal(empty.text, "shop/orders has never failed over.");
    const decision = {
      at: "2026-11-26T10:00:00Z",
      until: "2026-11-26T10:01:30Z",
      cluster: "orders-g1",
      primary: "orders-g1-1",
      kind: "noEligibleStandby",
      reason: "no standby is eligible",
    };
    api.addRecord("orders-failovers", { "history.json": [done, failed], "decisions.json": [decision] });
    const { text, exitCode, json } = await failoverHistory(target, layout, surroundings(api));
    assert.equal(exitCode, 0);
    assert.match(text, /^shop\/orders, 2 failovers\n/);
    assert.match(
      text,
      /^failover-20261128T101500Z +completed +switchover, requested +orders-g1-1 → orders-g1-2 +3\.5 s +nothing/m,
    );
    assert.match(text, /^failover-20261127T090000Z +failed .* not known +Nothing was/m);
    assert.match(
      text,
      /^2026-11-26T10:00:00Z +1 min 30 s +orders-g1-1 +noEligibleStandby +no standby is eligible$/m,
    );
    assert.deepEqual((json as { decisions: object[] }).decisions, [decision]);
    const one = await failoverHistory({ ...target, id: failed.id }, layout, surroundings(api));
    assert.match(one.text, /: failed\n/);
    await assert.rejects(
      failoverHistory({ ...target, id: "failover-1" }, layout, surroundings(api)),
      /keeps no record of a failover failover-1. There are failover-20261128T101500Z, failover-20261127T090000Z/,
    );
  });
});

describe("the command line of failovers", () => {
  it("refuses what is no sense before it reaches a cluster", async () => {
    const wrong: [string[], RegExp][] = [
      [["plan", "orders", "--undo", "--target", "orders-g1-2"], /leave --target out/],
      [["plan", "orders", "--mode", "forced", "--sync-timeout", "5"], /--sync-timeout is for mode planned/],
      [["plan", "orders", "--mode", "sudden"], /Allowed choices are planned, forced/],
      [["plan", "orders", "--old-primary", "keep"], /Allowed choices/],
      [["plan", "orders", "--sync-timeout", "3601"], /at most 3600 seconds/],
      [["plan", "orders", "--max-lag", "16MB"], /Kubernetes quantity, for example 16Mi/],
      [["plan", "orders", "--reason", ""], /1 to 200 characters/],
      [["run", "orders", "--mode", "forced", "--confirm", "order"], /does not repeat the name/],
    ];
    for (const [args, message] of wrong) {
      const { exitCode, stderr } = await cli("failover", ...args);
      assert.equal(exitCode, 2, args.join(" "));
      assert.match(stderr, message);
    }
  });

  it("has examples in its helps", async () => {
    for (const verb of ["plan", "run", "history"]) {
      const { exitCode, stdout } = await cli("failover", verb, "--help");
      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`Examples:\\n  pulumi-cnpg failover ${verb} orders`));
    }
  });
});
