import * as assert from "node:assert/strict";

import { diffConfiguration } from "../../../../embedded/providers/kubernetes/configuration-diff";
import { parseStream } from "../../../../embedded/providers/kubernetes/decode";
import { connect, readKubeconfig } from "../../../../embedded/providers/kubernetes/kubeconfig";
import { adoption, ownedOnlyByOthers } from "../../../../embedded/providers/kubernetes/field-managers";
import { readSettings } from "../../../../embedded/providers/kubernetes/settings";
import { Unknown } from "../../../../embedded/providers/protocol/property";

const kubeconfig = (server: string, user: object = { token: "t" }): string =>
  JSON.stringify({
    clusters: [
      { name: "c", cluster: { server, "certificate-authority-data": Buffer.from("CA").toString("base64") } },
      { name: "other", cluster: { server: "https://other" } },
    ],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "team" } }],
    "current-context": "x",
  });

describe("provider configuration", () => {
  it("replaces everything for another active cluster, and only then", () => {
    const olds = { kubeconfig: kubeconfig("https://a") };
    assert.deepEqual(diffConfiguration(olds, { kubeconfig: kubeconfig("https://b") }).replaces, [
      "kubeconfig",
    ]);
    const rotated = diffConfiguration(olds, { kubeconfig: kubeconfig("https://a", { token: "new" }) });
    assert.deepEqual([rotated.changes, rotated.replaces], [true, []]);
    assert.deepEqual(diffConfiguration(olds, { ...olds, cluster: "other" }).replaces, ["cluster"]);
    assert.equal(diffConfiguration(olds, olds).changes, false);
    assert.deepEqual(diffConfiguration(olds, { ...olds, enableSecretMutable: "true" }).replaces, []);
  });

  it("trusts an unchanged clusterIdentifier, also when the kubeconfig is unknown", () => {
    const olds = { kubeconfig: kubeconfig("https://a"), clusterIdentifier: "id" };
    assert.deepEqual(diffConfiguration(olds, { ...olds, kubeconfig: kubeconfig("https://b") }).replaces, []);
    assert.deepEqual(diffConfiguration(olds, { ...olds, kubeconfig: Unknown.instance }).replaces, []);
    assert.deepEqual(diffConfiguration(olds, { ...olds, clusterIdentifier: "new" }).replaces, [
      "clusterIdentifier",
    ]);
    assert.deepEqual(diffConfiguration({ kubeconfig: "" }, { kubeconfig: Unknown.instance }).replaces, [
      "kubeconfig",
    ]);
  });

  it("reads cluster, user and namespace of the chosen context", () => {
    const connection = connect(readKubeconfig(kubeconfig("https://a")), {});
    assert.deepEqual(connection, {
      server: "https://a",
      namespace: "team",
      insecure: false,
      ca: "CA",
      token: "t",
    });
    assert.equal(connect(readKubeconfig(kubeconfig("https://a")), { namespace: "given" }).namespace, "given");
    assert.throws(
      () => connect(readKubeconfig(kubeconfig("https://a")), { context: "none" }),
      /no context "none"/,
    );
    assert.throws(
      () => connect(readKubeconfig(kubeconfig("https://a", { exec: {} })), {}),
      /credentials from a program/,
    );
  });

  it("prefers arguments to environment variables", () => {
    const environment = { PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true" };
    assert.equal(readSettings(new Map(), environment).secretsMutable, true);
    assert.equal(
      readSettings(new Map([["kubernetes:config:enableSecretMutable", "false"]]), environment).secretsMutable,
      false,
    );
    assert.equal(readSettings(new Map(), {}).serverSideApply, true);
    assert.throws(
      () => readSettings(new Map([["kubernetes:config:renderYamlToDirectory", "out"]]), {}),
      /renderYamlToDirectory/,
    );
  });
});

describe("YAML as Kubernetes reads it", () => {
  it("knows the booleans and octal numbers of YAML 1.1, but neither its dates nor its base 60", () => {
    const [value] = parseStream(
      "a: on\nb: no\nc: 0644\nd: 2026-01-02\ne: 12:30:45\nf: &x {g: 1}\nh: {<<: *x, i: 2}\n",
    );
    assert.deepEqual(value, {
      a: true,
      b: false,
      c: 420,
      d: "2026-01-02",
      e: "12:30:45",
      f: { g: 1 },
      h: { g: 1, i: 2 },
    });
  });

  it("reads JSON, keeps the order of documents and reports nonsense", () => {
    assert.deepEqual(parseStream('{"a": 1}\n---\nb: 2\n'), [{ a: 1 }, { b: 2 }]);
    assert.throws(() => parseStream("a: [1"), /cannot be read/);
  });
});

describe("field managers", () => {
  const entry = (
    manager: string,
    operation: string,
    fieldsV1: object,
    more: object = {},
  ): Record<string, never> =>
    ({ manager, operation, apiVersion: "v1", fieldsV1, ...more }) as unknown as Record<string, never>;
  const object = (...managedFields: Record<string, never>[]): Record<string, never> =>
    ({ metadata: { resourceVersion: "7", managedFields } }) as unknown as Record<string, never>;

  it("hands the creation's fields to the resource's manager and leaves other owners and subresources alone", () => {
    const live = object(
      entry("pulumi-kubernetes", "Update", { "f:spec": { "f:a": {}, "f:b": {} } }),
      entry("ours", "Apply", { "f:spec": { "f:c": {} } }),
      entry("operator", "Update", { "f:spec": { "f:d": {} } }),
      entry("pulumi-kubernetes", "Update", { "f:status": {} }, { subresource: "status" }),
    );
    const [managers, version] = adoption(live, "ours") as [{ value: Record<string, unknown>[] }, object];
    assert.deepEqual(version, { op: "replace", path: "/metadata/resourceVersion", value: "7" });
    assert.deepEqual(
      managers.value.map(({ manager, operation, fieldsV1 }) => [manager, operation, fieldsV1]),
      [
        ["ours", "Apply", { "f:spec": { "f:a": {}, "f:b": {}, "f:c": {} } }],
        ["operator", "Update", { "f:spec": { "f:d": {} } }],
        ["pulumi-kubernetes", "Update", { "f:status": {} }],
      ],
    );
    assert.deepEqual(adoption(object(entry("ours", "Apply", {})), "ours"), []);
  });

  it("tells fields that only others own", () => {
    const live = object(
      entry("ours", "Apply", { "f:a": { "f:x": {} } }),
      entry("theirs", "Update", { "f:a": { "f:y": {} }, "f:b": {} }),
    );
    assert.equal(ownedOnlyByOthers(live, "ours", ["b"]), true);
    assert.equal(ownedOnlyByOthers(live, "ours", ["a"]), false);
    assert.equal(ownedOnlyByOthers(live, "ours", ["a", "y"]), true);
    assert.equal(ownedOnlyByOthers(live, "ours", ["c"]), false);
  });
});
