import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Manifest } from "../../../src/cnpg";
import { admissionGate, isDefaulted } from "../../../src/operations/admission-gate";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { findOtherOperator, operatorPreflight } from "../../../src/operations/operator-preflight";
import { validateManifest } from "../schemas";
import { context, FakeApi } from "./fakes";

const defaulted = (object: Manifest): Manifest => ({
  ...object,
  spec: { ...(object.spec as object), bootstrap: { initdb: { database: "app" } } },
});

describe("admission-gate", () => {
  it("asks until three answers in a row are completed by the webhook, and leaves nothing", async () => {
    const surroundings = context();
    const answers = ["refused", "raw", "good", "raw", "good", "good", "good"];
    surroundings.api.onCreate = (object, dryRun) => {
      assert.equal(dryRun, true);
      assert.deepEqual(validateManifest(object), []);
      const answer = answers.shift();
      if (answer === "refused") throw new ApiError("create clusters", 500, "failed calling webhook");
      return answer === "raw" ? object : defaulted(object);
    };
    await admissionGate.run({ namespace: "cnpg-system", timeoutSeconds: 60 }, surroundings);
    assert.deepEqual(answers, []);
    assert.equal(surroundings.api.objects.size, 0);
    assert.ok(surroundings.said.some(sentence => sentence.includes("failed calling webhook")));
    assert.equal(surroundings.said.at(-1), "The admission webhook answers.");
  });

  it("gives up with the last answer", async () => {
    const surroundings = context();
    await assert.rejects(
      admissionGate.run({ namespace: "cnpg-system", timeoutSeconds: 5 }, surroundings),
      /gave up after 5 s, still waiting: the API server accepts Clusters, but no webhook completes them yet/,
    );
  });

  it("is not satisfied by the schema's own defaults", () => {
    const object = {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: {},
      spec: { enablePDB: true, instances: 1 },
    };
    assert.equal(isDefaulted(object), false);
    assert.equal(isDefaulted(defaulted(object)), true);
  });
});

function operator(
  namespace: string,
  name = "cnpg-controller-manager",
  more: Partial<Manifest["metadata"]> = {},
): Manifest {
  const labels = { "app.kubernetes.io/name": "cloudnative-pg" };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace, name, labels, ...more } };
}

describe("operator-preflight", () => {
  const request = { namespace: "cnpg-system", allow: [] as string[] };

  it("accepts our own namespace, and operators that are allowed or going", () => {
    assert.equal(findOtherOperator([], request), undefined);
    assert.equal(findOtherOperator([operator("cnpg-system")], request), undefined);
    assert.equal(findOtherOperator([operator("other")], { ...request, allow: ["other"] }), undefined);
    assert.equal(findOtherOperator([operator("other", "x")], { ...request, allow: ["other/x"] }), undefined);
    assert.equal(
      findOtherOperator([operator("other", "x", { deletionTimestamp: "2026-01-01T00:00:00Z" })], request),
      undefined,
    );
    assert.equal(findOtherOperator([operator("other", "x", { labels: {} })], request), undefined);
  });

  it("finds an operator exactly when one is in a namespace that is neither ours nor allowed", () => {
    const namespaces = fc.constantFrom("cnpg-system", "a", "b", "c");
    fc.assert(
      fc.property(fc.array(namespaces), fc.subarray(["a", "b", "c"]), (found, allow) => {
        const foreign = found
          .filter(namespace => namespace !== "cnpg-system" && !allow.includes(namespace))
          .sort();
        const expected = foreign.length === 0 ? undefined : `${foreign[0]}/cnpg-controller-manager`;
        assert.equal(
          findOtherOperator(
            found.map(namespace => operator(namespace)),
            { ...request, allow },
          ),
          expected,
        );
      }),
    );
  });

  it("fails with the Deployment's name", async () => {
    const api = new FakeApi();
    api.add(kinds.deployment, operator("postgres-operator", "release-cloudnative-pg"));
    await assert.rejects(
      operatorPreflight.run(request, context(api)),
      /Deployment postgres-operator\/release-cloudnative-pg\. One cluster has one operator/,
    );
    const allowed = context(api);
    await operatorPreflight.run({ ...request, allow: ["postgres-operator"] }, allowed);
    assert.deepEqual(allowed.said, ["No other CloudNativePG operator is in the cluster."]);
  });
});
