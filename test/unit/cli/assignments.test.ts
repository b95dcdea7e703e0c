import * as assert from "node:assert/strict";
import { readAssignments } from "../../../src/cli/assignments";

describe("parameters on the command line", () => {
  it("are names and values around the first =", () => {
    assert.deepEqual(readAssignments(["work_mem=4MB", "log_line_prefix=a=b c", "search_path="]), {
      work_mem: "4MB",
      log_line_prefix: "a=b c",
      search_path: "",
    });
    assert.deepEqual(readAssignments([]), {});
  });

  it("of another form are refused with an example", () => {
    assert.throws(() => readAssignments(["work_mem", "=", "4MB"]), /Write work_mem=value, without spaces/);
    assert.throws(() => readAssignments(["=4MB"]), /"=4MB" is not .* Write name=value/);
    assert.throws(() => readAssignments(["a=1", "A=2"]), /A is given twice/);
  });
});
