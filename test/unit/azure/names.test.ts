import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { azureCloudOf } from "../../../src/azure-cloud";
import { azureNames, nameProblem, nearestName } from "../../../src/azure/names";
import { regionOf, regions, zonesOf } from "../../../src/azure/regions";
import { parseVmSize, vmSizeProblem } from "../../../src/azure/vm-size";

describe("names of Azure", () => {
  for (const [kind, rule] of Object.entries(azureNames)) {
    it(`${kind}: the nearest name is one, and what is one is not changed`, () => {
      fc.assert(
        fc.property(
          fc.oneof(fc.string({ maxLength: 150 }), fc.string({ unit: fc.constantFrom(..."aZ9-_.()é ") })),
          text => {
            const near = nearestName(text, rule);
            if (near !== undefined) assert.equal(nameProblem(near, rule), undefined);
            if (rule.form.test(text) && /[A-Za-z0-9]$/.test(text) && /^[A-Za-z0-9]/.test(text))
              assert.equal(near, text);
          },
        ),
      );
    });

    it(`${kind}: neither shorter nor longer than Azure takes`, () => {
      assert.equal(nameProblem("a".repeat(rule.shortest), rule), undefined);
      assert.equal(nameProblem("a".repeat(rule.longest), rule), undefined);
      assert.ok(nameProblem("a".repeat(rule.longest + 1), rule));
      assert.ok(nameProblem("a".repeat(rule.shortest - 1), rule));
    });
  }

  it("says what is allowed and what is nearest", () => {
    assert.deepEqual(nameProblem("Shop-Backups", azureNames.storageAccount), [
      "is not the name of a storage account.",
      'Use 3 to 24 lower case letters and digits; it must be free in all of Azure; nearest is "shopbackups".',
    ]);
  });
});

describe("regions of Azure", () => {
  it("have zones or not, and belong to a cloud", () => {
    assert.deepEqual(zonesOf("westeurope", undefined), ["1", "2", "3"]);
    assert.deepEqual(zonesOf("westus", undefined), []);
    assert.equal(regionOf("italynorth").paired, false);
    assert.equal(azureCloudOf("usgovvirginia").publicAddressDomain, "cloudapp.usgovcloudapi.net");
    assert.equal(azureCloudOf("chinanorth3").blobDomain, "blob.core.chinacloudapi.cn");
    for (const region of Object.keys(regions)) assert.match(region, /^[a-z]+\d?$/);
  });
});

describe("sizes of virtual machines", () => {
  it("are read by their names", () => {
    assert.deepEqual(parseVmSize("Standard_D4ds_v5"), {
      family: "D",
      vCpus: 4,
      premiumStorage: true,
      localDisk: true,
    });
    assert.equal(parseVmSize("Standard_L8s_v3")?.localDisk, true);
    assert.equal(parseVmSize("Standard_DS3_v2")?.premiumStorage, true);
    assert.equal(parseVmSize("Standard_E8-2s_v5")?.vCpus, 8);
    assert.equal(parseVmSize("D4s_v5"), undefined);
  });

  it("without premium storage name the one with it", () => {
    assert.deepEqual(vmSizeProblem("Standard_D4_v5", 2)?.[1], 'Nearest is "Standard_D4s_v5".');
    assert.match(vmSizeProblem("Standard_B1s", 2)?.[0] ?? "", /1 vCPU/);
    assert.equal(vmSizeProblem("Standard_D4ds_v5", 2), undefined);
  });
});
