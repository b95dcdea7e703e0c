import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  applyDecisions,
  decide,
  type EngineLock,
  type ExportedState,
  isInterrupted,
  judgeLock,
  judgeObject,
  kubernetesId,
  markUnawaited,
  type PendingCreate,
  pendingCreates,
  type StateResource,
} from "../../../../embedded/driver/interrupted";

const stackUrn = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";

function resource(name: string, more: Partial<StateResource> = {}): StateResource {
  const type = more.type ?? "kubernetes:core/v1:ConfigMap";
  return {
    urn: `urn:pulumi:dev::p::${type}::${name}`,
    type,
    custom: true,
    inputs: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } },
    ...more,
  };
}

function state(
  resources: StateResource[],
  pending: { type: string; resource: StateResource }[],
): ExportedState {
  return { version: 3, deployment: { resources, pending_operations: pending } };
}

const creating = (of: StateResource) => ({ type: "creating", resource: of });

function only(pending: PendingCreate[]): PendingCreate {
  assert.equal(pending.length, 1);
  return pending[0] as PendingCreate;
}

describe("the lock of an engine", () => {
  const lock: EngineLock = { pid: 42, username: "me", hostname: "here", timestamp: "2026-01-01T12:00:00Z" };
  const at = (time: string) => () => ({ program: "pulumi", startedAt: new Date(time) });

  it("is dead when no process has its id", () => {
    assert.equal(judgeLock(lock, "here", () => undefined).owner, "dead");
  });

  it("is alive while a process that is older than the lock has its id", () => {
    assert.equal(judgeLock(lock, "here", at("2026-01-01T11:59:59Z")).owner, "alive");
  });

  it("is dead when its id was given to a later process", () => {
    const verdict = judgeLock(lock, "here", at("2026-01-01T13:00:00Z"));
    assert.equal(verdict.owner, "dead");
    assert.match(verdict.reason, /started later/);
  });

  it("of another host is never taken for dead", () => {
    const verdict = judgeLock(lock, "elsewhere", () => undefined);
    assert.equal(verdict.owner, "alive");
    assert.match(verdict.reason, /another host/);
  });

  it("is asked for by its own id", () => {
    const asked: number[] = [];
    judgeLock(lock, "here", pid => (asked.push(pid), undefined));
    assert.deepEqual(asked, [42]);
  });
});

describe("pending creates", () => {
  it("are found with the object they were creating", () => {
    const { object } = only(pendingCreates(state([], [creating(resource("a"))])));
    assert.deepEqual(object, {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "a",
      namespace: "default",
      labels: {},
    });
  });

  it("take the api version from the type when the inputs do not say it", () => {
    const inputs = { metadata: { name: "a" } };
    const core = only(
      pendingCreates(state([], [creating(resource("a", { type: "kubernetes:core/v1:Namespace", inputs }))])),
    );
    assert.equal(core.object?.apiVersion, "v1");
    const custom = resource("a", { type: "kubernetes:postgresql.cnpg.io/v1:Cluster", inputs });
    assert.equal(
      only(pendingCreates(state([], [creating(custom)]))).object?.apiVersion,
      "postgresql.cnpg.io/v1",
    );
  });

  it("are not the pending updates and deletes", () => {
    const pending = ["updating", "deleting", "reading"].map(type => ({ type, resource: resource(type) }));
    assert.deepEqual(pendingCreates(state([], pending)), []);
    assert.equal(isInterrupted(state([], pending)), true);
    assert.equal(isInterrupted(state([resource("a")], [])), false);
  });

  for (const [what, type, inputs] of [
    ["a random password", "random:index/randomPassword:RandomPassword", { length: 20 }],
    ["a provider", "pulumi:providers:kubernetes", {}],
    ["a patch", "kubernetes:core/v1:NamespacePatch", { metadata: { name: "a" } }],
    ["a resource without a known name", "kubernetes:core/v1:ConfigMap", { metadata: {} }],
  ] as const) {
    it(`of ${what} are forgotten`, () => {
      const pending = only(pendingCreates(state([], [creating(resource("a", { type, inputs }))])));
      assert.equal(pending.object, undefined);
      assert.equal(decide(pending, "ours").action, "clear");
    });
  }
});

describe("the object of a pending create", () => {
  const wanted = { apiVersion: "v1", kind: "Secret", name: "a", namespace: "n", labels: { part: "orders" } };

  it("has the provider's id", () => {
    assert.equal(kubernetesId(wanted), "n/a");
    assert.equal(kubernetesId({ apiVersion: "v1", kind: "Namespace", name: "a", labels: {} }), "a");
  });

  it("is ours with all labels that the create would have set", () => {
    assert.equal(judgeObject(wanted, { part: "orders", more: "x" }), "ours");
    assert.equal(judgeObject(wanted, { part: "others" }), "foreign");
    assert.equal(judgeObject(wanted, {}), "foreign");
    assert.equal(judgeObject(wanted, undefined), "absent");
  });

  it("is taken into the state only when it exists and is ours", () => {
    const pending = only(pendingCreates(state([], [creating(resource("a"))])));
    assert.equal(decide(pending, "ours").action, "adopt");
    assert.equal(decide(pending, "ours").id, "default/a");
    assert.equal(decide(pending, "absent").action, "clear");
    assert.equal(decide(pending, "foreign").action, "clear");
  });
});

describe("the repaired state", () => {
  const stack: StateResource = { urn: stackUrn, type: "pulumi:pulumi:Stack", custom: false };

  const adopt = (before: ExportedState) =>
    applyDecisions(
      before,
      pendingCreates(before).map(pending => decide(pending, "ours")),
    );

  it("holds an adopted resource behind the others, with its id", () => {
    const after = adopt(state([stack, resource("a")], [creating(resource("b"))]));
    assert.deepEqual(
      after.deployment.resources?.map(({ urn, id }) => [urn.split("::").at(-1), id]),
      [
        ["p-dev", undefined],
        ["a", undefined],
        ["b", "default/b"],
      ],
    );
    assert.equal(isInterrupted(after), false);
  });

  it("lets a replacement stand where the replaced one stood, which is still to be deleted", () => {
    const before = resource("a", { id: "default/old" });
    const after = adopt(state([stack, before, resource("b")], [creating(resource("a"))]));
    assert.deepEqual(
      after.deployment.resources?.map(({ urn, id, delete: doomed }) => [
        urn.split("::").at(-1),
        id,
        doomed ?? false,
      ]),
      [
        ["p-dev", undefined, false],
        ["a", "default/a", false],
        ["b", undefined, false],
        ["a", "default/old", true],
      ],
    );
  });

  it("drops the replaced one when that was deleted first", () => {
    const before = resource("a", { id: "default/a", pendingReplacement: true });
    const after = adopt(state([stack, before], [creating(resource("a"))]));
    assert.equal(after.deployment.resources?.length, 2);
    assert.equal(after.deployment.resources[1]?.pendingReplacement, undefined);
  });

  it("keeps every resource, adopts exactly the decided ones and is never pending", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 8 });
    fc.assert(
      fc.property(
        names,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        fc.nat(8),
        (all, ours, cut) => {
          const settled = all.slice(0, cut).map(name => resource(name, { id: name }));
          const open = all.slice(cut).map(name => creating(resource(name)));
          const before = state(settled, open);
          const decisions = pendingCreates(before).map((pending, i) =>
            decide(pending, ours[i] ? "ours" : "absent"),
          );
          const after = applyDecisions(before, decisions);
          const adopted = open.filter((_, i) => ours[i]).map(operation => operation.resource.urn);
          const urns = (after.deployment.resources ?? []).map(({ urn }) => urn);
          assert.deepEqual(urns, [...settled.map(({ urn }) => urn), ...adopted]);
          assert.ok(after.deployment.resources?.every(({ id }) => id));
          assert.equal(isInterrupted(after), false);
        },
      ),
    );
  });

  it("marks the adopted ones as not awaited and leaves a real error alone", () => {
    const failed = resource("b", { initErrors: ["no image"] });
    const after = markUnawaited(
      state([resource("a"), failed, resource("c")], []),
      new Set([resource("a").urn, failed.urn]),
    );
    const errors = after.deployment.resources?.map(({ initErrors }) => initErrors);
    assert.equal(errors?.[0]?.length, 1);
    assert.deepEqual(errors?.[1], ["no image"]);
    assert.equal(errors?.[2], undefined);
  });
});
