import * as assert from "node:assert/strict";
import { rotationDeadlineSeconds } from "../../../../src/application/rotation/request";
import { type RotatedObjects, rotationRights } from "../../../../src/application/rotation/rights";
import { credentialsChecksum, readRotated, readRunning } from "../../../../src/application/rotation/state";

const objects: RotatedObjects = {
  owner: { apiVersion: "v1", kind: "ServiceAccount", name: "web-rotate" },
  logins: [
    { role: "web_a", secret: "web-a", databaseRole: "orders-web-a" },
    { role: "web_b", secret: "web-b", databaseRole: "orders-web-b" },
  ],
  application: {
    ...{ namespace: "front", secret: "web-db", labels: {}, directory: "/d", sslMode: "verify-full" },
    owner: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
  },
  workloads: [
    { kind: "Deployment", name: "web" },
    { kind: "StatefulSet", name: "queue" },
    { kind: "Deployment", name: "worker" },
  ],
};

describe("rotationRights", () => {
  it("names everything that has a name before", () => {
    const { instance, application } = rotationRights(objects);
    assert.deepEqual(instance, [
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      { apiGroups: [""], resources: ["secrets"], verbs: ["get", "patch"], resourceNames: ["web-a", "web-b"] },
      {
        ...{ apiGroups: ["postgresql.cnpg.io"], resources: ["databaseroles"], verbs: ["get"] },
        resourceNames: ["orders-web-a", "orders-web-b"],
      },
      { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get"], resourceNames: ["web-rotate"] },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"] },
    ]);
    assert.deepEqual(application, [
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      { apiGroups: [""], resources: ["secrets"], verbs: ["get", "patch"], resourceNames: ["web-db"] },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"], resourceNames: ["web"] },
      {
        apiGroups: ["apps"],
        resources: ["deployments"],
        verbs: ["get", "patch"],
        resourceNames: ["web", "worker"],
      },
      { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["get", "patch"], resourceNames: ["queue"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    ]);
  });

  it("lists no pods where nothing is made anew", () => {
    const { application } = rotationRights({ ...objects, workloads: [] });
    assert.ok(!application.some(({ resources }) => resources.includes("pods")));
  });
});

describe("rotationDeadlineSeconds", () => {
  it("has room for one that broke off and one anew", () => {
    const of = { workloads: objects.workloads, gracePeriodSeconds: 120, timeoutSeconds: 300 };
    assert.equal(rotationDeadlineSeconds(of), 2 * (6 * 300 + 120));
  });
});

describe("what a Secret says of its rotation", () => {
  it("is read, and nothing where somebody else wrote", () => {
    const rotated = { at: "2026-01-01T00:00:00Z", login: "web_a", by: "uid" };
    const running = { job: "a", uid: "b", since: "2026-01-01T00:00:00Z", retire: "web_b" };
    const annotations = {
      "cnpg.pulumi.com/rotated": JSON.stringify(rotated),
      "cnpg.pulumi.com/rotation": JSON.stringify(running),
    };
    assert.deepEqual(readRotated(annotations), rotated);
    assert.deepEqual(readRunning(annotations), running);
    for (const text of ["", "null", "7", "{}", '{"at":1,"job":"a"}', "{"]) {
      const wrong = { "cnpg.pulumi.com/rotated": text, "cnpg.pulumi.com/rotation": text };
      assert.equal(readRotated(wrong), undefined, text);
      assert.equal(readRunning(wrong), undefined, text);
    }
    assert.equal(readRunning(undefined), undefined);
  });

  it("is another text on pods for every rotation", () => {
    const first = credentialsChecksum({ at: "2026-01-01T00:00:00Z", login: "web_a" });
    assert.match(first, /^[0-9a-f]{16}$/);
    assert.notEqual(first, credentialsChecksum({ at: "2026-01-01T00:00:01Z", login: "web_a" }));
    assert.notEqual(first, credentialsChecksum({ at: "2026-01-01T00:00:00Z", login: "web_b" }));
  });
});
