import * as assert from "node:assert/strict";
import fc from "fast-check";
import { kubernetesName, linkRole, ownInstanceName } from "../../../src/application/names";

describe("names of a database in Kubernetes", () => {
  it("are the database's with hyphens", () => {
    assert.equal(kubernetesName("shop"), "shop");
    assert.equal(kubernetesName("my_shop"), "my-shop");
    assert.equal(ownInstanceName("my_shop"), "postgres-my-shop");
    assert.equal(linkRole("my_shop", "web-app"), "my_shop_web_app");
  });

  it("are legal whatever the database is called", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 63, unit: "grapheme" }), name => {
        assert.match(kubernetesName(name), /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      }),
    );
  });

  it("differ where names differ in more than underscores and hyphens", () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" });
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a.replaceAll("_", "-") !== b.replaceAll("_", "-"));
        assert.notEqual(kubernetesName(a), kubernetesName(b));
      }),
    );
    assert.notEqual(kubernetesName("Shop"), kubernetesName("shop"));
    assert.notEqual(kubernetesName("a b"), kubernetesName("a-b"));
  });
});
