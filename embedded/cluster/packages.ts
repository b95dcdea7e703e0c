import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { cacheDir } from "../paths";
import { run } from "../process";
import { Progress } from "../progress";
import { debianVersion, unpackDebianPackages } from "./debian-packages";
import { withLock } from "./lock";

/** Debian packages of the node. The machine keeps its own packages: these are unpacked into the cache, not installed. */
const nodePackages = [
  "containerd",
  "runc",
  "containernetworking-plugins",
  "iptables",
  "conntrack",
  "xfsprogs",
  "iproute2",
  "openssl",
  // Libraries of the above that Debian's essential packages do not bring.
  "libinih1",
  "liburcu8",
  "libip4tc2",
  "libip6tc2",
  "libxtables12",
  "libnftnl11",
  "libmnl0",
  "libnfnetlink0",
  "libnetfilter-conntrack3",
  "libedit2",
  "libbsd0",
  "libbpf0|libbpf1",
  "libelf1",
  "libcap2",
  "libtirpc3",
  "libssl3",
  "libseccomp2",
];

/** Programs that are run, each through a wrapper that finds its libraries. */
const programs = [
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "runc",
  "conntrack",
  "ip",
  "openssl",
  "mkfs.xfs",
  "xfs_repair",
  "xfs_growfs",
  "xfs_io",
  "xfs_db",
];
const iptablesPrograms = [
  "iptables",
  "iptables-save",
  "iptables-restore",
  "ip6tables",
  "ip6tables-save",
  "ip6tables-restore",
];

/** The unpacked packages. */
export interface Packages {
  root: string;
  /** Folder with the wrappers. */
  bin: string;
  /** CNI plugins. */
  cni: string;
  /** Value for PATH that puts the wrappers first. */
  path: string;
}

/** What a machine must have installed already, with the Debian package it comes from. */
const required: Record<string, string> = {
  mount: "mount",
  umount: "mount",
  losetup: "mount",
  nsenter: "util-linux",
  "apt-get": "apt",
  "dpkg-deb": "dpkg",
};

export interface PackageOptions {
  /** Refuses to install what the machine itself lacks (parts of `required`) and names it instead. Default false. */
  noInstall?: boolean;
}

/** Unpacks the node's Debian packages into the cache, unless they are there. */
export async function ensurePackages(progress: Progress, options: PackageOptions = {}): Promise<Packages> {
  await ensureRequired(progress, options);
  const packages = unpackedPackages();
  if (upToDate()) return packages;
  await progress.step("Unpack Debian packages of the node (nothing is installed)", say =>
    // Other checkouts use the same cache, and may have done the work while this one waited.
    withLock(
      cacheDir("debs.lock"),
      "The folder of unpacked Debian packages",
      async () => void (upToDate() || (await unpack(packages, say))),
      300_000,
    ),
  );
  return packages;
}

function stampFile(): string {
  return cacheDir("debs", "stamp");
}

function stamp(): string {
  const wrappers = [...programs, ...iptablesPrograms.map(name => iptablesCommand("", name))].map(line =>
    wrapper("", line),
  );
  const inputs = [nodePackages, wrappers, debianVersion()];
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
}

function upToDate(): boolean {
  return existsSync(stampFile()) && readFileSync(stampFile(), "utf8") === stamp();
}

async function unpack(packages: Packages, say: (awaited: string) => void): Promise<void> {
  const unfinished = cacheDir("debs", "root.unfinished");
  await unpackDebianPackages(nodePackages, cacheDir("debs", "archives"), unfinished, say);
  writeWrappers(unfinished);
  replaceFolder(packages.root, unfinished);
  writeFileSync(stampFile(), stamp());
}

/** A running cluster uses the folder, so it is exchanged between two system calls and not while files are removed. */
function replaceFolder(folder: string, by: string): void {
  const old = `${folder}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(by, folder);
  rmSync(old, { recursive: true, force: true });
}

/** Debian has all of these from the start; only a stripped machine makes this install something. */
async function ensureRequired(progress: Progress, options: PackageOptions): Promise<void> {
  const missing = Object.keys(required).filter(program => !onPath(program));
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(program => required[program] ?? program))];
  const lacking = `The embedded cluster needs ${missing.join(", ")} on PATH`;
  if (!onPath("apt-get"))
    throw new Error(`${lacking}, and this is no Debian machine to install ${names.join(", ")} on.`);
  if (options.noInstall)
    throw new Error(`${lacking}: install ${names.join(", ")}, or start without --no-install.`);
  progress.note(
    `Installing the Debian packages ${names.join(", ")}, which stay installed: ${missing.join(", ")} is missing.`,
  );
  await run("apt-get", ["install", "-y", "-q", ...names], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    timeoutMs: 300_000,
  });
}

/** Where the packages are or will be. */
export function unpackedPackages(): Packages {
  return packagesAt(cacheDir("debs", "root"));
}

function packagesAt(root: string): Packages {
  const bin = join(root, "wrappers");
  return { root, bin, cni: join(root, "usr/lib/cni"), path: bin + delimiter + searchPath().join(delimiter) };
}

function writeWrappers(root: string): void {
  const bin = packagesAt(root).bin;
  mkdirSync(bin, { recursive: true });
  const triplet = readdirSync(join(root, "usr/lib")).find(name => name.endsWith("-linux-gnu")) ?? "";
  const write = (name: string, text: string): void => {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of programs) write(name, wrapper(triplet, `exec "$root/${located(root, name)}" "$@"`));
  for (const name of iptablesPrograms) write(name, wrapper(triplet, iptablesCommand(triplet, name)));
}

/** Finds the packages from its own place, so that the folder may be moved or reached by another path. */
function wrapper(triplet: string, command: string): string {
  const libraries = `$root/usr/lib/${triplet}:$root/lib/${triplet}`;
  return `#!/bin/sh\nroot="\${0%/*}/.."\nexport LD_LIBRARY_PATH="${libraries}"\n${command}\n`;
}

/** Which of the two kernel interfaces works differs between machines; the legacy one also needs its modules. */
function iptablesCommand(triplet: string, name: string): string {
  const extensions = `export XTABLES_LIBDIR="$root/usr/lib/${triplet}/xtables"`;
  return `${extensions}\nexec "$root/usr/sbin/xtables-\${PULUMI_CNPG_IPTABLES:-nft}-multi" ${name} "$@"`;
}

function located(root: string, program: string): string {
  const folder = ["usr/bin", "usr/sbin", "bin", "sbin"].find(name => existsSync(join(root, name, program)));
  if (!folder) throw new Error(`The Debian packages in ${root} do not hold the program ${program}.`);
  return `${folder}/${program}`;
}

function searchPath(): string[] {
  const wanted = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  // npm puts folders of its own in front, so that the node's processes would be started anew whenever the way of starting changes.
  const own = (process.env.PATH ?? "")
    .split(delimiter)
    .filter(folder => folder !== "" && !folder.includes("node_modules"));
  return [...new Set([...own, ...wanted])];
}

/** Whether the machine itself has a program. */
export function onPath(program: string): boolean {
  return searchPath().some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
