import * as assert from "node:assert/strict";
import fc from "fast-check";
import { readConf } from "../../../src/cli/postgresql-conf";
import { confValue } from "../../../src/parameters/conf-value";
import { UsageError } from "../../../src/cli/result";

describe("lines of postgresql.conf", () => {
  it("are read as the server reads them", () => {
    const text = [
      "# a comment",
      "",
      "work_mem = 16MB   # with a comment",
      "max_connections=200",
      "jit off",
      "log_line_prefix = '%m [%p] #''x'' \\'y\\' \\t\\101'",
      "search_path = '\"$user\", public'",
      "auto_explain.log_min_duration = -1",
      "Work_Mem = 32MB",
      "huge_page_size=0x10kB",
      "bgwriter_lru_multiplier -.5e1",
      "DateStyle = iso",
    ].join("\r\n");
    assert.deepEqual(readConf(text, "f"), {
      Work_Mem: "32MB",
      max_connections: "200",
      jit: "off",
      log_line_prefix: "%m [%p] #'x' 'y' \tA",
      search_path: '"$user", public',
      "auto_explain.log_min_duration": "-1",
      huge_page_size: "0x10kB",
      bgwriter_lru_multiplier: "-.5e1",
      DateStyle: "iso",
    });
  });

  it("that are none are refused by their number", () => {
    for (const line of [
      "work_mem",
      "= 4MB",
      "work_mem = 4 MB",
      "work_mem = '4MB",
      "a = 1.5GB",
      "a = %m",
      "a.b.c = 1",
      "include 'other.conf'",
    ]) {
      assert.throws(
        () => readConf(`jit = off\n${line}\n`, "my.conf"),
        (error: Error) => error instanceof UsageError && error.message.startsWith("my.conf, line 2: "),
        line,
      );
    }
  });

  it("keep every value that is written to them", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "'", "\\", "\n", "\r", " ", "#", "1", "=", "é") });
    fc.assert(
      fc.property(text, value => {
        assert.deepEqual(readConf(`name = ${confValue(value)} # why`, "f"), { name: value });
      }),
    );
  });
});
