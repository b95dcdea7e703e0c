import * as assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import * as ts from "typescript";
import { parse, parseAllDocuments } from "yaml";
import { configurationKeys } from "../../src/configuration";
import { type InstalledCommand, installCommand } from "./cli/installed";
import { configurationTable } from "./configuration/table";

const root = resolve(__dirname, "../../..");
const scripts = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts;

interface Block {
  where: string;
  language: string;
  text: string;
  /** The block that follows with nothing between. */
  next?: Block;
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
  return markdownFiles().flatMap(file => blocksOf(relative(root, file), readFileSync(file, "utf8")));
}

function blocksOf(file: string, page: string): Block[] {
  const matches = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  const list = matches.map(([, language = "", text = ""], i): Block => ({
    where: `${file}#${i + 1}`,
    language,
    text,
  }));
  for (const [i, match] of matches.entries()) {
    const end = match.index + match[0].length;
    const [block, next] = [list[i], list[i + 1]];
    if (block !== undefined && next !== undefined && page.slice(end, matches[i + 1]?.index).trim() === "")
      block.next = next;
  }
  return list;
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
    // Without the folder that is compiled into, the package's own name leads to what it ships, not back to its source.
    {
      ...options,
      ...{ noEmit: true, incremental: false, noUnusedLocals: false },
      ...{ tsBuildInfoFile: undefined, outDir: undefined, rootDir: undefined },
    },
    host,
  );
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      problem =>
        `${files.get(problem.file?.fileName ?? "")?.where}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`,
    );
}

/** Keys of the configuration that a page speaks of: of an example with a stack of its own that one's. */
function keysOf({ where }: Block): string[] {
  const project = join(root, dirname(where), "Pulumi.yaml");
  if (!where.startsWith("examples/") || !existsSync(project))
    return configurationKeys.map(known => known.key);
  const { config } = parse(readFileSync(project, "utf8")) as { config: object };
  return Object.keys(config);
}

/** Lines of a shell block that call our own command; `# exits with 2` says so when it is not 0. */
function ownCommands(block: Block): { line: string; exitCode: number }[] {
  return block.text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter(line => /^(npx )?pulumi-cnpg /.test(line))
    .map(line => ({
      line: line.replace(/^npx /, ""),
      exitCode: Number(/# exits with (\d+)/.exec(line)?.[1] ?? 0),
    }));
}

/** What reads a cluster is run without one: 1 says that the command line itself is right, and what is refused before is refused. */
const needsCluster =
  /^pulumi-cnpg (parameters get|backup|restore|drill|rehearse|dump|failover|replica|maintenance|credentials|status|retention plan --instance) /;

/** Files that commands of the page read: YAML blocks whose first line names one. */
function writeFiles(list: Block[], folder: string): void {
  for (const { language, text } of list) {
    const name = language === "yaml" ? /^# ([\w.-]+\.yaml)\n/.exec(text)?.[1] : undefined;
    if (name !== undefined) writeFileSync(join(folder, name), text);
  }
}

/** Runs the commands of one page, in order and in one folder. UPDATE_GOLDEN=1 writes the outputs it shows anew. */
async function checkPage(file: string, command: InstalledCommand): Promise<number> {
  const before = readFileSync(file, "utf8");
  let page = before;
  const all = blocksOf(relative(root, file), page);
  writeFiles(all, command.workFolder);
  const runs = all
    .filter(block => block.language === "sh")
    .flatMap(block =>
      ownCommands(block).map((own, _, list) => ({ ...own, block, alone: list.length === 1 })),
    );
  for (const { line, exitCode, block, alone } of runs) {
    const done = await command.shell(line, { COLUMNS: "110" });
    const expected = needsCluster.test(line) && exitCode === 0 ? 1 : exitCode;
    assert.equal(done.exitCode, expected, `${block.where}: ${line}\n${done.stdout}${done.stderr}`);
    if (!alone || block.next?.language !== "text" || needsCluster.test(line)) continue;
    const shown = (text: string): string => `\`\`\`text\n${text}\`\`\``;
    if (process.env.UPDATE_GOLDEN === "1")
      page = page.replace(shown(block.next.text), () => shown(done.stdout));
    else
      assert.equal(block.next.text, done.stdout, `${block.next.where}: UPDATE_GOLDEN=1 npm test writes it`);
  }
  if (page !== before) writeFileSync(file, page);
  return runs.length;
}

describe("documentation", () => {
  it("every TypeScript block compiles against the package", function () {
    this.timeout(90_000);
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
      for (const [, key] of block.text.matchAll(/pulumi config set (?:--secret |--path ')?(\w+)/g)) {
        assert.ok(keysOf(block).includes(key as string), `${block.where}: ${key}`);
      }
    }
  });

  it("every command of ours does what the page says, and prints what it shows", async function () {
    this.timeout(60_000);
    let count = 0;
    for (const file of markdownFiles()) {
      const command = installCommand();
      try {
        count += await checkPage(file, command);
      } finally {
        command.remove();
      }
    }
    assert.ok(count >= 5);
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
