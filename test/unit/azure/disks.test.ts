import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError } from "../../../src/argument-error";
import { AzureStorageClasses, type AzureDiskArgs, DiskIntent, DiskKind } from "../../../src/azure/disks";
import {
  mostIops,
  mostThroughput,
  premiumTierOf,
  premiumV2,
  speedFor,
} from "../../../src/azure/disks/limits";
import { storageClass } from "../../../src/azure/disks/render";
import { classesProblems, classesWarnings } from "../../../src/azure/disks/validate";
import { promiseOf, startMocks } from "../mocks";

function problems(...classes: AzureDiskArgs[]): string[] {
  return classesProblems("disks", { classes }).map(({ argument, remedy }) => `${argument}: ${remedy}`);
}

describe("disks of Azure", () => {
  it("every intent at every size stays within Azure's limits, and is accepted as explicit arguments", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(DiskIntent)),
        fc.integer({ min: 1, max: premiumV2.sizeGib.most }),
        (intent, size) => {
          const { iops, throughput } = speedFor(intent, size);
          assert.ok(iops >= 3000 && iops <= mostIops(size), `${iops}`);
          assert.ok(throughput >= 125 && throughput <= mostThroughput(iops), `${throughput}`);
          const disk = { name: "a", kind: DiskKind.PremiumV2, size: `${size}Gi`, iops, throughput };
          assert.deepEqual(problems(disk), []);
        },
      ),
    );
  });

  it("more is never slower", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(DiskIntent)),
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 1, max: 5000 }),
        (intent, size, more) => {
          const [small, large] = [speedFor(intent, size), speedFor(intent, size + more)];
          assert.ok(large.iops >= small.iops && large.throughput >= small.throughput);
        },
      ),
    );
  });

  it("what is asked for beyond the limits names the nearest", () => {
    const disk = { name: "a", kind: DiskKind.PremiumV2, size: "10Gi" };
    assert.deepEqual(problems({ ...disk, iops: 9000 }), ["classes[0].iops: Nearest is 5000."]);
    assert.deepEqual(problems({ ...disk, iops: 4000, throughput: 2000 }), [
      "classes[0].throughput: Nearest is 1000.",
    ]);
    assert.deepEqual(problems({ ...disk, size: "70Ti" }), ['classes[0].size: Nearest is "65536Gi".']);
    assert.deepEqual(problems({ ...disk, kind: DiskKind.Premium, iops: 5000 }), [
      'classes[0].iops: Set kind: "premiumV2", or leave it out.',
    ]);
    assert.deepEqual(problems(disk, disk), ["classes[1].name: Choose another."]);
    const tags = classesProblems("disks", { classes: [disk], tags: { team: "shop,billing" } });
    assert.equal(tags[0]?.argument, "tags.team");
  });

  it("local disks need consent, and are warned of", () => {
    const local = { name: "fast", kind: DiskKind.LocalNvme };
    assert.match(problems(local)[0] ?? "", /acceptDataLoss: "fast"/);
    const accepted = { ...local, acceptDataLoss: "fast" };
    assert.deepEqual(problems(accepted), []);
    assert.match(classesWarnings({ classes: [accepted] })[0] ?? "", /takes its instance's data with it/);
    assert.equal(storageClass(accepted, {}).provisioner, "localdisk.csi.acstor.io");
  });

  it("Premium SSD is as fast as its size, which a small one is warned of", () => {
    assert.equal(premiumTierOf(64)?.name, "P6");
    assert.equal(premiumTierOf(65)?.name, "P10");
    assert.equal(premiumTierOf(40_000), undefined);
    assert.match(
      classesWarnings({ classes: [{ name: "a", kind: DiskKind.Premium }] })[0] ?? "",
      /P3 with 120/,
    );
  });

  for (const preview of [true, false])
    it(`makes the classes, ${preview ? "at preview" : "at update"}`, async () => {
      const recorder = await startMocks({ preview });
      const disks = new AzureStorageClasses("disks", {
        classes: [
          { name: "postgres", kind: DiskKind.PremiumV2, size: "64Gi", intent: DiskIntent.Transactions },
        ],
        snapshots: {},
      });
      await recorder.settled();
      const { inputs, parent, deleteBeforeReplace } = recorder.named("disks-postgres");
      assert.equal(parent, recorder.named("disks").urn);
      assert.equal(deleteBeforeReplace, true);
      assert.deepEqual(inputs.parameters, {
        skuName: "PremiumV2_LRS",
        cachingMode: "None",
        DiskIOPSReadWrite: "6400",
        DiskMBpsReadWrite: "125",
        networkAccessPolicy: "DenyAll",
        publicNetworkAccess: "Disabled",
        tags: "managed-by=pulumi-cnpg,component=AzureStorageClasses",
      });
      assert.equal(inputs.volumeBindingMode, "WaitForFirstConsumer");
      assert.equal(inputs.allowVolumeExpansion, true);
      assert.deepEqual(recorder.named("disks-snapshots").inputs.parameters, { incremental: "true" });
      assert.deepEqual(await promiseOf(disks.classNames), ["postgres"]);
      assert.deepEqual(disks.storage("postgres", "64Gi"), { size: "64Gi", storageClass: "postgres" });
      assert.throws(() => disks.storage("postgers", "64Gi"), /nearest is "postgres"/);
      assert.throws(() => disks.storage("postgres", "10Gi"), ArgumentError);
    });
});
