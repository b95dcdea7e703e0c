import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

/** What a folder takes on the disk, in bytes; 0 when there is none. */
export async function diskUsage(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  const { stdout } = await promisify(execFile)("du", ["-sk", folder]);
  return Number(stdout.split(/\s/)[0]) * 1024;
}

/** `512 B`, `3.4 MiB`, `12 GiB`: binary units, two significant digits below ten. */
export function bytes(amount: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = amount;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
