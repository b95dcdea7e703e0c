import * as assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { ServiceSelector } from "../../../src/cnpg";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { networkPolicy, poolerNetworkPolicy } from "../../../src/instance/network-policy";
import { clusterSpec, connectionData } from "../../../src/instance/render";
import { resolveInstance } from "../../../src/instance/resolve";
import { instanceProblems } from "../../../src/instance/validate";
import {
  isPooled,
  poolerDisruptionBudget,
  poolerManifest,
  poolerService,
  type PooledInstance,
} from "../../../src/pooler/render";
import { assertGolden } from "../golden";
import { validateManifest } from "../schemas";

function pooled(args: PostgresInstanceArgs): PooledInstance {
  const instance = resolveInstance("orders", args);
  return isPooled(instance) ? instance : assert.fail("it has no pooler");
}

function manifests(args: PostgresInstanceArgs): Record<string, unknown>[] {
  const instance = pooled(args);
  const cnpg = { apiVersion: "postgresql.cnpg.io/v1", kind: "Pooler" };
  const objects = instance.pooler.types.flatMap(type => [
    { ...cnpg, ...poolerManifest(instance, args, type) },
    { apiVersion: "v1", kind: "Service", ...poolerService(instance, args, type) },
    { apiVersion: "policy/v1", kind: "PodDisruptionBudget", ...poolerDisruptionBudget(instance, args, type) },
  ]);
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    ...poolerNetworkPolicy(instance, args),
  };
  return JSON.parse(JSON.stringify([...objects, policy].filter(object => "metadata" in object))) as Record<
    string,
    unknown
  >[];
}

const goldens: Record<string, PostgresInstanceArgs> = {
  default: { instances: 3, pooler: {} },
  full: {
    namespace: "shop",
    instances: 3,
    size: "medium",
    labels: { team: "shop" },
    annotations: { "example.com/owner": "shop" },
    imagePullPolicy: "Always",
    imagePullSecrets: ["registry"],
    allowedClients: [{ podLabels: { app: "web" } }],
    requireTls: false,
    pooler: {
      instances: 4,
      mode: "session",
      maxClientConnections: 300,
      poolSize: 10,
      parameters: { query_wait_timeout: "60", server_login_retry: "2" },
      resources: { requests: { cpu: "250m" }, limits: { cpu: "1", memory: "512Mi" } },
      image: "registry.example.com/pgbouncer:1.25.2",
      scheduling: {
        zoneSpread: "required",
        hostSpread: "none",
        nodeSelector: { pool: "apps" },
        tolerations: [{ key: "apps", operator: "Exists" }],
        priorityClassName: "high",
      },
      readOnly: true,
    },
    generations: { "1": {}, "2": {} },
    activeGeneration: "2",
    overrides: { pooler: { spec: { monitoring: { tls: { enabled: true } } } } },
  },
};

describe("manifests of a pooler", () => {
  for (const [name, args] of Object.entries(goldens)) {
    it(`${name}: equal the golden file and pass the schema`, () => {
      assert.deepEqual(instanceProblems("orders", args), []);
      const rendered = manifests(args);
      for (const manifest of rendered.filter(({ kind }) => kind === "Pooler"))
        assert.deepEqual(validateManifest(manifest), []);
      assertGolden(
        `pooler/${name}.yaml`,
        rendered.map(manifest => stringify(manifest, { sortMapEntries: true, lineWidth: 0 })).join("---\n"),
      );
    });
  }

  it("pass the schema whatever is accepted, and never say whether it is paused", () => {
    const anyArgs = fc.record({
      instances: fc.constant(3),
      hibernated: fc.boolean(),
      requireTls: fc.boolean(),
      pooler: fc.record(
        {
          instances: fc.integer({ min: 1, max: 3 }),
          mode: fc.constantFrom("session" as const, "transaction" as const),
          readOnly: fc.boolean(),
          scheduling: fc.record({ hostSpread: fc.constantFrom("required", "preferred", "none") }),
        },
        { requiredKeys: [] },
      ),
    }) as fc.Arbitrary<PostgresInstanceArgs>;
    fc.assert(
      fc.property(anyArgs, args => {
        assert.deepEqual(instanceProblems("orders", args), []);
        for (const manifest of manifests(args).filter(({ kind }) => kind === "Pooler")) {
          assert.deepEqual(validateManifest(manifest), []);
          const { pgbouncer } = manifest.spec as { pgbouncer: object };
          assert.ok(!("paused" in pgbouncer));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("stand still while the instance is hibernated", () => {
    const args: PostgresInstanceArgs = { hibernated: true, pooler: {} };
    assert.equal(poolerManifest(pooled(args), args, ServiceSelector.primary).spec.instances, 0);
  });

  it("lead to the generation that serves", () => {
    const both = { generations: { "1": {}, "2": {} }, pooler: {} };
    for (const activeGeneration of ["1", "2"]) {
      const args = { ...both, activeGeneration };
      const name = `orders-g${activeGeneration}-pooler`;
      const service = poolerService(pooled(args), args, ServiceSelector.primary);
      assert.deepEqual(service.spec.selector, { "cnpg.io/poolerName": name });
      assert.equal(service.metadata.name, "orders-pooler");
      const { metadata, spec } = poolerManifest(pooled(args), args, ServiceSelector.primary);
      assert.deepEqual([metadata.name, spec.cluster.name], [name, `orders-g${activeGeneration}`]);
    }
  });
});

describe("an instance with a pooler", () => {
  const args: PostgresInstanceArgs = { owner: "Shop-User", pgHba: ["hostssl all all all cert"], pooler: {} };

  it("lets the pooler's pods in by their certificate, before any other rule", () => {
    const spec = clusterSpec(pooled(args), args, pooled(args).active);
    assert.deepEqual(spec.postgresql?.pg_hba, [
      'hostssl all "Shop-User" ${podselector:pooler} cert map=pooler',
      "hostssl all all all cert",
      "hostnossl all all all reject",
    ]);
    assert.deepEqual(spec.postgresql?.pg_ident, ['pooler cnpg_pooler_pgbouncer "Shop-User"']);
    const [selector] = spec.podSelectorRefs ?? [];
    const { template } = poolerManifest(pooled(args), args, ServiceSelector.primary).spec;
    const { matchLabels = {} } = selector?.selector ?? {};
    const own = {
      ...template?.metadata?.labels,
      "cnpg.io/cluster": "orders-g1",
      "cnpg.io/podRole": "pooler",
    };
    assert.deepEqual({ ...own, ...matchLabels }, own, "CloudNativePG adds the labels of cnpg.io");
    const plain = resolveInstance("orders", {});
    const without = clusterSpec(plain, {}, plain.active);
    assert.deepEqual([without.podSelectorRefs, without.postgresql?.pg_ident], [undefined, undefined]);
  });

  it("has the pooler's names in its certificate and in its connection Secret", () => {
    const all: PostgresInstanceArgs = { namespace: "shop", instances: 3, pooler: { readOnly: true } };
    const instance = pooled(all);
    const data = connectionData(instance, "app", "p@ss/word");
    assert.equal(data["pooler-host"], "orders-pooler.shop.svc");
    assert.equal(
      data["pooler-uri"],
      "postgresql://app:p%40ss%2Fword@orders-pooler.shop.svc:5432/app?sslmode=require",
    );
    assert.match(
      data["pooler-jdbc-uri"] ?? "",
      /^jdbc:postgresql:\/\/orders-pooler\.shop\.svc:5432\/app\?user=app&/,
    );
    assert.equal(data["pooler-host-ro"], "orders-pooler-ro.shop.svc");
    for (const key of ["pooler-host", "pooler-host-ro"])
      assert.ok(instance.dnsNames.includes(data[key] ?? ""), key);
    const plain = connectionData(resolveInstance("orders", {}), "app", "secret");
    assert.ok(Object.keys(plain).every(key => !key.startsWith("pooler")));
  });

  it("lets allowed clients reach the pooler, and the pooler the servers", () => {
    const closed: PostgresInstanceArgs = { pooler: {}, allowedClients: [{ podLabels: { app: "web" } }] };
    const instance = pooled(closed);
    const pods =
      poolerManifest(instance, closed, ServiceSelector.primary).spec.template?.metadata?.labels ?? {};
    const [servers] = networkPolicy(instance, closed)?.spec.ingress ?? [];
    const admits = servers?.from?.some(({ podSelector }) =>
      Object.entries(podSelector?.matchLabels ?? {}).every(([key, value]) => pods[key] === value),
    );
    assert.ok(admits, "the servers' policy must let the pooler's pods in");
    const [clients] = poolerNetworkPolicy(instance, closed)?.spec.ingress ?? [];
    assert.deepEqual(
      clients?.from?.map(({ podSelector }) => podSelector?.matchLabels),
      [{ "cnpg.pulumi.com/instance": "orders" }, { app: "web" }],
    );
    assert.equal(poolerNetworkPolicy(pooled({ pooler: {} }), { pooler: {} }), undefined);
  });
});
