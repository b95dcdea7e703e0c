import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianVersion, unpackDebianPackages } from "../embedded/cluster/debian-packages";
import { withLock } from "../embedded/cluster/lock";
import { onPath } from "../embedded/cluster/packages";
import { cacheDir } from "../embedded/paths";
import { run } from "../embedded/process";

/** Longest time to fetch and unpack Prometheus, in milliseconds. */
export const longestFetchMs = 5 * 60_000;

/** Why promtool cannot be had here, as a sentence; undefined when it can. */
export function missingPromtool(): string | undefined {
  if (onPath("promtool") || existsSync(unpacked())) return undefined;
  if (!onPath("apt-get") || !onPath("dpkg-deb"))
    return "promtool is not on PATH, and without apt it cannot be fetched.";
  if (process.getuid?.() !== 0) return "promtool is not on PATH, and fetching it by apt needs root.";
  return undefined;
}

/** The command promtool: the machine's own, else from Debian's package, which is unpacked into the cache and not installed. */
export async function ensurePromtool(): Promise<string> {
  if (onPath("promtool")) return "promtool";
  const what = "The folder of promtool";
  const work = async (): Promise<void> => void (existsSync(unpacked()) || (await unpack()));
  await withLock(cacheDir("promtool.lock"), what, work, longestFetchMs);
  return unpacked();
}

function unpacked(): string {
  return cacheDir("promtool", debianVersion(), "promtool");
}

async function unpack(): Promise<void> {
  const folder = cacheDir("promtool", debianVersion());
  const [archives, root] = [join(folder, "archives"), join(folder, "root")];
  await unpackDebianPackages(["prometheus"], archives, root, () => undefined);
  renameSync(join(root, "usr/bin/promtool"), unpacked());
  // The server itself is a hundred megabytes that nobody needs.
  for (const dir of [archives, root]) rmSync(dir, { recursive: true });
}

/** A group of rules, as a PrometheusRule holds it. */
export type RuleGroup = object;

/** A file for `promtool test rules`, without the names of the files of rules. */
export interface RuleTests {
  evaluation_interval: string;
  tests: object[];
}

/** Throws what promtool finds wrong with the rules. */
export async function checkRules(promtool: string, groups: readonly RuleGroup[]): Promise<void> {
  await withFiles({ "rules.json": { groups } }, folder =>
    run(promtool, ["check", "rules", "--lint-fatal", "rules.json"], { cwd: folder, timeoutMs: 20_000 }),
  );
}

/** Throws the differences between what the rules do on the series of the tests and what the tests expect. */
export async function testRules(
  promtool: string,
  groups: readonly RuleGroup[],
  tests: RuleTests,
): Promise<void> {
  const files = { "rules.json": { groups }, "tests.json": { rule_files: ["rules.json"], ...tests } };
  await withFiles(files, folder =>
    run(promtool, ["test", "rules", "tests.json"], { cwd: folder, timeoutMs: 20_000 }),
  );
}

/** JSON is YAML too. */
async function withFiles(
  files: Record<string, object>,
  work: (folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "promtool-"));
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), JSON.stringify(content));
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
