import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "../../../embedded/driver/command";
import { isKillPoint } from "../../aks/kill";
import { usage, verifyOptions } from "../../aks/options";
import { Steps, verification } from "../../aks/record";
import { type Ask, requireAzure } from "../../aks/requirements";

const root = resolve(__dirname, "../../../..");
const words = ["--account", "shopverify1", "--range", "203.0.113.7/32", "--yes"];

/** A machine with everything, but for what is named. */
function machine(missing: Record<string, number | undefined> = {}): Ask {
  return (command, ...args) => {
    const key = [command, args[0]].join(" ");
    const exitCode = key in missing ? missing[key] : 0;
    return { exitCode, stdout: JSON.stringify({ id: "subscription", user: { name: "me" } }) };
  };
}

describe("npm run verify:aks", () => {
  it("reads its command line, and wants to be told that it may cost money", () => {
    assert.deepEqual(verifyOptions(words), {
      account: "shopverify1",
      ranges: ["203.0.113.7/32"],
      location: "westeurope",
      keep: false,
      output: "aks-verification.json",
    });
    assert.throws(() => verifyOptions(words.slice(0, -1)), /costs money/);
    assert.throws(() => verifyOptions([...words, "--nonsense"]), UsageError);
    assert.throws(() => verifyOptions(["--account", "Shop", ...words.slice(2)]), /--account is "Shop"/);
    assert.throws(() => verifyOptions([...words.slice(0, 2), "--yes"]), /--range is missing/);
  });

  it("refuses without tools, without a login, and in a pipeline", () => {
    assert.deepEqual(requireAzure(machine(), {}), { subscription: "subscription", user: "me" });
    assert.throws(
      () => requireAzure(machine({ "kubelogin --version": undefined }), {}),
      /az aks install-cli/,
    );
    assert.throws(() => requireAzure(machine({ "az account": 1 }), {}), /az login/);
    for (const name of ["CI", "GITHUB_ACTIONS", "TF_BUILD"])
      assert.throws(() => requireAzure(machine(), { [name]: "true" }), /no pipeline/);
    assert.doesNotThrow(() => requireAzure(machine(), { CI: "false" }));
  });

  it("prints its usage, and ends with 2 for a wrong command line, before anything is asked of Azure", () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(root, "dist/test/aks/verify.js"), ...args], {
        encoding: "utf8",
        env: { PATH: "" },
      });
    const help = run("--help");
    assert.equal(help.status, 0);
    assert.equal(help.stdout.trim(), usage);
    assert.equal(run("--account", "shop").status, 2);
    const refused = run(...words);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /az is not on PATH/);
  });

  it("keeps what became of each step, and cleans up after one that failed", async () => {
    let time = 0;
    const steps = new Steps(
      () => (time += 1500),
      () => undefined,
    );
    await steps.run("first", async () => "seen");
    await steps.run("second", async () => {
      throw new Error("broken");
    });
    await steps.run("third", async () => undefined);
    await steps.run("clean", async () => undefined, { always: true });
    assert.deepEqual(
      steps.all.map(({ name, outcome, seconds, detail }) => [name, outcome, seconds, detail]),
      [
        ["first", "passed", 1.5, "seen"],
        ["second", "failed", 1.5, "broken"],
        ["third", "skipped", 0, "A step before it failed."],
        ["clean", "passed", 1.5, undefined],
      ],
    );
    const at = new Date(0);
    assert.equal(verification(at, "westeurope", {}, steps.all).passed, false);
    assert.equal(verification(at, "westeurope", {}, steps.all.slice(0, 1)).passed, true);
    assert.equal(verification(at, "westeurope", {}, []).passed, false);
  });

  it("kills at the Cluster, not before", () => {
    const urn = (type: string): string =>
      `urn:pulumi:verify::p::pulumi-cnpg:index:PostgresInstance$${type}::orders-g1`;
    assert.ok(isKillPoint(urn("kubernetes:postgresql.cnpg.io/v1:Cluster")));
    assert.ok(!isKillPoint(urn("kubernetes:core/v1:Secret")));
    assert.ok(!isKillPoint(urn("kubernetes:postgresql.cnpg.io/v1:ClusterImageCatalog")));
  });

  it("is started by nothing but a person", () => {
    const scripts = (
      JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }
    ).scripts;
    for (const [name, line] of Object.entries(scripts))
      if (!/^(pre)?verify:aks$/.test(name)) assert.doesNotMatch(line, /verify|test\/aks/, name);
    const pipelines = readdirSync(join(root, "examples/ci")).filter(file => file.endsWith(".yaml"));
    for (const file of pipelines)
      assert.doesNotMatch(readFileSync(join(root, "examples/ci", file), "utf8"), /verify:aks/, file);
  });
});
