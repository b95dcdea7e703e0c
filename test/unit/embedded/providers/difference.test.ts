import * as assert from "node:assert/strict";
import * as fc from "fast-check";

import { compare } from "../../../../embedded/providers/kubernetes/difference";
import { immutablePaths } from "../../../../embedded/providers/kubernetes/immutable";
import type { Manifest } from "../../../../embedded/providers/kubernetes/manifest";
import { normalize, prune } from "../../../../embedded/providers/kubernetes/normalize";
import { contains, formatPath, parsePath } from "../../../../embedded/providers/kubernetes/property-path";
import { Unknown } from "../../../../embedded/providers/protocol/property";
import type { Property } from "../../../../embedded/providers/protocol/property";

const mutable = { secrets: false, configMaps: false };

function replaces(before: Manifest, after: Manifest, options = mutable): string[] {
  const differences = compare(before, after, { immutable: immutablePaths(after, options), builtIn: true });
  return [...differences].filter(([, { replace }]) => replace).map(([path]) => path);
}

const changes = (before: Manifest, after: Manifest, builtIn = true): string[] =>
  [...compare(before, after, { immutable: [], builtIn })].map(([path, { kind }]) => `${kind} ${path}`);

describe("differences between live objects and inputs", () => {
  it("names added, deleted, changed and unknown members", () => {
    const before = { a: 1, gone: 2, list: [1, 2], nested: { same: true } };
    const after = { a: 2, list: [1, 3, 4], nested: { same: true }, unknown: Unknown.instance };
    assert.deepEqual(changes(before, after), [
      "update a",
      "delete gone",
      "update list[1]",
      "add list[2]",
      "add unknown",
    ]);
  });

  it("ignores zero values and other spellings of quantities in built-in kinds only", () => {
    const before = { resources: { requests: { cpu: "1", memory: "1Gi" } } };
    const after = {
      hostNetwork: false,
      args: [],
      resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
    };
    assert.deepEqual(changes(before, after), []);
    assert.equal(changes(before, after, false).length, 4);
    assert.deepEqual(changes({ limits: { cpu: "1" } }, { limits: { cpu: "2" } }), ["update limits.cpu"]);
    assert.deepEqual(changes({ data: { a: "1000m" } }, { data: { a: "1" } }), ["update data.a"]);
  });

  it("is empty for an object pruned to inputs that it holds", () => {
    // A key named __proto__ is none once it is assigned; Kubernetes objects have no such field.
    const key = fc.string().filter(name => name !== "__proto__");
    const json = fc
      .jsonValue({ maxDepth: 3 })
      .filter(value => !JSON.stringify(value).includes('"__proto__"'));
    fc.assert(
      fc.property(fc.dictionary(key, json), fc.dictionary(key, json), (inputs, extra) => {
        const plain = JSON.parse(JSON.stringify(inputs)) as Manifest;
        const live = { ...(JSON.parse(JSON.stringify(extra)) as Manifest), ...plain };
        assert.deepEqual(changes(prune(live, plain) as Manifest, plain, false), []);
      }),
    );
  });

  for (const [kind, apiVersion, before, after, expected] of [
    [
      "Job",
      "batch/v1",
      { template: { spec: { image: "a" } } },
      { template: { spec: { image: "b" } } },
      ["spec.template.spec.image"],
    ],
    ["Job", "batch/v1", { backoffLimit: 1 }, { backoffLimit: 2 }, []],
    ["Service", "v1", { clusterIP: "None" }, { clusterIP: "10.0.0.1" }, ["spec.clusterIP"]],
    ["Service", "v1", { type: "ClusterIP" }, { type: "LoadBalancer" }, []],
    ["StatefulSet", "apps/v1", { serviceName: "a" }, { serviceName: "b" }, ["spec.serviceName"]],
    [
      "Deployment",
      "apps/v1",
      { selector: { matchLabels: { a: "1" } } },
      { selector: { matchLabels: { a: "2" } } },
      ["spec.selector.matchLabels.a"],
    ],
    ["Deployment", "apps/v1", { replicas: 1 }, { replicas: 2 }, []],
    [
      "PersistentVolumeClaim",
      "v1",
      { storageClassName: "a" },
      { storageClassName: "b" },
      ["spec.storageClassName"],
    ],
    [
      "PersistentVolumeClaim",
      "v1",
      { resources: { requests: { storage: "1Gi" } } },
      { resources: { requests: { storage: "2Gi" } } },
      [],
    ],
    [
      "Pod",
      "v1",
      { containers: [{ image: "a" }] },
      { containers: [{ image: "b" }] },
      ["spec.containers[0].image"],
    ],
    ["Cluster", "postgresql.cnpg.io/v1", { instances: 1 }, { instances: 3 }, []],
  ] as [string, string, Manifest, Manifest, string[]][]) {
    it(`${kind}: ${JSON.stringify(before)} → ${JSON.stringify(after)} replaces ${expected.join() || "nothing"}`, () => {
      const object = (spec: Manifest): Manifest => ({ apiVersion, kind, metadata: { name: "a" }, spec });
      assert.deepEqual(replaces(object(before), object(after)), expected);
    });
  }

  it("replaces a Secret for its data and type, with mutable Secrets only for its type", () => {
    const secret = (data: string, type: string): Manifest => ({
      apiVersion: "v1",
      kind: "Secret",
      type,
      data: { a: data },
    });
    assert.deepEqual(replaces(secret("1", "x"), secret("2", "y")), ["type", "data.a"]);
    assert.deepEqual(replaces(secret("1", "x"), secret("2", "y"), { secrets: true, configMaps: false }), [
      "type",
    ]);
  });

  it("replaces a StorageClass and a RoleBinding for what cannot change", () => {
    const storage = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", provisioner: "a" };
    assert.deepEqual(replaces(storage, { ...storage, provisioner: "b" }), ["provisioner"]);
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      roleRef: { name: "a" },
    };
    assert.deepEqual(replaces(binding, { ...binding, roleRef: { name: "b" } }), ["roleRef.name"]);
  });
});

describe("normal form", () => {
  it("drops what only the server writes", () => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", uid: "u", resourceVersion: "1", managedFields: [] },
    };
    assert.deepEqual(normalize(object), { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
  });

  it("is the same when applied twice", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.string()),
        fc.dictionary(fc.string(), fc.string()),
        (stringData, labels) => {
          const once = normalize({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "a", labels },
            stringData,
          });
          assert.deepEqual(normalize(once), once);
        },
      ),
    );
  });
});

describe("property paths", () => {
  it("are read as they are written", () => {
    const step = fc.oneof(
      fc.nat(99),
      fc.string({ minLength: 1 }).filter(text => !/[\\\n]/.test(text)),
    );
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter(text => !/[\\\n]/.test(text)),
        fc.array(step),
        (first, rest) => {
          const path = [first, ...rest];
          assert.deepEqual(parsePath(formatPath(path)), path);
        },
      ),
    );
  });

  it("contain themselves and what is below, through wildcards too", () => {
    assert.ok(contains(parsePath("spec.list[*].a"), parsePath("spec.list[3].a.b")));
    assert.ok(!contains(parsePath("spec.list[1]"), parsePath("spec.list[3]")));
    assert.ok(!contains(parsePath("spec.a.b"), parsePath("spec.a")));
    assert.throws(() => parsePath('spec["a'), /not a property path/);
  });

  it("spell keys with dots, quotes and brackets apart", () => {
    const path: Property[] = ["metadata", "annotations", 'a.b/"c"'];
    assert.equal(formatPath(path as string[]), 'metadata.annotations["a.b/\\"c\\""]');
  });
});
