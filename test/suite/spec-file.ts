import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import * as exported from "mocha";

// The types are those of an older form of the module, which was the class itself.
const { Mocha } = exported as unknown as { Mocha: typeof exported.default };

/** A file of tests that runs in a process of its own. */
export interface SpecFile {
  /** Of the compiled file. */
  readonly path: string;
  /** Without folder and `.js`: `restore.spec`. */
  readonly name: string;
  /** Nothing else may run beside it: its name ends in `.alone.spec`. */
  readonly alone: boolean;
  /** Tests that were asked for. */
  readonly tests: number;
}

/** What of a file its path tells. */
export function specFile(path: string): Omit<SpecFile, "tests"> {
  const name = basename(path, ".js");
  return { path, name, alone: /\.alone\.\w+$/.test(name) };
}

/**
 * The files below a folder that hold tests whose full title matches, by loading them, which can be done once.
 *
 * @param ending of their names, for example `.spec.js`
 * @param grep   a regular expression, as mocha's own option; absent means every test
 */
export async function findSpecs(folder: string, ending: string, grep?: string): Promise<SpecFile[]> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(path => path.endsWith(ending))
    .sort()
    .map(path => join(folder, path));
  const files: SpecFile[] = [];
  // One after the other: each is loaded into the mocha that was made last.
  for (const path of paths) files.push({ ...specFile(path), tests: await countTests(path, grep) });
  return files.filter(({ tests }) => tests > 0);
}

async function countTests(path: string, grep?: string): Promise<number> {
  const mocha = new Mocha({ ui: "bdd" });
  if (grep !== undefined) mocha.grep(grep);
  const { grep: pattern } = mocha.options;
  mocha.addFile(path);
  await mocha.loadFilesAsync();
  let tests = 0;
  mocha.suite.eachTest((test: Mocha.Test) => {
    if (!(pattern instanceof RegExp) || pattern.test(test.fullTitle())) tests += 1;
  });
  return tests;
}
