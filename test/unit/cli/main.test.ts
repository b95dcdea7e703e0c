import * as assert from "node:assert/strict";
import { type CliSurroundings, type Outcome, run } from "../../../src/cli/main";

const surroundings: CliSurroundings = {
  env: { KUBECONFIG: "/nowhere/kubeconfig" },
  layout: { width: Infinity, colour: false },
  progress: { write: () => undefined, every: () => () => undefined },
};

const cli = (line: string, more: Partial<CliSurroundings> = {}): Promise<Outcome> =>
  run(line === "" ? [] : line.split(" "), { ...surroundings, ...more });

const verbs = ["check", "profile", "describe", "plan", "get"];

describe("the command line", () => {
  it("has help with examples for every verb, and the exit codes", async () => {
    for (const verb of verbs) {
      const { exitCode, stdout, stderr } = await cli(`parameters ${verb} --help`);
      assert.deepEqual([exitCode, stderr], [0, ""], verb);
      assert.match(stdout, new RegExp(`^Usage: pulumi-cnpg parameters ${verb} `));
      assert.match(stdout, new RegExp(`\nExamples:\n  pulumi-cnpg parameters ${verb} `));
      assert.match(stdout, /--json/);
      assert.ok(
        stdout.split("\n").every(text => text.length <= 100),
        verb,
      );
    }
    const { stdout } = await cli("--help");
    assert.match(stdout, /Exit codes: 0 /);
    assert.match((await cli("parameters --help")).stdout, new RegExp(verbs.join("[^]*\n  ")));
  });

  it("fits the help to the terminal", async () => {
    const { stdout } = await cli("parameters check --help", { layout: { width: 60, colour: false } });
    const description = stdout.slice(stdout.indexOf("\n"), stdout.indexOf("Arguments:"));
    assert.ok(description.split("\n").length > 5);
    assert.ok(description.split("\n").every(line => line.length <= 60));
  });

  it("runs the examples of its help", async function () {
    this.timeout(20_000);
    for (const verb of verbs.filter(name => name !== "get" && name !== "plan")) {
      const { stdout } = await cli(`parameters ${verb} --help`);
      const examples = [...stdout.matchAll(/^ {2}pulumi-cnpg (parameters [^>\n]*)/gm)].map(
        ([, line = ""]) => line,
      );
      assert.ok(examples.length > 0);
      for (const line of examples.filter(text => !/--(file|instance)/.test(text))) {
        assert.equal((await cli(line.trim())).exitCode, 0, line);
      }
    }
  });

  it("answers wrong usage with 2, one sentence, and what was meant", async () => {
    const wrong: [line: string, message: RegExp][] = [
      ["", /^Usage: /],
      ["parameter", /unknown command 'parameter'[^]*Did you mean parameters/],
      ["parameters chekc", /unknown command 'chekc'[^]*Did you mean check/],
      ["parameters check a=b", /required option '--memory/],
      ["parameters check --memory 2GB", /'2GB' is invalid\. .*2Gi/],
      ["parameters check --memory 2Gi --major 13", /'13' is invalid\. .*14, 15, 16, 17, 18/],
      ["parameters check --memory 2Gi --cpu fast", /'fast' is invalid\. .*500m/],
      ["parameters check --memory 2Gi --instances 0", /'0' is invalid/],
      ["parameters check --memory 2Gi --profile oltpp", /'oltpp' is invalid\. .*oltp/],
      ["parameters check --memory 2Gi work_mem", /Write work_mem=value/],
      ["parameters check --memory 2Gi --jsn", /unknown option '--jsn'[^]*--json/],
      ["parameters profile oltpp --memory 2Gi", /'oltpp' is invalid/],
      ["parameters describe", /missing required argument 'name'/],
      ["parameters plan --from a.yaml", /required option '--to/],
      ["parameters plan --from - --to -", /Only one of them can be standard input/],
    ];
    for (const [line, message] of wrong) {
      const { exitCode, stdout, stderr } = await cli(line);
      assert.deepEqual([exitCode, stdout], [2, ""], line);
      assert.match(stderr, message, line);
      assert.ok(stderr.endsWith("\n"));
    }
  });

  it("ends with 1 when a cluster or a file cannot be reached", async () => {
    const { exitCode, stdout, stderr } = await cli("parameters get orders");
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(stderr, /^error: There is no kubeconfig: .*\n$/);
    const plan = await cli("parameters plan --from /nowhere/a.yaml --to /nowhere/b.yaml");
    assert.deepEqual([plan.exitCode, plan.stdout], [1, ""]);
  });

  it("prints a stack only when it is asked to", async () => {
    const { stderr } = await cli("parameters get orders", { env: { ...surroundings.env, DEBUG: "1" } });
    assert.match(stderr, /\n +at /);
  });

  it("uses colours only where there are some, and never against --no-color", async () => {
    const coloured = { layout: { width: 100, colour: true } };
    const escape = "\u001b[";
    assert.ok((await cli("parameters describe jit", coloured)).stdout.includes(escape));
    for (const line of ["parameters describe jit --no-color", "--no-color parameters describe jit"]) {
      assert.ok(!(await cli(line, coloured)).stdout.includes(escape), line);
    }
  });

  it("ends every output with one newline", async () => {
    for (const line of ["parameters describe jit", "parameters describe jit --json", "--version"]) {
      assert.match((await cli(line)).stdout, /[^\n]\n$/, line);
    }
  });

  it("keeps what is no part of a file out of standard output", async () => {
    const { exitCode, stdout, stderr } = await cli(
      "parameters profile oltp --memory 2Gi --format yaml jit=maybe",
    );
    assert.deepEqual([exitCode, stdout], [2, ""]);
    assert.match(stderr, /^refused {2}jit = maybe\n/);
  });

  it("puts an unknown parameter on standard output with 2", async () => {
    const { exitCode, stdout } = await cli("parameters describe shard_buffers");
    assert.equal(exitCode, 2);
    assert.match(stdout, /shared_buffers/);
  });
});
