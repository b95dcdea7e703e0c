import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { projectDir } from "../../embedded/paths";
import { skip } from "../skip";
import { harness } from "./harness";

const execute = promisify(execFile);

/** The program by which the engine runs Node programs; Automation API's inline programs do without it. */
function languageHost(engine: string): string | undefined {
  const folders = [dirname(engine), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.map(folder => join(folder, "pulumi-language-nodejs")).find(file => existsSync(file));
}

describe("the literal `pulumi preview` and `pulumi up` of the reference stack", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let folder: string;

  before(function () {
    const engine = bench.environment.engine.command;
    if (languageHost(engine) === undefined) {
      skip(this, "the Node language host (pulumi-language-nodejs) is neither beside the engine nor on PATH");
    }
    folder = mkdtempSync(join(tmpdir(), "pulumi-cnpg-"));
    mkdirSync(join(folder, "backend"));
    for (const name of [
      "index.ts",
      "src",
      "package.json",
      "tsconfig.json",
      "Pulumi.yaml",
      "Pulumi.dev.yaml",
      "node_modules",
    ]) {
      cpSync(join(projectDir(), name), join(folder, name), { recursive: true });
    }
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function pulumi(...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      ...bench.environment.variables,
      PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "literal",
      INSTALL_OPERATOR: "false",
      AKS_NAMESPACE: bench.uniqueName("e2e-literal"),
    };
    const { stdout } = await execute(bench.environment.engine.command, [...args, "--non-interactive"], {
      cwd: folder,
      env,
    });
    return stdout;
  }

  it("run from the project's folder", async () => {
    await pulumi("stack", "init", "dev");
    assert.match(await pulumi("preview"), /PostgresInstance/);
    assert.match(await pulumi("up", "--yes"), /serverVersion/);
    assert.match(await pulumi("destroy", "--yes"), /deleted/);
  });
});
