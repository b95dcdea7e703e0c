import * as assert from "node:assert/strict";
import { instanceLabels, ownAnnotations } from "../../../src/cnpg/metadata";
import type { Manifest } from "../../../src/cnpg/object";
import { listDumpsOperation } from "../../../src/operations/dumps";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { restoreDumpOperation } from "../../../src/operations/restore-dump";
import { dumpsOf, startDump, startDumpRestore } from "../../../src/operations/start-dump";
import { context, FakeApi } from "./fakes";

function cronJob(name: string, operation: string): Manifest {
  const request = JSON.stringify({ namespace: "shop", instance: "orders", store: "backups", databases: [] });
  const command = ["node", "/app/jobs.js", operation, "--request", request];
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace: "shop", uid: name, labels: instanceLabels("orders") },
    spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: operation, command }] } } } } },
  };
}

/** A cluster in which every Job succeeds at once, and what it was asked for. */
function cluster(...jobs: Manifest[]): { api: FakeApi; asked: string[][] } {
  const api = new FakeApi();
  const asked: string[][] = [];
  for (const job of jobs) api.add(kinds.cronJob, job);
  api.onCreate = object => {
    const template = (object.spec as { template: { spec: { containers: { command: string[] }[] } } })
      .template;
    const command = template.spec.containers[0]?.command ?? [];
    asked.push([command[2] ?? "", command.at(-1) ?? ""]);
    return {
      ...object,
      metadata: { ...object.metadata, name: "job", annotations: { [ownAnnotations.result]: '{"dumps":[]}' } },
      status: { conditions: [{ type: "Complete", status: "True" }] },
    };
  };
  const { create } = api;
  // The server names the Job.
  api.create = async (kind, object, options) => {
    const made = await create.call(api, kind, object, options);
    api.add(kind, made);
    return made as never;
  };
  return { api, asked };
}

const nightly = cronJob("orders-dump-nightly", "dump");
const share = cronJob("orders-dump-share", "dump");
const restore = cronJob("orders-dump-restore", "restore-dump");
const of = { namespace: "shop", instance: "orders" };

describe("dumps on demand", () => {
  it("are made from the only entry, or the one that is named", async () => {
    const one = cluster(nightly, restore);
    await startDump({ ...of, databases: ["app"], label: "before" }, context(one.api));
    const [operation, request] = one.asked[0] ?? [];
    assert.equal(operation, "dump");
    const { databases, label, store } = JSON.parse(request ?? "") as Record<string, unknown>;
    assert.deepEqual([databases, label, store], [["app"], "before", "backups"]);
    const two = cluster(nightly, share, restore);
    await startDump({ ...of, entry: "share" }, context(two.api));
    assert.equal(two.asked.length, 1);
  });

  it("name the entries there are when it is not clear which one is meant", async () => {
    const { api, asked } = cluster(nightly, share, restore);
    await assert.rejects(startDump(of, context(api)), /several dumps: name one of nightly, share\./);
    await assert.rejects(
      startDump({ ...of, entry: "weekly" }, context(api)),
      /no dumps "weekly". It has nightly, share\./,
    );
    await assert.rejects(
      startDump(of, context(cluster(restore).api)),
      /takes no dumps\. Give its BackupSchedule dumps/,
    );
    assert.deepEqual(asked, []);
  });

  it("are listed and restored by the account that may do it", async () => {
    const { api, asked } = cluster(nightly, restore);
    await dumpsOf(of, context(api));
    await startDumpRestore({ ...of, database: "app", into: "copy", create: true }, context(api));
    assert.deepEqual(
      asked.map(([operation]) => operation),
      ["list-dumps", "restore-dump"],
    );
    assert.deepEqual(
      (({ database, into, create }) => [database, into, create])(
        JSON.parse(asked[1]?.[1] ?? "") as Record<string, unknown>,
      ),
      ["app", "copy", true],
    );
  });
});

describe("requests of the operations of dumps", () => {
  const whole = { ...of, host: "orders", port: 5432, caFile: "/ca", database: "app" };

  it("are read with their defaults", () => {
    const { create, privileges, jobs, directories } = restoreDumpOperation.read(new RequestReader(whole));
    assert.deepEqual([create, privileges, jobs, directories], [false, true, 1, {}]);
    assert.deepEqual(listDumpsOperation.read(new RequestReader(of)), { ...of, directories: {} });
  });

  it("name what is missing", () => {
    assert.throws(() => restoreDumpOperation.read(new RequestReader(of)), /request: host is missing/);
    assert.throws(
      () => restoreDumpOperation.read(new RequestReader({ ...whole, database: undefined })),
      /request: database is missing/,
    );
  });
});
