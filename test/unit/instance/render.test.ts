import * as assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { merge } from "../../../src/merge";
import { networkPolicy } from "../../../src/instance/network-policy";
import { clusterMetadata, clusterSpec, connectionString } from "../../../src/instance/render";
import { resolveInstance } from "../../../src/instance/resolve";
import { services } from "../../../src/instance/services";
import { instanceProblems } from "../../../src/instance/validate";
import { assertGolden } from "../golden";
import { validateManifest } from "../schemas";

/** Every Cluster and Service of an instance, as they are sent. */
function manifests(args: PostgresInstanceArgs): Record<string, unknown>[] {
  const instance = resolveInstance("orders", args);
  const clusters = instance.generations.map(generation => ({
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: clusterMetadata(instance, args, generation),
    spec: clusterSpec(instance, args, generation),
  }));
  return JSON.parse(
    JSON.stringify([
      ...clusters,
      ...services(instance, args).map(s => ({ apiVersion: "v1", kind: "Service", ...s })),
      ...[networkPolicy(instance, args)]
        .filter(policy => policy !== undefined)
        .map(policy => ({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", ...policy })),
    ]),
  ) as Record<string, unknown>[];
}

const goldens: Record<string, PostgresInstanceArgs> = {
  default: {},
  full: {
    namespace: "shop",
    version: "17",
    instances: 3,
    resources: { cpu: "2", memory: "8Gi", requests: { cpu: "1" } },
    storage: { size: "64Gi", storageClass: "managed-csi-premium" },
    walStorage: { size: "16Gi" },
    database: "shop",
    owner: "shop_user",
    passwordSecret: "shop-password",
    imagePullPolicy: "Always",
    imagePullSecrets: ["registry"],
    initdb: { encoding: "UTF8", localeProvider: "builtin", builtinLocale: "C.UTF-8", walSegmentSize: 64 },
    extensions: ["pgcrypto", "pg_stat_statements"],
    parameters: { work_mem: "16MB" },
    sharedPreloadLibraries: ["auto_explain"],
    pgHba: ["hostssl app app 10.0.0.0/8 cert"],
    scheduling: {
      zoneSpread: "required",
      hostSpread: "required",
      nodeSelector: { workload: "postgres" },
      tolerations: [{ key: "workload", operator: "Equal", value: "postgres", effect: "NoSchedule" }],
      priorityClassName: "high",
    },
    probes: {
      startup: { type: "streaming", maximumLag: "32Mi", periodSeconds: 5 },
      readiness: { type: "query" },
    },
    primaryUpdateStrategy: "supervised",
    primaryUpdateMethod: "switchover",
    waitFor: "serving",
    exposure: {
      type: "loadBalancer",
      sourceRanges: ["203.0.113.0/24"],
      dnsLabel: "orders-prod",
      region: "westeurope",
    },
    allowedClients: [{ podLabels: { app: "web" } }, { namespace: "reports" }],
    labels: { team: "shop" },
    annotations: { "example.com/owner": "shop" },
  },
  generations: {
    generations: {
      "1": { stop: "fence" },
      "2": { restoredFrom: { backup: "monday" }, storage: { size: "20Gi" } },
      "3": { version: "17" },
    },
    activeGeneration: "2",
  },
  backup: {
    namespace: "shop",
    walStorage: { size: "2Gi" },
    backup: {
      store: { name: "backups", namespace: "shop", secrets: ["backups-credentials"], recoveryWindowDays: 7 },
      target: "primary",
      snapshots: { class: "fast" },
    },
    generations: {
      "1": { archive: "orders-2026" },
      "2": { restoredFrom: { generation: "1", target: { time: "2026-11-20T14:30:00+01:00" } } },
      "3": { restoredFrom: { archive: "billing-g1", backupId: "20261120T020003" } },
      "4": { restoredFrom: { snapshots: { storage: "monday", walStorage: "monday-wal" }, generation: "1" } },
    },
    activeGeneration: "2",
  },
  available: {
    availability: "zero-loss",
    instances: 5,
    synchronous: { number: 3, method: "first", maxStandbyNamesFromCluster: 4, standbyNamesPost: ["reports"] },
    healthMonitor: {
      checkInterval: 5,
      failureThreshold: 20,
      maxEligibleLagBytes: 67108864,
      failoverDelay: 3,
      lease: { durationSeconds: 6, renewDeadlineSeconds: 4 },
    },
    maxLagBytes: 16777216,
    probes: { startup: { periodSeconds: 5 } },
    scheduling: { zoneSpread: "required" },
  },
  replica: {
    namespace: "shop",
    follow: {
      source: {
        name: "orders-east",
        store: { name: "backups", namespace: "shop", secrets: [], recoveryWindowDays: 7 },
      },
      copy: "stream",
      minApplyDelay: "1h",
      connection: { hostaddr: "10.1.2.3" },
    },
  },
  peer: {
    namespace: "shop",
    follow: {
      source: { name: "orders-west" },
      primary: "orders-west",
      serviceTarget: "writer",
      feed: "streaming",
    },
    allowedClients: [{ podLabels: { app: "web" } }],
  },
  hibernated: { hibernated: true, superuserAccess: true, requireTls: false },
};

describe("manifests of an instance", () => {
  for (const [name, args] of Object.entries(goldens)) {
    it(`${name}: equal the golden file and pass the schemas`, () => {
      assert.deepEqual(instanceProblems("orders", args), []);
      const rendered = manifests(args);
      for (const manifest of rendered.filter(m => m.kind === "Cluster"))
        assert.deepEqual(validateManifest(manifest), []);
      assertGolden(
        `instance/${name}.yaml`,
        rendered.map(m => stringify(m, { sortMapEntries: true, lineWidth: 0 })).join("---\n"),
      );
    });
  }

  const anyArgs: fc.Arbitrary<PostgresInstanceArgs> = fc.record(
    {
      version: fc.constantFrom("14", "16", "18.6"),
      instances: fc.integer({ min: 1, max: 5 }),
      size: fc.constantFrom("micro" as const, "large" as const),
      walStorage: fc.constantFrom({}, { size: "1Gi" }),
      extensions: fc.subarray(["pgcrypto", "hstore", "vector"]),
      parameters: fc.dictionary(
        fc.constantFrom("work_mem", "max_connections"),
        fc.constantFrom("100", "8MB"),
      ),
      pgHba: fc.constantFrom([], ["host all all all reject"]),
      waitFor: fc.constantFrom("serving" as const, "complete" as const),
      hibernated: fc.boolean(),
      requireTls: fc.boolean(),
      scheduling: fc.record({
        zoneSpread: fc.constantFrom("required" as const, "preferred" as const, "none" as const),
      }),
      probes: fc.constantFrom({}, { readiness: { type: "streaming", maximumLag: "1Mi" } }),
    },
    { requiredKeys: [] },
  );

  it("pass the schemas whatever the arguments, the same for the same arguments", () => {
    fc.assert(
      fc.property(anyArgs, args => {
        const rendered = manifests(args);
        assert.deepEqual(manifests(structuredClone(args)), rendered);
        for (const manifest of rendered.filter(m => m.kind === "Cluster"))
          assert.deepEqual(validateManifest(manifest), []);
      }),
    );
  });

  it("hand on no label by which CloudNativePG finds its own objects, and keep it on ours", () => {
    const recommended = ["name", "component", "managed-by"].map(label => `app.kubernetes.io/${label}`);
    const labels = { ...Object.fromEntries(recommended.map(label => [label, "shop"])), team: "shop" };
    const [cluster, service] = manifests({ labels }) as {
      metadata: { labels: Record<string, string> };
      spec: { inheritedMetadata?: { labels: Record<string, string> } };
    }[];
    const inherited = cluster?.spec.inheritedMetadata?.labels ?? {};
    assert.deepEqual(
      recommended.filter(label => label in inherited),
      [],
    );
    assert.equal(inherited.team, "shop");
    assert.equal(inherited["cnpg.pulumi.com/instance"], "orders");
    for (const object of [cluster, service]) {
      assert.equal(object?.metadata.labels["app.kubernetes.io/name"], "shop");
      assert.equal(object?.metadata.labels["app.kubernetes.io/managed-by"], "pulumi-cnpg");
    }
  });

  it("has names that never collide within an instance, and no two instances' either", () => {
    const name = fc
      .stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,2}$/)
      .filter(n => instanceProblems(n, {}).length === 0);
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a !== b);
        const of = (n: string): string[] => {
          const args = { name: n, exposure: { type: "loadBalancer" as const, internal: true } };
          const instance = resolveInstance("x", args);
          const own = services(instance, args).map(s => s.metadata.name);
          const cnpg = instance.generations.flatMap(g =>
            ["-rw", "-ro", "-r", "-any"].map(suffix => g.clusterName + suffix),
          );
          return [...own, ...cnpg];
        };
        const all = [...of(a), ...of(b)];
        assert.equal(new Set(all).size, all.length, all.join());
      }),
      { numRuns: 300 },
    );
  });

  it("writes URLs that read back as what went in", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_$-]{0,20}$/),
        (password, database) => {
          fc.pre(!/[\ud800-\udfff]/.test(password));
          const url = new URL(
            connectionString({ host: "orders.shop.svc", username: "app", password, database }),
          );
          assert.equal(decodeURIComponent(url.password), password);
          assert.equal(decodeURIComponent(url.pathname.slice(1)), database);
          assert.equal(url.hostname, "orders.shop.svc");
        },
      ),
    );
  });

  it("merges overrides key by key and removes with null", () => {
    const base = { a: { b: 1, c: [1, 2] }, d: 1 };
    assert.deepEqual(merge(base, { a: { c: [3] }, d: null }), { a: { b: 1, c: [3] } });
    assert.deepEqual(merge(base, undefined), base);
    fc.assert(
      fc.property(
        fc.object().filter(object => !JSON.stringify(object).includes("__proto__")),
        object => assert.deepEqual(merge(merge(base, object), object), merge(base, object)),
      ),
    );
  });
});
