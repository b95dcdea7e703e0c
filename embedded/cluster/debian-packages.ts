import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process";

/**
 * Fetches Debian packages and unpacks them into a folder, which is emptied before. Nothing is installed.
 *
 * @param names    `a|b` where releases of Debian name it differently
 * @param archives folder for the packages themselves
 */
export async function unpackDebianPackages(
  names: readonly string[],
  archives: string,
  root: string,
  say: (awaited: string) => void,
): Promise<void> {
  for (const dir of [archives, root]) {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
  }
  await download(names, archives, say);
  for (const file of readdirSync(archives).filter(name => name.endsWith(".deb"))) {
    say(`unpacking ${file}`);
    await run("dpkg-deb", ["-x", join(archives, file), root]);
  }
}

/** The libraries must fit the machine's own, so that an upgrade of the machine means new packages. */
export function debianVersion(): string {
  return existsSync("/etc/debian_version") ? readFileSync("/etc/debian_version", "utf8").trim() : "none";
}

async function download(
  wanted: readonly string[],
  folder: string,
  say: (awaited: string) => void,
): Promise<void> {
  const names = await available(wanted);
  const fetchAll = (): Promise<unknown> =>
    // _apt must not be the user here: it may not write into root's cache folder.
    run("apt-get", ["download", "-q", "-o", "APT::Sandbox::User=root", ...names], {
      cwd: folder,
      timeoutMs: 300_000,
    });
  say(`downloading ${names.length} packages`);
  try {
    await fetchAll();
  } catch {
    say("refreshing the list of packages (apt-get update)");
    await run("apt-get", ["update", "-q"], { timeoutMs: 300_000 });
    await fetchAll();
  }
}

/** Picks of `a|b` the name that this release of Debian has. */
async function available(names: readonly string[]): Promise<readonly string[]> {
  const choices = names.filter(name => name.includes("|"));
  if (choices.length === 0) return names;
  const known = (await run("apt-cache", ["pkgnames", "libbpf"], { accept: [0, 100] })).stdout.split("\n");
  return names.map(
    name => name.split("|").find(choice => known.includes(choice)) ?? name.split("|").at(-1) ?? name,
  );
}
