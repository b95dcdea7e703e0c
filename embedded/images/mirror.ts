import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const aptFolder = "/etc/apt";

/** The Debian archive the machine's own apt uses, or the one named by PULUMI_CNPG_DEBIAN_MIRROR. */
export function debianMirror(): string {
  const found = process.env.PULUMI_CNPG_DEBIAN_MIRROR ?? mirrorIn(aptSources());
  if (found !== undefined) return found;
  throw new Error(
    `No Debian archive is configured in ${aptFolder}: set PULUMI_CNPG_DEBIAN_MIRROR to the address of one, as apt would be given it.`,
  );
}

/** The first address of a main Debian archive in the texts of apt's source files, in either of their two formats. */
export function mirrorIn(sources: readonly string[]): string | undefined {
  const lines = sources.flatMap(text => text.split("\n")).filter(line => !/^\s*#/.test(line));
  const addresses = lines
    .filter(line => /^\s*(deb\s|URIs:)/.test(line))
    .flatMap(line => line.match(/https?:\/\/[^\s\]]+/g) ?? []);
  return addresses.map(address => address.replace(/\/+$/, "")).find(address => /\/debian$/.test(address));
}

function aptSources(): string[] {
  const folder = join(aptFolder, "sources.list.d");
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return [join(aptFolder, "sources.list"), ...files.map(file => join(folder, file))]
    .filter(file => /\.(list|sources)$/.test(file) && existsSync(file))
    .map(file => readFileSync(file, "utf8"));
}
