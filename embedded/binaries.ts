import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { coerce, lt } from "semver";
import { cacheDir, projectDir } from "./paths";
import { run } from "./process";
import { Progress } from "./progress";
import { versions } from "./versions";

export type BinaryName =
  | "node"
  | "manager"
  | "barman-plugin"
  | "kubectl-cnpg"
  | "pause"
  | "storage"
  | "csi-resizer"
  | "snapshot-controller"
  | "csi-snapshotter"
  | "pulumi";

interface Binary {
  /** Folder of the module, from the project's folder. */
  module: "embedded" | "embedded/engine" | "embedded/snapshots";
  /** The package to build; one that begins with `./` has its sources here. */
  package: string;
  /** Variables set by the linker. */
  set?: Record<string, string>;
  /** Other names the program answers to. */
  links?: string[];
}

const [major = "", minor = ""] = versions.kubernetes.split(".");
const kubernetesVersion = {
  "k8s.io/component-base/version.gitVersion": `v${versions.kubernetes}`,
  "k8s.io/component-base/version.gitMajor": major,
  "k8s.io/component-base/version.gitMinor": minor,
};

const binaries: Record<BinaryName, Binary> = {
  node: { module: "embedded", package: "./node", set: kubernetesVersion, links: ["kubectl"] },
  storage: { module: "embedded", package: "./storage" },
  pause: { module: "embedded", package: "./pause" },
  "csi-resizer": {
    module: "embedded",
    package: "github.com/kubernetes-csi/external-resizer/v2/cmd/csi-resizer",
  },
  "snapshot-controller": {
    module: "embedded/snapshots",
    package: "github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller",
  },
  "csi-snapshotter": {
    module: "embedded/snapshots",
    package: "github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter",
  },
  manager: { module: "embedded", package: "github.com/cloudnative-pg/cloudnative-pg/cmd/manager" },
  "kubectl-cnpg": {
    module: "embedded",
    package: "github.com/cloudnative-pg/cloudnative-pg/cmd/kubectl-cnpg",
  },
  "barman-plugin": {
    module: "embedded",
    package: "github.com/cloudnative-pg/plugin-barman-cloud/cmd/manager",
  },
  pulumi: {
    module: "embedded/engine",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    set: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}` },
  },
};

/**
 * Builds the named programs from their Go modules into the cache and answers their paths. One whose inputs have not
 * changed since its last build is left alone.
 */
export async function ensureBinaries<N extends BinaryName>(
  progress: Progress,
  names: readonly N[],
): Promise<Record<N, string>> {
  const paths = Object.fromEntries(names.map(name => [name, cacheDir("bin", name)])) as Record<N, string>;
  const goVersions = new Map<string, string>();
  for (const name of names) {
    const module = binaries[name].module;
    const go = goVersions.get(module) ?? (await goVersion(module));
    goVersions.set(module, go);
    const stamp = stampOf(binaries[name], go);
    const stampFile = `${paths[name]}.stamp`;
    if (!existsSync(paths[name]) || !existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
      await progress.step(`Build ${name}`, say => build(binaries[name], paths[name], say));
      writeFileSync(stampFile, stamp);
    }
    for (const link of binaries[name].links ?? []) ensureLink(name, cacheDir("bin", link));
  }
  return paths;
}

/** Folder of a module of `embedded/go.mod` in the module cache, downloaded when it is not there yet. */
export async function moduleDirectory(module: string): Promise<string> {
  const { stdout } = await go("embedded", ["mod", "download", "-json", module]);
  const { Dir } = JSON.parse(stdout) as { Dir?: string };
  if (!Dir) throw new Error(`Go did not say where it keeps the module ${module}.`);
  return Dir;
}

async function build(binary: Binary, path: string, say: (awaited: string) => void): Promise<void> {
  mkdirSync(cacheDir("bin"), { recursive: true });
  say("the Go compiler; minutes the first time, seconds later");
  const unfinished = `${path}.${process.pid}`;
  try {
    await go(
      binary.module,
      ["build", "-trimpath", "-ldflags", linkerFlags(binary), "-o", unfinished, binary.package],
      line => {
        if (line.startsWith("go: downloading ")) say(line.slice("go: ".length));
      },
    );
    // Builds are reproducible: the same program keeps its file, so that what runs from it need not be restarted.
    const same = (await run("cmp", ["-s", unfinished, path], { accept: [0, 1, 2] })).code === 0;
    if (!same) renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function linkerFlags(binary: Binary): string {
  const variables = Object.entries(binary.set ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s", "-w", ...variables].join(" ");
}

function stampOf(binary: Binary, goVersion: string): string {
  const folder = join(projectDir(), binary.module);
  const hash = createHash("sha256").update(
    [goVersion, process.arch, linkerFlags(binary), binary.package].join("\n"),
  );
  const own = binary.package.startsWith("./") ? goSources(join(folder, binary.package)) : [];
  for (const file of [join(folder, "go.mod"), join(folder, "go.sum"), ...own])
    hash.update(relative(folder, file)).update(readFileSync(file));
  return hash.digest("hex");
}

function goSources(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith(".go") && !name.endsWith("_test.go"))
    .sort()
    .map(name => join(folder, name));
}

function go(module: string, args: string[], onLine?: (line: string) => void): Promise<{ stdout: string }> {
  const env = {
    CGO_ENABLED: "0",
    GOMODCACHE: cacheDir("go", "mod"),
    GOCACHE: cacheDir("go", "build"),
    // The cache must be deletable by `npm run clean` with an ordinary remove.
    GOFLAGS: "-modcacherw -buildvcs=false",
  };
  return run("go", args, { cwd: join(projectDir(), module), env, onLine });
}

/** The version Go answers with inside the module: it fetches the one go.mod asks for by itself, where it can. */
async function goVersion(module: string): Promise<string> {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(projectDir(), module, "go.mod"), "utf8"))?.[1] ?? "";
  const needed = `The embedded cluster is built with Go ${wanted} or newer (https://go.dev/doc/install)`;
  let found: string;
  try {
    found = (await go(module, ["env", "GOVERSION"])).stdout.trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${needed}, which this machine does not offer: ${reason}`, { cause: error });
  }
  if (olderThan(found, wanted)) throw new Error(`${needed}, but the go on PATH is ${found}.`);
  return found;
}

/** Whether `go1.19.8` is older than `1.26.4`. A version that is no number (a build from Go's sources) is taken as new. */
function olderThan(found: string, wanted: string): boolean {
  const version = coerce(found.replace(/^go/, ""));
  const least = coerce(wanted);
  return version !== null && least !== null && lt(version, least);
}

function ensureLink(target: string, path: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}
