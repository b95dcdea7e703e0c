import { readFileSync } from "node:fs";

/** The version of the SDK whose plugin we stand in for, marked so that nobody takes us for it. */
export function standInVersion(packageName: string): string {
  const manifest = require.resolve(`@pulumi/${packageName}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return `${version}+stand-in`;
}
