import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { cacheDir } from "../paths";
import { run } from "../process";

/** The bootstrap program and the keys it checks the archive with, unpacked in the cache: nothing is installed. */
export interface Debootstrap {
  /** Value of DEBOOTSTRAP_DIR; the program is `../../sbin/debootstrap` from there. */
  directory: string;
  keyring: string;
}

const timeoutMs = 300_000;
const packages = ["debootstrap", "debian-archive-keyring"];

async function download(folder: string): Promise<void> {
  const asRoot = ["-o", "APT::Sandbox::User=root"];
  try {
    await run("apt-get", [...asRoot, "download", ...packages], { cwd: folder, timeoutMs });
  } catch {
    // A machine that never ran `apt-get update` has no package lists; ours stay in the cache.
    const lists = join(folder, "lists");
    await mkdir(join(lists, "partial"), { recursive: true });
    const own = [...asRoot, "-o", `Dir::State::lists=${lists}`];
    await run("apt-get", [...own, "update"], { timeoutMs });
    await run("apt-get", [...own, "download", ...packages], { cwd: folder, timeoutMs });
  }
}

/** Unpacks debootstrap from its Debian package, once. */
export async function ensureDebootstrap(): Promise<Debootstrap> {
  const home = cacheDir("debs", "debootstrap");
  if (!existsSync(home)) {
    const unfinished = `${home}.${process.pid}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await download(unfinished);
    for (const file of await readdir(unfinished)) {
      if (file.endsWith(".deb"))
        await run("dpkg-deb", ["-x", join(unfinished, file), unfinished], { timeoutMs });
    }
    await rename(unfinished, home);
  }
  return {
    directory: join(home, "usr/share/debootstrap"),
    keyring: join(home, "usr/share/keyrings/debian-archive-keyring.gpg"),
  };
}
