import * as assert from "node:assert/strict";
import fc from "fast-check";
import { emphasised, type Layout, pairs, prose, table, wrapped } from "../../../src/cli/layout";

const plain: Layout = { width: 40, colour: false };
const endless: Layout = { width: Infinity, colour: false };
const columns = [{ title: "name" }, { title: "value", right: true }, { title: "why" }];

describe("layout of printed text", () => {
  it("wraps at spaces, and leaves a long word whole", () => {
    assert.deepEqual(wrapped("one two three", 8), ["one two", "three"]);
    assert.deepEqual(wrapped("extraordinarily long", 5), ["extraordinarily", "long"]);
    assert.deepEqual(wrapped("first\nsecond", 80), ["first", "second"]);
  });

  it("loses no word, and no line is longer than it may be", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 80 }), (list, width) => {
        const lines = wrapped(list.join(" "), width);
        assert.equal(lines.join(" "), list.join(" "));
        assert.ok(lines.every(line => line.length <= width));
      }),
    );
  });

  it("indents every line of prose", () => {
    assert.deepEqual(prose("a sentence that is longer than a line", "  ", { width: 24, colour: false }), [
      "  a sentence that is",
      "  longer than a line",
    ]);
    assert.equal(prose("word ".repeat(100).trim(), "", endless).length, 1);
  });

  it("aligns columns, and wraps the last one only", () => {
    const rows = [
      ["work_mem", "4MB", "memory is shared by sixty connections"],
      ["jit", "off", ""],
    ];
    assert.deepEqual(table(columns, rows, plain), [
      "name      value  why",
      "work_mem    4MB  memory is shared by",
      "                 sixty connections",
      "jit         off",
    ]);
    assert.equal(table(columns, rows, endless).length, 3);
  });

  it("aligns with colours as without", () => {
    const coloured = table([{ title: "name", emphasis: "bold" }, { title: "value" }], [["jit", "off"]], {
      width: 80,
      colour: true,
    });
    // eslint-disable-next-line no-control-regex
    const bare = coloured.map(line => line.replace(/\u001b\[\d+m/g, ""));
    assert.deepEqual(bare, ["name  value", "jit   off"]);
    assert.notDeepEqual(coloured, bare);
    assert.equal(emphasised("word", "red", plain), "word");
  });

  it("puts the texts of pairs in one column", () => {
    assert.deepEqual(
      pairs(
        [
          ["type", "integer"],
          ["range", "1 to 2"],
        ],
        plain,
      ),
      ["type   integer", "range  1 to 2"],
    );
  });
});
