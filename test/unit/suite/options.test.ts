import * as assert from "node:assert/strict";
import { UsageError } from "../../../embedded/driver/command";
import { suiteOptions } from "../../suite/options";

describe("the command line of a suite", () => {
  const plain = { realPlugins: false, verbose: false, jobs: 3, again: true };

  it("means all of it when nothing is given", () => assert.deepEqual(suiteOptions([], {}, 3), plain));

  it("takes every flag", () => {
    const argv = [
      "--grep",
      "restore",
      "--context",
      "kind",
      "--real-plugins",
      "--verbose",
      "--jobs",
      "2",
      "--once",
    ];
    const all = { grep: "restore", context: "kind", realPlugins: true, verbose: true, jobs: 2, again: false };
    assert.deepEqual(suiteOptions(argv, { E2E_JOBS: "4" }, 3), all);
  });

  it("takes a first word for what selects the tests", () => {
    assert.deepEqual(suiteOptions(["restore", "--jobs", "2"], {}, 3), { ...plain, grep: "restore", jobs: 2 });
  });

  it("is helped out by E2E_JOBS", () => {
    assert.deepEqual(suiteOptions([], { E2E_JOBS: "4" }, 3), { ...plain, jobs: 4 });
    assert.deepEqual(suiteOptions([], { E2E_JOBS: "" }, 3), plain);
  });

  for (const [argv, environment] of [
    [["--jobs", "0"], {}],
    [["--jobs", "two"], {}],
    [["--jobs", "100"], {}],
    [["restore", "--grep", "backup"], {}],
    [["restore", "backup"], {}],
    [[], { E2E_JOBS: "-1" }],
  ] as const) {
    it(`refuses ${JSON.stringify([argv, environment])}`, () =>
      assert.throws(() => suiteOptions(argv, environment, 3), UsageError));
  }
});
