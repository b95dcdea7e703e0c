import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import type { RotateRequest } from "../../../src/application/rotation/request";
import type { Manifest } from "../../../src/cnpg";
import { ensureLogins } from "../../../src/operations/ensure-logins";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { newPassword } from "../../../src/operations/password";
import { rotate } from "../../../src/operations/rotate";
import { rotateLogins } from "../../../src/operations/rotation-run";
import { type Death, RotationWorld } from "./rotation-world";

describe("operation rotate", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rotate-"));
    writeFileSync(join(folder, "ca.crt"), "pem");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const json = (): Record<string, unknown> => ({
    mode: "rotate",
    namespace: "shop",
    owner: { apiVersion: "v1", kind: "ServiceAccount", name: "web-rotate" },
    logins: ["a", "b"].map(letter => ({
      ...{ role: `web_${letter}`, secret: `web-${letter}`, databaseRole: `orders-web-${letter}` },
    })),
    ...{ host: "orders.shop.svc", database: "app", caFile: join(folder, "ca.crt") },
    application: {
      ...{ namespace: "front", secret: "web-db", directory: "/bindings/db", sslMode: "verify-full" },
      owner: { apiVersion: "v1", kind: "ConfigMap", name: "web-ca" },
      labels: { team: "shop" },
    },
    workloads: [{ kind: "Deployment", name: "web" }],
    ...{ gracePeriodSeconds: 10, timeoutSeconds: 60 },
  });
  const requestOf = (more: object = {}): RotateRequest =>
    rotate.read(new RequestReader({ ...json(), ...more }));

  /** An application that runs with the first login. */
  async function running(more: object = {}): Promise<RotationWorld> {
    const world = new RotationWorld(requestOf(more));
    await ensureLogins(world.request, world.process("ensure"));
    world.tick();
    world.tick();
    world.addApplication();
    return world;
  }
  const run = (world: RotationWorld, job = "one", death?: Death): ReturnType<typeof rotateLogins> =>
    rotateLogins(world.request, world.process(job, death), world.ask);

  /** One login works and is the application's; the other one is known to nobody. */
  function assertRotated(world: RotationWorld, known: ReadonlySet<string>, what = ""): void {
    const credentials = world.credentials();
    assert.ok(world.accepts(credentials), what);
    const other = credentials.username === "web_a" ? "web_b" : "web_a";
    for (const password of known) assert.equal(world.accepts({ username: other, password }), false, what);
    assert.deepEqual(world.failed, [], what);
    for (const pod of world.pods)
      assert.deepEqual([pod.username, pod.password], [credentials.username, credentials.password], what);
    assert.equal(secretOf(world).metadata.annotations?.["cnpg.pulumi.com/rotation"], undefined, what);
  }
  const secretOf = (world: RotationWorld): Manifest =>
    world.api.objects.get("secrets/front/web-db") as Manifest;

  describe("mode ensure", () => {
    it("makes three Secrets, with the first login in use, and asks no server", async () => {
      const world = new RotationWorld(requestOf());
      await ensureLogins(world.request, world.process("ensure"));
      const [a, b] = ["web-a", "web-b"].map(
        name => world.api.objects.get(`secrets/shop/${name}`) as Manifest,
      );
      assert.equal(a?.type, "kubernetes.io/basic-auth");
      assert.equal(a.metadata.labels?.["cnpg.io/reload"], "true");
      assert.deepEqual(a.metadata.ownerReferences?.[0]?.uid, "owner");
      assert.notDeepEqual(a.data, b?.data);
      const secret = secretOf(world);
      assert.deepEqual(secret.metadata.labels, {
        team: "shop",
        "app.kubernetes.io/managed-by": "pulumi-cnpg",
      });
      const data = secret.data as Record<string, string>;
      const { password } = world.credentials();
      assert.match(password, /^[A-Za-z0-9]{32}$/);
      assert.equal(
        Buffer.from(data.DATABASE_URL ?? "", "base64").toString(),
        `postgresql://web_a:${password}@orders.shop.svc:5432/app?sslmode=verify-full&sslrootcert=%2Fbindings%2Fdb%2Fca.crt`,
      );
    });

    it("changes nothing when it runs again", async () => {
      const world = await running();
      const before = structuredClone([...world.api.objects]);
      await ensureLogins(world.request, world.process("ensure"));
      assert.deepEqual([...world.api.objects], before);
    });

    it("follows where the application connects to, with the login it has", async () => {
      const world = await running();
      await run(world);
      const { username, password } = world.credentials();
      const application = {
        ...(json().application as object),
        host: "orders-pooler.shop.svc",
        labels: { a: "b" },
      };
      await ensureLogins(requestOf({ application }), world.process("ensure"));
      assert.deepEqual(world.credentials(), { username, password });
      const data = secretOf(world).data as Record<string, string>;
      assert.equal(Buffer.from(data.DB_HOST ?? "", "base64").toString(), "orders-pooler.shop.svc");
      assert.equal(secretOf(world).metadata.labels?.a, "b");
    });

    it("makes a lost Secret as the application knows it", async () => {
      const world = await running();
      world.api.objects.delete("secrets/shop/web-a");
      await ensureLogins(world.request, world.process("ensure"));
      for (let i = 0; i < 3; i++) world.tick();
      assert.deepEqual(world.failed, []);
      assert.ok(world.accepts(world.credentials()));
    });

    it("leaves Secrets alone that something else made", async () => {
      for (const [namespace, name] of [
        ["shop", "web-b"],
        ["front", "web-db"],
      ] as const) {
        const world = new RotationWorld(requestOf());
        world.api.add(kinds.secret, {
          ...{ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data: { username: "eA==" } },
        });
        await assert.rejects(
          ensureLogins(world.request, world.process("ensure")),
          new RegExp(`Secret ${namespace}/${name} exists and does not hold .*made by something else`),
        );
      }
    });

    it("can begin anew wherever it died", async () => {
      const calls = await callsOf(async world => ensureLogins(world.request, world.process("ensure")));
      for (const death of deaths(calls)) {
        const world = new RotationWorld(requestOf());
        await assert.rejects(ensureLogins(world.request, world.process("ensure", death)));
        await ensureLogins(world.request, world.process("ensure"));
        world.tick();
        world.tick();
        assert.ok(world.accepts(world.credentials()), JSON.stringify(death));
      }
    });
  });

  const deaths = (calls: number): Death[] =>
    Array.from({ length: calls }, (_, call) => [
      { call, when: "before" as const },
      { call, when: "after" as const },
    ]).flat();
  async function callsOf(work: (world: RotationWorld) => Promise<unknown>): Promise<number> {
    const world = new RotationWorld(requestOf());
    await work(world);
    return world.calls;
  }

  it("gives the application the other login and retires the former one, and no pod is ever refused", async () => {
    const world = await running();
    const known = new Set([world.credentials().password]);
    const result = await run(world);
    assert.deepEqual(
      { ...result, seconds: 0, rotatedAt: "" },
      {
        ...{ active: "web_b", retired: "web_a", secret: "front/web-db", workloads: ["Deployment/web"] },
        ...{ seconds: 0, rotatedAt: "" },
      },
    );
    assertRotated(world, known);
    const { password } = world.credentials();
    assert.equal((await run(world, "two")).active, "web_a");
    assertRotated(world, new Set([...known, password]));
    const { at, login } = JSON.parse(
      secretOf(world).metadata.annotations?.["cnpg.pulumi.com/rotated"] ?? "",
    ) as {
      at: string;
      login: string;
    };
    assert.equal(login, "web_a");
    assert.ok(at > result.rotatedAt);
  });

  it("goes on where it died, whatever call that was, and rotates once", async () => {
    const whole = await running();
    await run(whole);
    const { calls } = whole;
    assert.ok(calls > 30, String(calls));
    for (const death of deaths(calls)) {
      const world = await running();
      const known = new Set([world.credentials().password]);
      await assert.rejects(run(world, "one", death), JSON.stringify(death));
      const result = await run(world);
      assert.equal(result.active, "web_b", JSON.stringify(death));
      assertRotated(world, known, JSON.stringify(death));
    }
  }).timeout(60_000);

  it("ends well after any number of deaths, of this Job and of others", async () => {
    const death = fc.record({
      call: fc.nat({ max: 45 }),
      when: fc.constantFrom<Death["when"]>("before", "after"),
      job: fc.constantFrom("one", "two", "three"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(death, { maxLength: 5 }), async list => {
        const world = await running();
        const known = new Set([world.credentials().password]);
        for (const { job, ...at } of list) {
          await run(world, job, at).catch(() => undefined);
          known.add(world.credentials().password);
        }
        const begun = world.credentials().username;
        await run(world, "last");
        known.add(world.credentials().password);
        assertRotated(world, known);
        // A Job that was asked for a rotation makes one of its own, after one that it found begun.
        assert.notEqual(world.credentials().username, begun);
      }),
      { numRuns: 40 },
    );
  }).timeout(60_000);

  it("is told by the server's word alone that a login works, and sets what its sessions begin as", async () => {
    const world = await running({ setRole: "app" });
    await run(world);
    assert.deepEqual([...world.beginsAs], [["web_b", "app"]]);
    await run(world, "two");
    assert.equal(world.beginsAs.get("web_a"), "app");
    await run(world, "three");
    assert.deepEqual(world.failed, []);
  });

  it("leaves the former login valid when the new pods do not become healthy, with what they say", async () => {
    const world = await running();
    const former = world.credentials();
    world.stuck = true;
    await assert.rejects(
      run(world),
      /still waiting: Deployment front\/web: .*; pod web-3: CrashLoopBackOff \(back-off 10s\)\. The login web_a stays valid beside web_b; the next run goes on here/,
    );
    assert.ok(world.accepts(former));
    assert.ok(world.accepts(world.credentials()));
    world.stuck = false;
    for (const { manifest } of world.pods) Object.assign(manifest, { status: { phase: "Running" } });
    assert.equal((await run(world)).active, "web_b");
    assertRotated(world, new Set([former.password]));
  });

  it("waits for pods that are no longer counted, but have not ended", async () => {
    const world = await running();
    world.endingSeconds = 30;
    await run(world);
    assert.ok(
      world.said.some(sentence => sentence.endsWith("Deployment front/web: the end of 2 former pods")),
    );
    assert.ok(world.api.objects.get("pods/front/web-1") === undefined);
  });

  it("retires nothing while the former login is in use", async () => {
    const world = await running();
    const former = world.credentials();
    world.strangers.push("web_a");
    await assert.rejects(
      run(world),
      /the end of 1 sessions of the login web_a\. The login web_a stays valid/,
    );
    assert.ok(world.accepts(former));
  });

  it("needs no workload", async () => {
    const world = new RotationWorld(requestOf({ workloads: [] }));
    await ensureLogins(world.request, world.process("ensure"));
    for (let i = 0; i < 3; i++) world.tick();
    const { password } = world.credentials();
    await run(world);
    assertRotated(world, new Set([password]));
  });

  const refusals: [string, (world: RotationWorld) => void, RegExp][] = [
    [
      "a workload is absent",
      w => w.api.objects.delete("deployments/front/web"),
      /There is no Deployment front\/web/,
    ],
    [
      "a workload is paused",
      w => void Object.assign(w.api.objects.get("deployments/front/web")?.spec as object, { paused: true }),
      /Deployment front\/web cannot be made anew\. It is paused: resume it/,
    ],
    [
      "a login is not declared",
      w => w.api.objects.delete("databaseroles/shop/orders-web-b"),
      /There is no DatabaseRole shop\/orders-web-b: run pulumi up/,
    ],
    [
      "the Secret is absent",
      w => w.api.objects.delete("secrets/front/web-db"),
      /no Secret front\/web-db: run pulumi up/,
    ],
    [
      "another Job is at it",
      w => {
        const running = JSON.stringify({ job: "other", uid: "x", since: "2026-01-01T00:00:00Z" });
        Object.assign(secretOf(w).metadata, { annotations: { "cnpg.pulumi.com/rotation": running } });
        w.api.add(kinds.job, {
          ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name: "other", namespace: "shop" } },
          status: { active: 1 },
        });
      },
      /Job shop\/other rotates this login\. Begin when it has ended/,
    ],
  ];
  for (const [name, spoil, reason] of refusals) {
    it(`changes nothing when ${name}`, async () => {
      const world = await running();
      spoil(world);
      const before = structuredClone([...world.api.objects]);
      await assert.rejects(run(world), reason);
      assert.deepEqual([...world.api.objects], before);
    });
  }

  it("overwrites nothing that another pod of the Job has written since", async () => {
    const world = await running();
    const first = world.process("one");
    let taken = false;
    const slow = {
      ...first,
      say: (sentence: string): void => {
        if (taken || !sentence.startsWith("The application has the login")) return;
        taken = true;
        // Another pod is at the same step now.
        const secret = world.api.objects.get("secrets/shop/web-b") as Manifest;
        world.api.add(kinds.secret, { ...secret, metadata: { ...secret.metadata, resourceVersion: "77" } });
      },
    };
    await assert.rejects(rotateLogins(world.request, slow, world.ask), /patch secrets\/shop\/web-b: 409/);
    assert.ok(world.accepts(world.credentials()));
  });

  it("tells no password to anybody", async () => {
    const world = await running();
    const passwords = [world.credentials().password];
    await run(world);
    passwords.push(world.credentials().password);
    const outside = JSON.stringify([
      world.said,
      [...world.api.objects].filter(([key]) => !key.startsWith("secrets/")),
      [...world.api.objects.values()].map(({ metadata }) => metadata),
    ]);
    for (const password of passwords)
      for (const form of [password, Buffer.from(password).toString("base64")])
        assert.ok(!outside.includes(form));
  });
});

describe("request of rotate", () => {
  const read = (more: object): RotateRequest => rotate.read(new RequestReader(more));
  it("names the member that is wrong", () => {
    const owner = { apiVersion: "v1", kind: "ServiceAccount", name: "a" };
    const login = { role: "a", secret: "a", databaseRole: "a" };
    assert.throws(() => read({ mode: "other" }), /mode must be one of ensure, rotate/);
    for (const logins of [[], [login], [login, login, login]])
      assert.throws(() => read({ mode: "ensure", namespace: "a", owner, logins }), /logins must be two/);
    assert.throws(
      () => read({ mode: "ensure", namespace: "a", owner, logins: [login, login] }),
      /logins must have a role and a Secret each of their own/,
    );
  });
});

describe("newPassword", () => {
  it("has 32 letters and digits, and never the same", () => {
    const many = Array.from({ length: 200 }, newPassword);
    for (const password of many) assert.match(password, /^[A-Za-z0-9]{32}$/);
    assert.equal(new Set(many).size, 200);
    assert.equal(new Set(many.join("")).size, 62);
  });
});
