import * as assert from "node:assert/strict";
import type { Manifest } from "../../../src/cnpg";
import { readKey, writeKeys } from "../../../src/operations/config-map";
import { kinds } from "../../../src/operations/kubernetes";
import { FakeApi } from "./fakes";

describe("JSON in a ConfigMap", () => {
  const where = { namespace: "shop", name: "orders-backups", labels: { a: "b" } };

  it("is written to one that is there or not, beside other keys", async () => {
    const api = new FakeApi();
    await writeKeys(api, where, { "one.json": { a: 1 } });
    await writeKeys(api, where, { "two.json": [2] });
    const map = await api.get<Manifest>(kinds.configMap, "shop", "orders-backups");
    assert.deepEqual(map?.metadata.labels, { a: "b" });
    assert.deepEqual(map?.data, { "one.json": '{"a":1}', "two.json": "[2]" });
    assert.deepEqual(await readKey(api, where, "one.json"), { a: 1 });
  });

  it("is nothing where there is none, or where it cannot be read", async () => {
    const api = new FakeApi();
    assert.equal(await readKey(api, where, "one.json"), undefined);
    const metadata = { name: where.name, namespace: where.namespace };
    api.add(kinds.configMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "one.json": "{" } });
    assert.equal(await readKey(api, where, "one.json"), undefined);
    assert.equal(await readKey(api, where, "two.json"), undefined);
  });
});
