import * as assert from "node:assert/strict";
import { CnpgOperator } from "../../src";
import { harness, type RunFailure } from "./harness";

describe("a second operator", function () {
  this.timeout(5 * 60_000);
  const bench = harness();

  it("in the cluster is refused by its first Job, with the reason, and changes nothing of the whole cluster", async () => {
    const webhooks = async (): Promise<string> =>
      bench.kubectl(
        "get",
        "mutatingwebhookconfigurations,validatingwebhookconfigurations",
        "-o",
        "jsonpath={.items[*].metadata.uid}",
      );
    const before = await webhooks();
    const stack = await bench.stackFor("second-operator", async namespace => {
      const { CNPG_OPERATOR_MANIFEST: operator, CNPG_PLUGIN_MANIFEST: plugin } = process.env;
      new CnpgOperator("second", { namespace, createNamespace: false, manifest: { operator, plugin } });
    });
    await assert.rejects(
      stack.up(),
      (error: RunFailure) => /cnpg-system\/cnpg-controller-manager/.test(error.log) || assert.fail(error.log),
    );
    assert.equal(await webhooks(), before);
  });

  it("in the same program is refused at preview", async () => {
    const stack = await bench.stackFor("two-operators", async () => {
      new CnpgOperator("first", { plugin: { enabled: false } });
      new CnpgOperator("second", { namespace: "elsewhere", plugin: { enabled: false } });
    });
    await assert.rejects(
      stack.preview(),
      (error: RunFailure) => /"second"/.test(error.log) || assert.fail(error.log),
    );
  });
});
