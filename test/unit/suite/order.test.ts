import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { projectDir } from "../../../embedded/paths";
import { type Durations, inOrder, overlapped } from "../../suite/order";
import { specFile } from "../../suite/spec-file";

const file = (name: string): { name: string; alone: boolean } => specFile(`/dist/test/e2e/${name}.js`);
const names = (files: readonly { name: string }[]): string[] => files.map(({ name }) => name);

describe("the order of spec files", () => {
  it("begins with the longest, and ends with those that run alone", () => {
    const files = ["short.spec", "gaps.alone.spec", "long.spec", "middle.spec"].map(file);
    const durations = { "long.spec": 300, "middle.spec": 120, "short.spec": 20, "gaps.alone.spec": 400 };
    const { overlapping, alone } = inOrder(files, durations);
    assert.deepEqual(names(overlapping), ["long.spec", "middle.spec", "short.spec"]);
    assert.deepEqual(names(alone), ["gaps.alone.spec"]);
  });

  it("takes a file of which nothing is known for the longest", () => {
    const files = ["known.spec", "new.spec"].map(file);
    assert.deepEqual(names(inOrder(files, { "known.spec": 3000 }).overlapping), ["new.spec", "known.spec"]);
  });

  it("has every file once, whatever is known of them", () => {
    const some = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}(\.alone)?\.spec$/));
    const known = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}\.spec$/), fc.nat(5000));
    fc.assert(
      fc.property(some, known, (list, durations) => {
        const { overlapping, alone } = inOrder(list.map(file), durations);
        assert.deepEqual(names([...overlapping, ...alone]).sort(), [...list].sort());
        assert.ok(overlapping.every(one => !one.alone) && alone.every(one => one.alone));
      }),
    );
  });

  it("is told by files that exist", () => {
    const folder = join(projectDir(), "test", "e2e");
    const durations = JSON.parse(readFileSync(join(folder, "durations.json"), "utf8")) as Durations;
    const gone = Object.keys(durations).filter(name => !existsSync(join(folder, `${name}.ts`)));
    assert.deepEqual(gone, []);
  });
});

describe("pieces of work that overlap", () => {
  it("begin in their order, as many at once as there are places, and all of them end", async () => {
    const begun: number[] = [];
    let [now, most] = [0, 0];
    const ends: (() => void)[] = [];
    const all = overlapped([1, 2, 3, 4, 5], 2, async piece => {
      begun.push(piece);
      most = Math.max(most, ++now);
      await new Promise<void>(resolve => ends.push(resolve));
      now -= 1;
    });
    assert.deepEqual(begun, [1, 2]);
    // The second place is free first, and takes the next piece.
    ends.splice(1, 1)[0]?.();
    await new Promise(setImmediate);
    assert.deepEqual(begun, [1, 2, 3]);
    for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
      end();
      await new Promise(setImmediate);
    }
    await all;
    assert.deepEqual(begun, [1, 2, 3, 4, 5]);
    assert.equal(most, 2);
  });

  it("are none when there are none", () => overlapped([], 3, () => assert.fail()));
});
