import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { cronJobManifest, jobManifest, jobName, jobsImage, type JobSpec } from "../../../src/jobs";

const spec: JobSpec = {
  name: "orders-check-01234567",
  namespace: "shop",
  operation: "connection-check",
  request: { host: "orders.shop.svc" },
  image: jobsImage,
  serviceAccountName: "orders-check",
  labels: { "cnpg.pulumi.com/instance": "orders" },
  activeDeadlineSeconds: 300,
  env: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "orders-connection", key: "password" } } }],
  volumes: [{ name: "ca", configMap: { name: "orders-ca" } }],
  volumeMounts: [{ name: "ca", mountPath: "/ca", readOnly: true }],
};

describe("jobManifest", () => {
  const job = jobManifest(spec);
  const pod = job.spec.template.spec;
  const [container] = pod.containers;

  it("names the Job and labels its pods", () => {
    assert.deepEqual(job.metadata, {
      name: spec.name,
      namespace: "shop",
      labels: spec.labels,
      annotations: { "pulumi.com/replaceUnready": "true" },
    });
    assert.deepEqual(job.spec.template.metadata.labels, spec.labels);
  });

  it("runs one operation with its request", () => {
    assert.deepEqual(container?.command, [
      "node",
      "/app/jobs.js",
      "connection-check",
      "--request",
      '{"host":"orders.shop.svc"}',
    ]);
    assert.equal(container?.image, "ghcr.io/pulumi-cnpg/jobs:0.1.0");
  });

  it("ends, and is not removed by a clock", () => {
    assert.equal(job.spec.activeDeadlineSeconds, 300);
    assert.equal(job.spec.backoffLimit, 2);
    assert.equal(jobManifest({ ...spec, backoffLimit: 0 }).spec.backoffLimit, 0);
    assert.equal(JSON.stringify(job).includes("ttlSecondsAfterFinished"), false);
  });

  it("passes the restricted pod security standard", () => {
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 26,
      runAsGroup: 26,
      fsGroup: 26,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(container?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.equal(pod.restartPolicy, "Never");
  });

  it("keeps /tmp writable and mounts what is asked for", () => {
    assert.deepEqual(pod.volumes, [
      { name: "tmp", emptyDir: {} },
      { name: "ca", configMap: { name: "orders-ca" } },
    ]);
    assert.deepEqual(container?.volumeMounts, [
      { name: "tmp", mountPath: "/tmp" },
      { name: "ca", mountPath: "/ca", readOnly: true },
    ]);
  });

  it("tells the operation which Job it runs in", () => {
    assert.deepEqual(
      container?.env.map(variable => variable.name),
      ["JOB_NAME", "JOB_UID", "POD_NAMESPACE", "PGPASSWORD"],
    );
  });

  it("leaves out what was not given", () => {
    assert.equal("imagePullPolicy" in (container ?? {}), false);
    assert.deepEqual(job.metadata.annotations, { "pulumi.com/replaceUnready": "true" });
    assert.equal(
      jobManifest({ ...spec, imagePullPolicy: "Never" }).spec.template.spec.containers[0]?.imagePullPolicy,
      "Never",
    );
  });
});

describe("cronJobManifest", () => {
  it("runs the same pods by the clock, one at a time", () => {
    const cron = cronJobManifest(spec, { schedule: "5 4 * * *" });
    assert.deepEqual(cron.spec.jobTemplate.spec, jobManifest(spec).spec);
    assert.equal(cron.spec.schedule, "5 4 * * *");
    assert.equal(cron.spec.concurrencyPolicy, "Forbid");
  });
});

describe("jobName", () => {
  const identity = { operation: "settle", request: { a: 1, b: [{ c: 2, d: 3 }] }, image: jobsImage };

  it("is the prefix and eight hexadecimal digits", () => {
    assert.match(jobName("orders-settle", identity), /^orders-settle-[0-9a-f]{8}$/);
  });

  it("does not depend on the order of members, or on members that are undefined", () => {
    const turned = {
      image: jobsImage,
      request: { b: [{ d: 3, c: 2 }], x: undefined, a: 1 },
      operation: "settle",
    };
    assert.equal(jobName("orders-settle", turned), jobName("orders-settle", identity));
  });

  it("changes with operation, request and image", () => {
    const names = [
      identity,
      { ...identity, operation: "other" },
      { ...identity, image: "other:1" },
      { ...identity, request: { a: 1, b: [{ c: 2, d: 4 }] } },
      { ...identity, request: { a: "1", b: [{ c: 2, d: 3 }] } },
    ].map(each => jobName("orders-settle", each));
    assert.equal(new Set(names).size, names.length);
  });

  it("is a name Kubernetes accepts, whatever the prefix's length", () => {
    const prefixes = fc.stringMatching(/^[a-z][a-z0-9-]{0,90}$/);
    fc.assert(
      fc.property(prefixes, fc.jsonValue(), (prefix, value) => {
        const name = jobName(prefix, { ...identity, request: { value } });
        assert.match(name, /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
    );
  });

  it("keeps prefixes apart that are cut to the same text", () => {
    const long = "a".repeat(70);
    assert.equal(jobName(long, identity).length, 63);
    assert.notEqual(jobName(`${long}b`, identity), jobName(`${long}c`, identity));
  });
});
