// Makes `node_modules` and `dist` match the checkout before another script runs.
// Uses nothing but Node itself, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { leadToSingleFiles } from "./library-entries.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sourceFolders = ["src", "embedded", "test", "examples"];
const sourceFiles = ["index.ts", "tsconfig.json"];

// stderr, so that `npm run --silent status -- --json` keeps a clean stdout.
const say = line => process.stderr.write(`${line}\n`);

function fail(sentence) {
  say(sentence);
  process.exit(1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const enough = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!enough) {
    fail(
      `This project needs Node 20.19 or newer, or 22.12 or newer; this is Node ${process.versions.node}. ` +
        "Install one of them (https://nodejs.org) and run the command again.",
    );
  }
}

const digest = text => createHash("sha256").update(text).digest("hex");

const readIfThere = path => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

function timed(title, work) {
  const started = process.hrtime.bigint();
  say(`${title} …`);
  work();
  say(`${title}: done in ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s`);
}

function run(command, args) {
  // The children's chatter goes to stderr for the same reason as `say`.
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.error) fail(`Could not run "${command}": ${result.error.message}`);
  if (result.signal) process.exit(130);
  if (result.status !== 0)
    fail(`"${command} ${args.join(" ")}" failed with exit code ${result.status}; its output is above.`);
}

function ensureDependencies() {
  const lockfile = join(root, "package-lock.json");
  const stamp = join(root, "node_modules", ".installed-from");
  const wanted = digest(readFileSync(lockfile));
  const modules = existsSync(join(root, "node_modules"));
  if (modules && readIfThere(stamp) === wanted) return;
  if (modules && installedByHandMatches()) {
    writeFileSync(stamp, wanted);
    return;
  }
  const reason = modules
    ? "package-lock.json changed since the last installation"
    : "node_modules is missing";
  timed(`Installing dependencies (${reason})`, () => run("npm", ["ci", "--no-audit", "--no-fund"]));
  writeFileSync(stamp, wanted);
}

// A plain `npm ci` or `npm install` leaves no stamp of ours but its own lock file, which lists what is really installed.
function installedByHandMatches() {
  const hidden = readIfThere(join(root, "node_modules", ".package-lock.json"));
  if (hidden === undefined) return false;
  const versions = lock =>
    Object.entries(lock.packages ?? {})
      .filter(([path, entry]) => path !== "" && !entry.optional && !entry.peer)
      .map(([path, entry]) => `${path}@${entry.version}`);
  const installed = new Set(versions(JSON.parse(hidden)));
  const wanted = versions(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
  return wanted.every(entry => installed.has(entry));
}

function* filesBelow(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules" && entry.name !== "dist") yield* filesBelow(path);
    } else if (/\.(ts|json)$/.test(entry.name)) {
      yield path;
    }
  }
}

function sources() {
  const paths = [
    ...sourceFiles.map(name => join(root, name)).filter(existsSync),
    ...sourceFolders.flatMap(name => [...filesBelow(join(root, name))]),
  ];
  return paths.map(path => {
    const { mtimeMs, size } = statSync(path);
    return { path: relative(root, path), mark: `${mtimeMs}:${size}` };
  });
}

function ensureCompiled() {
  const dist = join(root, "dist");
  const stamp = join(dist, ".compiled-from");
  const now = sources();
  const dependencies = readIfThere(join(root, "node_modules", ".installed-from")) ?? "";
  const wanted = JSON.stringify({ dependencies, sources: now });
  const before = readIfThere(stamp);
  if (before === wanted) return;
  // The compiler never removes the output of a deleted source, and a deleted test would go on running.
  if (
    before !== undefined &&
    JSON.parse(before).sources.some(old => !now.some(source => source.path === old.path))
  ) {
    rmSync(dist, { recursive: true, force: true });
  }
  const reason = before === undefined ? "not compiled yet" : "sources changed";
  timed(`Compiling (${reason})`, () =>
    run(process.execPath, [join("node_modules", "ts-native", "bin", "tsc"), "-p", "tsconfig.json"]),
  );
  writeFileSync(stamp, wanted);
}

requireNode();
ensureDependencies();
ensureCompiled();
leadToSingleFiles();
