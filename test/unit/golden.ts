import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The folder of golden files, in the source tree. */
export const goldenFolder = resolve(__dirname, "../../../test/unit/golden");

/** Compares text with a golden file; UPDATE_GOLDEN=1 writes it. */
export function assertGolden(file: string, text: string): void {
  const path = join(goldenFolder, file);
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  assert.ok(existsSync(path), `${file} is missing: run UPDATE_GOLDEN=1 npm test and read the result.`);
  assert.equal(
    text,
    readFileSync(path, "utf8"),
    `${file} differs: if the change is wanted, run UPDATE_GOLDEN=1 npm test and read the diff.`,
  );
}
