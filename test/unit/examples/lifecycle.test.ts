import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { program } from "../../../examples/lifecycle";
import { promiseOf, startMocks } from "../mocks";

for (const preview of [true, false]) {
  describe(`examples, ${preview ? "at preview" : "at update"}`, () => {
    it("lifecycle: one instance whose data goes with it", async () => {
      const recorder = await startMocks({ preview });
      const outputs = program();
      await recorder.settled();
      assert.equal(await promiseOf(outputs.host as pulumi.Output<string>), "orders.default.svc");
      assert.ok(recorder.childrenOf(recorder.named("orders")).every(child => !recorder.isRetained(child)));
      assert.ok(recorder.find("orders-g1-database"));
    });
  });
}
