import * as assert from "node:assert/strict";
import { azureExposure, publicDnsName } from "../../../src/azure/exposure";
import { exposureProblems } from "../../../src/azure/exposure/exposure";
import { PostgresInstance } from "../../../src/instance";
import { validateInstance } from "../../../src/instance/validate";
import { startMocks } from "../mocks";

const location = "westeurope";
const subscription = "00000000-0000-0000-0000-00000000000a";

describe("exposure on Azure", () => {
  it("is what an instance takes", () => {
    const cases = [
      azureExposure({ location }),
      azureExposure({ location, public: true, dnsLabel: "shop-orders", sourceRanges: ["203.0.113.0/24"] }),
      azureExposure({
        location,
        sourceRanges: ["10.0.0.0/8"],
        privateLink: { name: "orders", subscriptions: [subscription], approved: [subscription] },
      }),
    ];
    for (const exposure of cases) assert.doesNotThrow(() => validateInstance("orders", { exposure }));
    assert.equal(cases[0]?.internal, true);
    assert.deepEqual(cases[2]?.sourceRanges, ["10.0.0.0/8", "10.224.17.0/24"]);
    assert.equal(cases[2]?.annotations?.["service.beta.kubernetes.io/azure-pls-proxy-protocol"], "false");
  });

  it("nothing public without ranges, and no range of every address", () => {
    const found = (args: object): string[] =>
      exposureProblems({ location, ...args }).map(({ argument }) => argument);
    assert.deepEqual(found({ public: true }), ["sourceRanges"]);
    assert.deepEqual(found({ public: true, sourceRanges: ["0.0.0.0/0"] }), ["sourceRanges[0]"]);
    assert.deepEqual(found({ dnsLabel: "orders" }), ["dnsLabel"]);
    assert.deepEqual(found({ idleTimeoutMinutes: 3 }), ["idleTimeoutMinutes"]);
    const link = { name: "orders", subscriptions: [subscription] };
    assert.deepEqual(found({ public: true, sourceRanges: ["203.0.113.0/24"], privateLink: link }), [
      "privateLink",
    ]);
    assert.deepEqual(found({ privateLink: { ...link, subscriptions: ["*"] } }), [
      "privateLink.subscriptions[0]",
    ]);
    assert.match(
      exposureProblems({ location, public: true, sourceRanges: ["10.0.0.0/8"], dnsLabel: "Shop Orders" })[0]
        ?.remedy ?? "",
      /nearest is "shop-orders"/,
    );
  });

  it("names have the domain of their cloud, in the certificate too", async () => {
    assert.equal(publicDnsName("shop", "usgovvirginia"), "shop.usgovvirginia.cloudapp.usgovcloudapi.net");
    const recorder = await startMocks();
    const exposure = azureExposure({
      location: "chinanorth3",
      public: true,
      dnsLabel: "shop",
      sourceRanges: ["203.0.113.0/24"],
    });
    new PostgresInstance("orders", { exposure });
    await recorder.settled();
    assert.match(JSON.stringify(recorder.resources), /shop\.chinanorth3\.cloudapp\.chinacloudapi\.cn/);
  });
});
