import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { volumeSnapshotProblems } from "../../../src/instance/checks/volume-snapshots";
import type { VolumeSnapshotArgs } from "../../../src/instance/volume-snapshot-args";
import { volumeSnapshotSpec } from "../../../src/instance/volume-snapshots";
import { validateManifest } from "../schemas";

/** What is reported of the arguments, as `path: problem`. */
function problems(args: VolumeSnapshotArgs | undefined, walVolume = true): string[] {
  const found: string[] = [];
  volumeSnapshotProblems("backup.snapshots", args, walVolume, (path, value, problem, remedy) => {
    assert.ok(remedy, "a problem has a remedy");
    found.push(`${path} ${JSON.stringify(value)} ${problem}`);
  });
  return found;
}

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
const className = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join("."));
const anyArgs = fc.record(
  { class: className, walClass: className, online: fc.boolean() },
  { requiredKeys: [] },
);

describe("instance/volume-snapshots", () => {
  it("are made while PostgreSQL runs, of the default class, and outlive what they were made of", () => {
    const spec = JSON.parse(JSON.stringify(volumeSnapshotSpec({}))) as object;
    assert.deepEqual(spec, {
      online: true,
      onlineConfiguration: { immediateCheckpoint: true, waitForArchive: true },
      snapshotOwnerReference: "none",
    });
  });

  it("take every argument into the specification, which the CRD accepts", () => {
    fc.assert(
      fc.property(anyArgs, args => {
        const volumeSnapshot = volumeSnapshotSpec(args);
        assert.equal(volumeSnapshot.className, args.class);
        assert.equal(volumeSnapshot.walClassName, args.walClass);
        assert.equal(volumeSnapshot.online, args.online ?? true);
        const manifest = {
          apiVersion: "postgresql.cnpg.io/v1",
          kind: "Cluster",
          metadata: { name: "orders-g1" },
          spec: { instances: 1, backup: { volumeSnapshot } },
        };
        assert.deepEqual(validateManifest(manifest), []);
      }),
    );
  });

  it("accept every name of a class", () => {
    assert.deepEqual(problems(undefined), []);
    fc.assert(fc.property(anyArgs, args => problems(args).length === 0));
  });

  it("refuse what cannot be the name of a class", () => {
    for (const name of ["", "Embedded", "-a", "a-", "a..b", "a_b", "a/b", "a b", "x".repeat(254)]) {
      assert.deepEqual(problems({ class: name }), [
        `backup.snapshots.class ${JSON.stringify(name)} is not the name of a VolumeSnapshotClass.`,
      ]);
      assert.equal(problems({ walClass: name }).length, 1);
    }
  });

  it("refuse a class for WAL that has no volume of its own", () => {
    assert.deepEqual(problems({ walClass: "fast" }, false), [
      'backup.snapshots.walClass "fast" has no volume to make snapshots of: WAL is on the data volume.',
    ]);
  });
});
