import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import * as ts from "typescript";
import { parseAllDocuments } from "yaml";
import { configurationKeys } from "../../src/configuration";
import { configurationTable } from "./configuration/table";

const root = resolve(__dirname, "../../..");
const scripts = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts;

interface Block {
  where: string;
  language: string;
  text: string;
}

function markdownFiles(): string[] {
  const folders = ["docs", "images", "examples"];
  const inFolders = folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(file => join(folder, file)),
  );
  return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...inFolders]
    .filter(file => file.endsWith(".md"))
    .map(file => join(root, file));
}

function blocks(): Block[] {
  return markdownFiles().flatMap(file =>
    [...readFileSync(file, "utf8").matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match, i) => ({
      where: `${relative(root, file)}#${i + 1}`,
      language: match[1] ?? "",
      text: match[2] ?? "",
    })),
  );
}

/** Type-checks every TypeScript block as a module of its own, against what the package ships. */
function typeCheck(list: Block[]): string[] {
  const files = new Map(list.map((block, i) => [join(root, "docs", `block-${i}.ts`), block]));
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), file => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const { readFile, fileExists } = host;
  host.readFile = file => files.get(file)?.text ?? readFile.call(host, file);
  host.fileExists = file => files.has(file) || fileExists.call(host, file);
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, noEmit: true, incremental: false, tsBuildInfoFile: undefined, noUnusedLocals: false },
    host,
  );
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      problem =>
        `${files.get(problem.file?.fileName ?? "")?.where}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`,
    );
}

describe("documentation", () => {
  it("every TypeScript block compiles against the package", function () {
    this.timeout(30_000);
    const typescript = blocks().filter(block => block.language === "ts");
    assert.ok(typescript.length >= 5);
    assert.deepEqual(typeCheck(typescript), []);
    const broken = {
      where: "broken",
      language: "ts",
      text: 'import { PostgresInstance } from "pulumi-cnpg"; new PostgresInstance("x", { instances: "1" });',
    };
    assert.equal(typeCheck([broken]).length, 1);
  });

  it("every command that calls npm names a script that exists, every key of the configuration too", () => {
    for (const block of blocks().filter(b => b.language === "sh")) {
      for (const [, script] of block.text.matchAll(/\bnpm (?:run )?([a-z:0-9-]+)/g)) {
        const known =
          script !== undefined && (script in scripts || ["install", "ci", "pack"].includes(script));
        assert.ok(known, `${block.where}: npm ${script}`);
      }
      for (const [, key] of block.text.matchAll(/pulumi config set (?:--secret )?(\w+)/g)) {
        assert.ok(
          configurationKeys.some(known => known.key === key),
          `${block.where}: ${key}`,
        );
      }
    }
  });

  it("every YAML block parses, every JSON block too", () => {
    for (const block of blocks()) {
      if (block.language === "yaml")
        for (const doc of parseAllDocuments(block.text)) assert.deepEqual(doc.errors, [], block.where);
      if (block.language === "json")
        assert.doesNotThrow(() => JSON.parse(block.text) as unknown, block.where);
    }
  });

  it("has no block in a language that nothing checks", () => {
    const checked = ["ts", "sh", "yaml", "json", "text"];
    assert.deepEqual(
      blocks()
        .filter(block => !checked.includes(block.language))
        .map(block => block.where),
      [],
    );
  });

  it("every link within the repository leads somewhere", () => {
    for (const file of markdownFiles()) {
      for (const [, target] of readFileSync(file, "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        assert.ok(
          ts.sys.fileExists(join(dirname(file), target as string)) ||
            ts.sys.directoryExists(join(dirname(file), target as string)),
          `${relative(root, file)}: ${target}`,
        );
      }
    }
  });

  it("lists every configuration key, and .env.example every environment variable", () => {
    const page = readFileSync(join(root, "docs/configuration.md"), "utf8");
    assert.ok(page.includes(configurationTable()), "run: npm run generate:docs");
    const example = readFileSync(join(root, ".env.example"), "utf8");
    for (const key of configurationKeys)
      assert.match(example, new RegExp(`^${key.environment}=${key.fallback ?? ""}$`, "m"));
  });
});
