import * as assert from "node:assert/strict";
import type { ArchiveSurvey } from "../../../src/backup/archive/survey";
import { KeepTarget } from "../../../src/backup/known-backup";
import {
  isMarked,
  readMarked,
  withMark,
  withoutGone,
  withoutMark,
} from "../../../src/backup/retention-record";

describe("the record of marks", () => {
  it("is read from JSON, and whatever is not of its form is left out", () => {
    assert.deepEqual(readMarked({ marked: { a: ["1", 2, "3"], b: "4" } }), { a: ["1", "3"], b: [] });
    for (const other of [undefined, null, "x", [], { marked: [] }, {}])
      assert.deepEqual(readMarked(other), {});
  });

  it("gains and loses marks", () => {
    const marked = withMark(withMark(withMark({}, "a", "2"), "a", "1"), "a", "2");
    assert.deepEqual(marked, { a: ["1", "2"] });
    assert.deepEqual([isMarked(marked, "a", "1"), isMarked(marked, "b", "1")], [true, false]);
    assert.deepEqual(withoutMark(marked, "a", "1"), { a: ["2"] });
    assert.deepEqual(withoutMark(marked, "b", "1"), { a: ["1", "2"], b: [] });
  });

  it("forgets what is gone from the archive or is no longer marked there", () => {
    const backup = { state: "completed", begin: "", bytes: 0, problems: [] } as const;
    const survey = {
      server: "a",
      baseBackups: [
        { ...backup, id: "1", keep: KeepTarget.Standalone },
        { ...backup, id: "2" },
      ],
    } as unknown as ArchiveSurvey;
    assert.deepEqual(withoutGone({ a: ["1", "2", "3"], b: ["2"] }, survey), { a: ["1"], b: ["2"] });
  });
});
