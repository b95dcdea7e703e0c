import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readParameterFile } from "../../../src/cli/parameter-file";
import { PlainFailure, UsageError } from "../../../src/cli/result";

describe("files of parameters", () => {
  let folder: string;
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  before(() => (folder = mkdtempSync(join(tmpdir(), "parameters-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("keep the values of YAML and JSON as they are written", async () => {
    const yaml = write(
      "a.yaml",
      "jit: on # reason\nmax_connections: 0x10\nseq_page_cost: 1.0\nwork_mem: '4MB'\n",
    );
    assert.deepEqual(await readParameterFile(yaml), {
      jit: "on",
      max_connections: "0x10",
      seq_page_cost: "1.0",
      work_mem: "4MB",
    });
    const json = write("a.json", '{ "max_connections": 1e2, "jit": true, "work_mem": "4MB" }');
    assert.deepEqual(await readParameterFile(json), { max_connections: "1e2", jit: "true", work_mem: "4MB" });
  });

  it("can be a Cluster, or what this command printed", async () => {
    const cluster = write(
      "cluster.yaml",
      "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: { name: orders-g1 }\n" +
        'spec: { instances: 1, postgresql: { parameters: { work_mem: "4MB" } } }\n',
    );
    assert.deepEqual(await readParameterFile(cluster), { work_mem: "4MB" });
    const bare = write("bare.yaml", "kind: Cluster\nspec: { instances: 1 }\n");
    assert.deepEqual(await readParameterFile(bare), {});
    const printed = write("printed.json", '{ "verdict": "fine", "parameters": { "jit": "off" } }');
    assert.deepEqual(await readParameterFile(printed), { jit: "off" });
  });

  it("in the form of postgresql.conf are known by their ending or their first line", async () => {
    const expected = { work_mem: "4MB", log_line_prefix: "a: b" };
    const text = "# comment: here\nwork_mem = 4MB\nlog_line_prefix = 'a: b'\n";
    assert.deepEqual(await readParameterFile(write("a.conf", text)), expected);
    assert.deepEqual(await readParameterFile(write("unnamed", text)), expected);
    assert.deepEqual(await readParameterFile(write("map", "work_mem: 4MB\n")), { work_mem: "4MB" });
  });

  it("may be empty", async () => {
    for (const name of ["e.yaml", "e.conf", "e"])
      assert.deepEqual(await readParameterFile(write(name, "")), {});
  });

  it("that cannot be used are refused with the reason", async () => {
    await assert.rejects(readParameterFile(join(folder, "none.yaml")), (error: Error) => {
      return (
        error instanceof PlainFailure &&
        !(error instanceof UsageError) &&
        /none\.yaml cannot be read/.test(error.message)
      );
    });
    await assert.rejects(readParameterFile(write("l.yaml", "- a\n- b\n")), /is not a map of parameters/);
    await assert.rejects(
      readParameterFile(write("n.yaml", "work_mem: { a: b }\n")),
      /the value of work_mem is neither/,
    );
    await assert.rejects(readParameterFile(write("b.yaml", "a: [\n")), UsageError);
    await assert.rejects(readParameterFile(write("t.yaml", "a: 1\na: 2\n")), /unique/);
  });
});
