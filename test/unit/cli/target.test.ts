import * as assert from "node:assert/strict";
import { targetOf } from "../../../src/cli/target";

describe("where an instance is", () => {
  it("is said by the options, else by the environment, else it is toygres in the current context", () => {
    const env = { AKS_NAMESPACE: "shop", KUBERNETES_CONTEXT: "prod" };
    assert.deepEqual(targetOf({}, {}), { namespace: "toygres" });
    assert.deepEqual(targetOf({}, { AKS_NAMESPACE: "", KUBERNETES_CONTEXT: "" }), { namespace: "toygres" });
    assert.deepEqual(targetOf({}, env), { namespace: "shop", context: "prod" });
    assert.deepEqual(targetOf({ namespace: "a", context: "b" }, env), { namespace: "a", context: "b" });
  });
});
