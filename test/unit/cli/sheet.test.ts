import * as assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectDir } from "../../../embedded/paths";
import { type Outcome, run } from "../../../src/cli/main";

const orders = `
name: orders
namespace: shop
instances: 2
backup: { store: { recoveryWindowDays: 7 } }
`;

describe("sheet", () => {
  const before = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sheet-"));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  const cli = (args: string[], env: Record<string, string> = {}): Promise<Outcome> =>
    run(["sheet", ...args], {
      env,
      layout: { width: Infinity, colour: false },
      progress: { write: () => undefined, every: () => () => undefined },
    });
  const ofArguments = (text: string, ...more: string[]): Promise<Outcome> => {
    writeFileSync("orders.yaml", text);
    return cli(["--arguments", "orders.yaml", ...more]);
  };
  interface Sheet {
    instance: string;
    servers: number;
    cost: { month?: number; currency?: string; source?: string };
    backups?: { recoveryWindowDays: number };
    limits: { argument: string }[];
  }
  const json = ({ stdout }: Outcome): Sheet => JSON.parse(stdout) as Sheet;

  it("tells of the reference stack what its file says, without the engine", async () => {
    process.chdir(projectDir());
    const { exitCode, stdout, stderr } = await cli(["--stack", "dev"]);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    const [title] = stdout.split("\n");
    assert.equal(title, "toygres/postgres: PostgreSQL 18, 1 server, class single");
    assert.match(stdout, /\n +1 × +1 GiB +data +the default\n/);
    assert.match(stdout, /Cost of a month\nUnknown: there is no table of prices/);
  });

  it("reads the keys of a stack, secrets only as being there, and the environment below them", async () => {
    writeFileSync(
      "Pulumi.prod.yaml",
      `encryptionsalt: v1:abc
config:
  other:key: 1
  pulumi-cnpg:instance_name: orders
  pulumi-cnpg:postgres_availability: high
  pulumi-cnpg:postgres_parameters: { random_page_cost: "1.5" }
  pulumi-cnpg:service_sheet: { limits: { maxMemory: 1Gi } }
  pulumi-cnpg:postgres_password: { secure: v1:def }
  pulumi-cnpg:backup_destination: https://shop.blob.core.windows.net/backups
  pulumi-cnpg:backup_connection_string: { secure: v1:ghi }
  pulumi-cnpg:postgres_backup_retention_days: "30"
`,
    );
    const plain = json(await cli(["--stack", "prod", "--json"]));
    assert.deepEqual([plain.instance, plain.servers, plain.cost.source], ["orders", 3, undefined]);
    assert.equal(plain.backups?.recoveryWindowDays, 30);
    assert.deepEqual(
      plain.limits.map(({ argument }) => argument),
      ["maxMemory"],
    );
    const aks = { AKS_CLUSTER_NAME: "prod", AKS_RESOURCE_GROUP: "rg", POSTGRES_INSTANCES: "4" };
    const { servers, cost } = json(await cli(["--stack", "prod", "--json"], aks));
    assert.deepEqual([servers, cost.currency], [4, "USD"], "an AKS cluster has prices of Azure");
  });

  it("takes prices and settings from files, and writes Markdown and JSON", async () => {
    writeFileSync(
      "prices.yaml",
      "{ currency: EUR, date: today, source: us, cpuMonth: 10, memoryGiBMonth: 1, storeGiBMonth: 0, volumes: { a: { gibMonth: 1 } }, defaultStorageClass: a }",
    );
    writeFileSync("settings.yaml", "dataSize: 1Gi");
    const files = ["--settings", "settings.yaml", "--prices", "prices.yaml"];
    const { cost } = json(await ofArguments(orders, ...files, "--json"));
    // 2 × 1.1 CPU, 2 × 2.5 GiB, 2 × 10 GiB.
    assert.deepEqual([cost.month, cost.currency], [22 + 5 + 20, "EUR"]);
    const written = await ofArguments(orders, ...files, "--output", "sheet.md");
    assert.deepEqual([written.exitCode, written.stdout], [0, "Wrote sheet.md.\n"]);
    assert.match(readFileSync("sheet.md", "utf8"), /^# shop\/orders: [^]*\| 47\.00 EUR \| all \|/);
    assert.equal(
      (await ofArguments(orders, ...files, "--markdown")).stdout,
      readFileSync("sheet.md", "utf8"),
    );
    await ofArguments(orders, "--json", "--output", "sheet.json");
    assert.equal((JSON.parse(readFileSync("sheet.json", "utf8")) as Sheet).servers, 2);
  });

  it("ends with 2 when a limit is not kept, and still shows the sheet", async () => {
    writeFileSync("strict.yaml", "limits: { maxMemory: 1Gi, maxMonthlyCost: 10 }");
    const { exitCode, stdout } = await ofArguments(orders, "--settings", "strict.yaml");
    assert.equal(exitCode, 2);
    assert.match(stdout, /^shop\/orders/);
    assert.match(
      stdout,
      /refused {2}limits\.maxMonthlyCost = 10\n +cannot be kept: the price of CPU, memory/,
    );
    assert.match(stdout, /refused {2}limits\.maxMemory = 1Gi\n +is not kept: the pods request 5 GiB\.\n +→ /);
    const data = await ofArguments(orders, "--settings", "strict.yaml", "--json");
    assert.deepEqual(
      [data.exitCode, json(data).limits.map(({ argument }) => argument)],
      [2, ["maxMonthlyCost", "maxMemory"]],
    );
    const file = await ofArguments(orders, "--settings", "strict.yaml", "--output", "sheet.md");
    assert.deepEqual([file.exitCode, existsSync("sheet.md")], [2, true]);
    assert.match(file.stderr, /refused {2}limits\.maxMemory/);
  });

  it("answers what is wrong with 2 or 1, and one sentence", async () => {
    const wrong: [string[], number, RegExp][] = [
      [[], 2, /Name a stack with --stack, or a file of arguments/],
      [["--stack", "a", "--arguments", "b"], 2, /Name a stack/],
      [["--stack", "nowhere"], 1, /Pulumi\.nowhere\.yaml is not in this folder/],
      [["--arguments", "nowhere.yaml"], 1, /nowhere\.yaml cannot be read/],
      [["--arguments", "orders.yaml", "--prices", "nowhere.yaml"], 1, /nowhere\.yaml cannot be read/],
      [["--arguments", "list.yaml"], 2, /list\.yaml is not a map/],
      [["--arguments", "bad.yaml"], 2, /argument sheet\.limits\.maxMemori .*Did you mean/],
      [["--arguments", "store.yaml"], 2, /backup\.store\.recoveryWindowDays is missing/],
      [["--arguments", "orders.yaml", "--output", "/nowhere/sheet.md"], 1, /cannot be written/],
      [["--stack", "secret"], 2, /instance_name is encrypted/],
      [["--stack", "malformed"], 2, /postgres_instances = "many": is not a whole number/],
    ];
    writeFileSync("orders.yaml", orders);
    writeFileSync("list.yaml", "- a");
    writeFileSync("bad.yaml", "sheet: { limits: { maxMemori: 1Gi } }");
    writeFileSync("store.yaml", "backup: {}");
    writeFileSync("Pulumi.secret.yaml", "config: { pulumi-cnpg:instance_name: { secure: v1 } }");
    writeFileSync("Pulumi.malformed.yaml", "config: { pulumi-cnpg:postgres_instances: many }");
    for (const [args, code, message] of wrong) {
      const { exitCode, stdout, stderr } = await cli(args);
      assert.deepEqual([exitCode, stdout], [code, ""], args.join(" "));
      assert.match(stderr, message);
    }
  });

  it("has help with examples", async () => {
    const { exitCode, stdout } = await cli(["--help"]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /\nExamples:\n {2}pulumi-cnpg sheet --stack dev\n/);
    assert.ok(stdout.split("\n").every(line => line.length <= 100));
  });
});
