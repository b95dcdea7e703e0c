import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { InstanceIdentity, type InstanceIdentityArgs } from "../../../src/azure/identity";
import { accountsOf, maxCredentials, subjectsOf } from "../../../src/azure/identity/subjects";
import { identityProblems } from "../../../src/azure/identity/validate";
import { promiseOf } from "../mocks";
import { startAzureMocks, tenant } from "./azure";

const platform = {
  location: "westeurope",
  resourceGroupName: "shop",
  oidcIssuerUrl: "https://issuer.example/a/",
};
const west = { ...platform, oidcIssuerUrl: "https://issuer.example/b/" };

function problems(args: Partial<InstanceIdentityArgs>): string[] {
  return identityProblems("orders", { platform, instances: [], ...args }).map(
    ({ argument, problem, remedy }) => `${argument} ${problem} ${remedy}`,
  );
}

describe("identity of instances", () => {
  it("is given to ServiceAccounts whose names carry no generation", () => {
    fc.assert(
      fc.property(fc.record({ schedule: fc.boolean(), drills: fc.boolean(), dumps: fc.boolean() }), uses => {
        const accounts = accountsOf({ name: "orders", ...uses });
        assert.equal(accounts[0], "orders");
        assert.equal(new Set(accounts).size, accounts.length);
        for (const account of accounts) assert.doesNotMatch(account, /-g\d/);
      }),
    );
    assert.deepEqual(accountsOf({ name: "west", readOnly: true }), ["west"]);
  });

  it("counts credentials at preview: at most twenty are accepted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.boolean(), (count, dumps) => {
        const instances = Array.from({ length: count }, (_, i) => ({ name: `orders${i}`, dumps }));
        const needed = subjectsOf({ platform, instances }).length;
        assert.equal(problems({ instances }).length > 0, needed > maxCredentials);
      }),
    );
    const five = ["a", "b", "c", "d", "e"].map(name => ({ name }));
    assert.match(
      problems({ instances: five })[0] ?? "",
      /need 25 federated credentials \(a 5, b 5, .*Make 2 or more identities/,
    );
  });

  it("refuses generations, and two credentials for the same subject", () => {
    assert.match(problems({ instances: [{ name: "orders-g2" }] })[0] ?? "", /Nearest is "orders"/);
    assert.match(problems({ instances: [{ name: "orders" }, { name: "orders" }] })[0] ?? "", /twice/);
    assert.deepEqual(problems({ instances: [{ name: "orders" }, { name: "orders", platform: west }] }), []);
    assert.match(problems({})[0] ?? "", /is empty/);
    assert.match(problems({ name: "-", instances: [{ name: "orders" }] })[0] ?? "", /user-assigned identity/);
  });

  for (const preview of [true, false])
    it(`makes one credential after the other, ${preview ? "at preview" : "at update"}`, async () => {
      const recorder = await startAzureMocks({ preview });
      const identity = new InstanceIdentity("orders", {
        platform,
        namespace: "shop",
        instances: [{ name: "orders" }, { name: "orders-west", platform: west, readOnly: true }],
        tags: { team: "shop" },
      });
      await recorder.settled();
      const made = recorder.named("orders-identity");
      assert.equal(made.parent, recorder.named("orders").urn);
      assert.deepEqual(made.inputs.tags, {
        "managed-by": "pulumi-cnpg",
        component: "InstanceIdentity",
        team: "shop",
      });
      const credentials = recorder.ofType("managedidentity:FederatedIdentityCredential");
      assert.deepEqual(
        credentials.map(({ inputs }) => [inputs.subject, inputs.issuer]),
        [
          ...["orders", "orders-archive", "orders-final-backup", "orders-backups", "orders-drills"].map(
            name => [`system:serviceaccount:shop:${name}`, platform.oidcIssuerUrl],
          ),
          ["system:serviceaccount:shop:orders-west", west.oidcIssuerUrl],
        ],
      );
      for (const [index, credential] of credentials.entries()) {
        const before = credentials[index - 1];
        if (before !== undefined) assert.ok(recorder.waitsFor(credential, before));
        assert.ok(recorder.waitsFor(credential, made));
      }
      assert.equal(
        new Set(credentials.map(({ inputs }) => inputs.federatedIdentityCredentialResourceName)).size,
        6,
      );
      if (!preview) assert.equal(await promiseOf(identity.reference.tenantId as never), tenant);
    });
});
