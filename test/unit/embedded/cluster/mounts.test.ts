import * as assert from "node:assert/strict";
import { loopDevices, mountPoints } from "../../../../embedded/cluster/mounts";

describe("embedded/cluster/mounts", () => {
  it("reads mount points with blanks in them", () => {
    const text =
      "22 1 254:0 / / rw - ext4 /dev/vda rw\n30 22 0:5 / /a\\040b/c rw shared:1 - tmpfs tmpfs rw\n";
    assert.deepEqual(mountPoints(text), ["/", "/a b/c"]);
  });

  it("finds the folder's devices, deleted files included, and no others", () => {
    const list = JSON.stringify({
      loopdevices: [
        { name: "/dev/loop0", "back-file": "/state/volumes/a.xfs" },
        { name: "/dev/loop1", "back-file": "/state/volumes/b.xfs (deleted)" },
        { name: "/dev/loop2", "back-file": "/state/volumes-of-others/c.xfs" },
        { name: "/dev/loop3", "back-file": null },
      ],
    });
    assert.deepEqual(
      loopDevices(list, "/state/volumes").map(device => device.name),
      ["/dev/loop0", "/dev/loop1"],
    );
  });

  it("takes no output for no devices", () => {
    assert.deepEqual(loopDevices("", "/state/volumes"), []);
  });
});
