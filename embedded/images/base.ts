import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

import { cacheDir, projectDir, stateDir } from "../paths";
import { withLock } from "../cluster/lock";
import { run } from "../process";
import type { Progress } from "../progress";
import { debianMirror } from "./mirror";
import { ensureDebootstrap } from "./debootstrap";
import { architecture, type Layer, layerMediaTypes, Measure } from "./oci";

/** A Debian root that several images share as their lowest layer. */
export interface BaseRecipe {
  /** Debian's suite; testing carries the newest PostgreSQL, a stable release the one before. */
  suite: "testing" | "trixie";
  /** The PostgreSQL major it holds. */
  major: number;
  /** A file in the form of images/jobs/packages.txt. */
  list: string;
  /** Packages added to the list. */
  packages: string[];
  /** Whether the server is one to upgrade from, whose programs must run in the newer image. */
  older: boolean;
}

/** The layer and what is really in it. */
export interface BaseLayer extends Layer {
  /** The server's version as its package says, `18.6`. */
  serverVersion: string;
  /** PgBouncer's version as its package says, `1.25.2`; absent where the base has none. */
  poolerVersion?: string;
}

/** The server and those extensions of CloudNativePG's standard images that Debian packages. */
function serverPackages(major: number): string[] {
  return ["", "-pgaudit", "-pgvector", "-pg-failover-slots"].map(part => `postgresql-${major}${part}`);
}

const jobsFolder = (): string => join(projectDir(), "images", "jobs");

/** The base of a major: 18 with all that jobs, the backup sidecar and the pooler need, 17 with the server alone. */
export function baseRecipe(major: number): BaseRecipe {
  if (major === 18)
    return {
      suite: "testing",
      major,
      list: join(jobsFolder(), "packages.txt"),
      packages: [...serverPackages(major), "pgbouncer"],
      older: false,
    };
  if (major === 17)
    return {
      suite: "trixie",
      major,
      list: "/dev/null",
      packages: [...serverPackages(major), "zstd", "patchelf"],
      older: true,
    };
  throw new Error(
    `No Debian release carries PostgreSQL ${major}: images built here have 18 or 17, others must be pulled from a registry (--context).`,
  );
}

const scripts = (): { root: string; older: string; install: string } => ({
  root: join(projectDir(), "embedded", "images", "debian-root.sh"),
  older: join(projectDir(), "embedded", "images", "older-major.sh"),
  install: join(jobsFolder(), "install.sh"),
});

async function recipeHash(recipe: BaseRecipe): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([architecture(), recipe.suite, recipe.packages, recipe.older]));
  const files = [scripts().root, scripts().install, recipe.list, ...(recipe.older ? [scripts().older] : [])];
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

const layerFile = "layer.tar.zst";

const longestBuildMs = 1_800_000;

const visibleStep = /^(?:I: )?((?:Retrieving|Extracting|Configuring|Unpacking|Setting up) [^\s(]+)/;

async function makeRoot(root: string, recipe: BaseRecipe, say: (awaited: string) => void): Promise<void> {
  const debootstrap = await ensureDebootstrap();
  const script = [
    scripts().root,
    root,
    recipe.suite,
    debianMirror(),
    debootstrap.keyring,
    scripts().install,
    recipe.list,
  ];
  const namespaces = [
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--propagation",
    "private",
  ];
  const log = stateDir("logs", `image-debian-${recipe.suite}.log`);
  await mkdir(dirname(log), { recursive: true });
  const lines = createWriteStream(log);
  try {
    await run("unshare", [...namespaces, "sh", ...script, ...recipe.packages], {
      env: {
        DEBOOTSTRAP_DIR: debootstrap.directory,
        LC_ALL: "C",
        OLDER_MAJOR: recipe.older ? String(recipe.major) : "",
      },
      timeoutMs: longestBuildMs,
      onLine: line => {
        lines.write(`${line}\n`);
        const step = visibleStep.exec(line)?.[1];
        if (step !== undefined) say(step);
      },
    });
  } catch (cause) {
    throw new Error(
      `Debian ${recipe.suite} could not be assembled from ${debianMirror()}; the whole log is ${log}.`,
      { cause },
    );
  } finally {
    lines.end();
  }
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0)
    throw new Error(
      `${child.spawnargs.join(" ")} failed with exit code ${String(code)}: ${said.slice(-2000)}`,
    );
}

/** Packs a root with its own zstd, which this machine may lack. Level 1: a quarter of gzip's time, and smaller. */
async function packRoot(root: string, file: string): Promise<Layer> {
  const archive = spawn("tar", [
    "-C",
    root,
    "--sort=name",
    "--numeric-owner",
    "--one-file-system",
    // Devices come from the container's runtime. Left out here, not deleted there: debootstrap may have mounted them.
    "--exclude=./dev/*",
    "-cf",
    "-",
    ".",
  ]);
  const packed = spawn("chroot", [root, "zstd", "-q", "-1", "-T0", "-c"]);
  const inside = new Measure();
  const outside = new Measure();
  await Promise.all([
    ended(archive),
    ended(packed),
    pipeline(archive.stdout, inside, packed.stdin),
    pipeline(packed.stdout, outside, createWriteStream(file)),
  ]);
  return {
    file,
    mediaType: layerMediaTypes.zstd,
    digest: outside.digest(),
    diffId: inside.digest(),
    size: outside.size,
  };
}

/** The upstream version of a package in a text of dpkg's database; undefined when it is not there. */
export function packageVersion(status: string, name: string): string | undefined {
  return new RegExp(`^Package: ${name}\\n(?:.+\\n)*?Version: ([0-9.]+)`, "m").exec(status)?.[1];
}

async function versionsIn(
  root: string,
  major: number,
): Promise<Pick<BaseLayer, "serverVersion" | "poolerVersion">> {
  const status = await readFile(join(root, "var/lib/dpkg/status"), "utf8");
  const serverVersion = packageVersion(status, `postgresql-${major}`);
  if (serverVersion === undefined)
    throw new Error(`The Debian root holds no postgresql-${major}: look at images/jobs/install.sh.`);
  const poolerVersion = packageVersion(status, "pgbouncer");
  return { serverVersion, ...(poolerVersion === undefined ? {} : { poolerVersion }) };
}

async function build(recipe: BaseRecipe, folder: string, say: (awaited: string) => void): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error(
      "Building images from Debian packages needs root: run it as root, or use --context with a cluster of your own.",
    );
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const root = join(unfinished, "root");
  await makeRoot(root, recipe, say);
  say("packing the layer");
  const layer = await packRoot(root, join(unfinished, layerFile));
  const found = await versionsIn(root, recipe.major);
  await writeFile(join(unfinished, "layer.json"), JSON.stringify({ ...layer, ...found }));
  await rm(root, { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

async function ensure(progress: Progress, recipe: BaseRecipe): Promise<BaseLayer> {
  const prefix = `debian-${recipe.suite}-`;
  const name = prefix + (await recipeHash(recipe));
  const folder = cacheDir("images", name);
  const built = (): boolean => existsSync(join(folder, "layer.json"));
  const title = `Debian ${recipe.suite} with PostgreSQL ${recipe.major}`;
  // Several checkouts share the cache: one builds, the others wait for its result.
  const alone = (work: () => Promise<void>): Promise<void> =>
    withLock(cacheDir("images", `${prefix}lock`), title, work, longestBuildMs);
  if (!built()) {
    await progress.step(title, say =>
      alone(async () => {
        if (built()) return;
        await build(recipe, folder, say);
        await removeOthers(prefix, name);
      }),
    );
  }
  const layer = JSON.parse(await readFile(join(folder, "layer.json"), "utf8")) as BaseLayer;
  return { ...layer, file: join(folder, layerFile) };
}

/** Removes layers of earlier recipes and what interrupted builds left. */
async function removeOthers(prefix: string, kept: string): Promise<void> {
  for (const entry of await readdir(cacheDir("images"), { withFileTypes: true }))
    if (entry.isDirectory() && entry.name.startsWith(prefix) && entry.name !== kept)
      await rm(cacheDir("images", entry.name), { recursive: true });
}

const running = new Map<number, Promise<BaseLayer>>();

/** The shared base layer of a PostgreSQL major, built when its recipe changed. Callers of one process share one build. */
export function ensureBase(progress: Progress, major: number): Promise<BaseLayer> {
  let base = running.get(major);
  if (base === undefined) {
    base = ensure(progress, baseRecipe(major));
    running.set(major, base);
    base.catch(() => running.delete(major));
  }
  return base;
}
