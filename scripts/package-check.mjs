// Packs the package, puts the tarball into an empty project, type-checks and runs a program that uses it,
// and measures what importing it costs. Needs no network: the peers are those of this checkout.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const costLimit = 1.15;
const rounds = 11;
const attempts = 3;

function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, NODE_PATH: "" } });
  if (result.error) throw new Error(`Could not run "${command}": ${result.error.message}`);
  if (result.status !== 0) {
    throw new Error(
      `"${command} ${args.join(" ")}" failed with exit code ${result.status}:\n${result.stdout}${result.stderr}`,
    );
  }
  return result.stdout;
}

function pack(into) {
  // What its scripts say would be in the way of the JSON.
  const quiet = "--foreground-scripts=false";
  const [packed] = JSON.parse(run("npm", ["pack", "--json", quiet, "--pack-destination", into], root));
  console.log(
    `packed ${packed.filename}: ${packed.entryCount} files, ${(packed.size / 1024).toFixed(0)} KiB`,
  );
  const stray = packed.files
    .map(file => file.path)
    .filter(path => /^(embedded|test|dist\/(embedded|test|examples))\//.test(path));
  if (stray.length > 0)
    throw new Error(`The tarball holds files that must not ship: ${stray.slice(0, 5).join(", ")}`);
  return join(into, packed.filename);
}

/** Optional peers: the core must do without them. */
const optionalPeers = Object.keys(manifest.peerDependencies).filter(
  name => manifest.peerDependenciesMeta?.[name]?.optional,
);

/** Every package reachable from these names through dependencies, as npm would install them. */
function closure(names) {
  const seen = new Set();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const path = join(root, "node_modules", name, "package.json");
    if (seen.has(name) || !existsSync(path)) continue;
    seen.add(name);
    const {
      dependencies = {},
      peerDependencies = {},
      optionalDependencies = {},
    } = JSON.parse(readFileSync(path, "utf8"));
    queue.push(...Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }));
  }
  return seen;
}

function link(project, name) {
  const target = join(project, "node_modules", name);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(join(root, "node_modules", name), target, "junction");
}

// Only what a consumer would have: the required peers, our dependencies, TypeScript and Node's types.
// A package that is imported but not declared is therefore found missing here.
function createProject(folder, tarball) {
  const project = join(folder, "consumer");
  const installed = join(project, "node_modules", manifest.name);
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], folder);
  const peers = Object.keys(manifest.peerDependencies).filter(name => !optionalPeers.includes(name));
  const wanted = [...peers, ...Object.keys(manifest.dependencies), "typescript", "@types/node"];
  for (const name of closure(wanted)) link(project, name);
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "consumer", version: "0.0.0", private: true }),
  );
  writeFileSync(join(project, "program.ts"), program);
  return project;
}

const program = `import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PostgresInstance } from "${manifest.name}";

const registered: string[] = [];

async function main(): Promise<void> {
  await pulumi.runtime.setMocks({
    newResource: args => {
      registered.push(args.type);
      return { id: args.name + "-id", state: args.inputs };
    },
    call: args => args.inputs,
  });
  const orders = new PostgresInstance("orders", { storage: { size: "1Gi" } });
  const name = await new Promise<string>(resolve => pulumi.output(orders.instanceName).apply(resolve));
  assert.equal(name, "orders");
  await new Promise(resolve => setImmediate(resolve));
  assert.ok(registered.includes("${manifest.name}:index:PostgresInstance"), registered.join());
  console.log("ran under mocks: " + registered.length + " resources");
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
`;

/** Uses what is at the sub-path, which needs a peer that the core does without. */
const azureProgram = `import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "${manifest.name}";
import { AksPlatform, azureExposure, premiumTierOf } from "${manifest.name}/azure";

const types: string[] = [];
const handedOut = "clusters: [{ cluster: { server: https://shop.example, certificate-authority-data: Q0E= } }]";

async function main(): Promise<void> {
  await pulumi.runtime.setMocks({
    newResource: args => {
      types.push(args.type);
      return { id: args.name + "-id", state: { ...args.inputs, name: args.name } };
    },
    call: () => ({ kubeconfigs: [{ value: Buffer.from(handedOut).toString("base64") }] }),
  });
  const where = { location: "westeurope", apiServer: { authorizedRanges: ["203.0.113.0/24"] } };
  const platform = new AksPlatform("shop", where);
  const id = await new Promise<string>(resolve => pulumi.output(platform.clusterId).apply(resolve));
  if (id !== "shop-cluster-id" || !types.includes("${manifest.name}:azure:AksPlatform")) throw new Error(types.join());
  if (azureExposure({ location: "westeurope" }).internal !== true || premiumTierOf(64)?.name !== "P6") throw new Error();
  try {
    new AksPlatform("wrong", { ...where, location: "" });
    throw new Error("An empty location was accepted.");
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
  }
  await new Promise<string>(resolve => platform.kubeconfig.apply(resolve));
  console.log("${manifest.name}/azure ran under mocks: " + types.length + " resources");
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
`;

const compilerOptions = ["--strict", "--noEmit", "false", "--target", "es2022", "--types", "node"];

function checkProgram(project, name) {
  const tsc = join(project, "node_modules", "typescript", "bin", "tsc");
  for (const resolution of ["node16", "node10"]) {
    const moduleKind = resolution === "node16" ? "node16" : "commonjs";
    const arguments_ = [
      ...compilerOptions,
      "--module",
      moduleKind,
      "--moduleResolution",
      resolution,
      `${name}.ts`,
    ];
    // Our declarations are checked too; those of the peers are their own affair.
    run(process.execPath, [tsc, ...arguments_, "--skipLibCheck"], project);
    console.log(`type-checked ${name}.ts with moduleResolution ${resolution}`);
  }
  process.stdout.write(run(process.execPath, [`${name}.js`], project));
}

/** The core is there without the optional peers; the sub-path says what it lacks, and works when it is there. */
function checkAzure(project) {
  const missing = spawnSync(process.execPath, ["-e", `require("${manifest.name}/azure")`], {
    cwd: project,
    encoding: "utf8",
  });
  if (missing.status === 0 || !missing.stderr.includes("@pulumi/azure-native"))
    throw new Error(`Without azure-native ${manifest.name}/azure was to name it: ${missing.stderr}`);
  for (const name of closure(["@pulumi/azure-native"])) link(project, name);
  writeFileSync(join(project, "azure.ts"), azureProgram);
  checkProgram(project, "azure");
  const loaded = `require("${manifest.name}");console.log(Object.keys(require.cache).filter(file=>/azure-native/.test(file)).length)`;
  const count = run(process.execPath, ["-e", loaded], project).trim();
  if (count !== "0") throw new Error(`Importing ${manifest.name} loads ${count} files of azure-native.`);
  console.log("the core imports nothing of azure-native");
}

/** The command runs from the package alone, with the catalogues that are in it. */
function checkCommand(project) {
  const command = join(project, "node_modules", manifest.name, manifest.bin["pulumi-cnpg"]);
  for (const major of [14, 18]) {
    const words = ["parameters", "check", "--major", String(major), "--memory", "2Gi", "work_mem=8MB"];
    const answer = run(process.execPath, [command, ...words], project);
    if (!answer.includes("Memory at full load")) throw new Error(`"${words.join(" ")}" answers: ${answer}`);
  }
  console.log("the command checks parameters");
}

/** The provider modules that the shipped code requires at run time, which is what importing it is measured against. */
function importedModules(installed) {
  const found = new Set();
  const visit = folder => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name.endsWith(".js")) {
        for (const [, name] of readFileSync(path, "utf8").matchAll(/require\("(@pulumi\/[^"]+)"\)/g))
          found.add(name);
      }
    }
  };
  visit(join(installed, "dist", "lib"));
  return [...found].sort();
}

function importSeconds(project, modules) {
  const load = modules.map(name => `require(${JSON.stringify(name)});`).join("");
  const script = `const t=process.hrtime.bigint();${load}console.log(Number(process.hrtime.bigint()-t)/1e9)`;
  return Number(run(process.execPath, ["-e", script], project));
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function importRatio(project, modules) {
  const ours = [];
  const theirs = [];
  // Interleaved, so that a slow moment of the machine falls on both.
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(importSeconds(project, modules));
    ours.push(importSeconds(project, [manifest.name]));
  }
  const ratio = median(ours) / median(theirs);
  const [mine, others] = [ours, theirs].map(values => (median(values) * 1000).toFixed(0));
  console.log(
    `import: ${mine} ms against ${others} ms for its @pulumi modules: ratio ${ratio.toFixed(3)} (at most ${costLimit})`,
  );
  return ratio;
}

function checkImportCost(project) {
  const modules = loadedModules(project, importedModules(join(project, "node_modules", manifest.name)));
  console.log(`its @pulumi modules: ${modules.join(", ")}`);
  // A busy machine can spoil a measurement, never improve it.
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (importRatio(project, modules) <= costLimit) return;
  }
  throw new Error(
    `Importing ${manifest.name} costs more than ${costLimit} times its @pulumi modules, in ${attempts} measurements.`,
  );
}

/** Of the modules named anywhere in the package, those that importing its main entry really loads. */
function loadedModules(project, modules) {
  const script = `require(${JSON.stringify(manifest.name)});const names=${JSON.stringify(modules)};
console.log(JSON.stringify(names.filter(name=>{try{return require.resolve(name) in require.cache}catch{return false}})))`;
  return JSON.parse(run(process.execPath, ["-e", script], project));
}

const folder = mkdtempSync(join(tmpdir(), "package-check-"));
try {
  const project = createProject(folder, pack(folder));
  checkProgram(project, "program");
  checkCommand(project);
  checkAzure(project);
  checkImportCost(project);
  console.log("package check passed");
} catch (error) {
  console.error(`package check failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
