import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { projectDir } from "../../embedded/paths";
import { versions } from "../../embedded/versions";

/** Writes what a benchmark measured, with what it was measured on. */
export function keepResult(name: string, result: object): string {
  const folder = join(projectDir(), "test", "bench", "results");
  const file = join(folder, `${name}.json`);
  const machine = {
    platform: platform(),
    architecture: arch(),
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ date: new Date().toISOString(), machine, versions, ...result }, undefined, 2)}\n`,
  );
  return file;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
