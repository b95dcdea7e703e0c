// Compares what we say of values of server parameters with what real servers say: `npm run check:catalogues -- [--update] [--seed N]`.
import { createRequire } from "node:module";
import { readOptions } from "./options.mjs";

const usage = `Compares our verdicts on server parameters with those of a real server of each major.

  npm run check:catalogues                   as the end-to-end tests do
  npm run check:catalogues -- --major 18     of one major
  npm run check:catalogues -- --seed 7       other pairs, to look for unknown differences
  npm run check:catalogues -- --each 30      more values of each parameter
  npm run check:catalogues -- --update       lists the differences of explained parameters anew

Exit codes: 0 every difference is explained, 1 some are not or are gone, 2 wrong usage.`;

const options = readOptions(usage, {
  major: { type: "string" },
  seed: { type: "string" },
  each: { type: "string" },
  update: { type: "boolean", default: false },
});

const load = createRequire(import.meta.url);
const { crossCheck } = load("../dist/test/servers/cross-check.js");
const { serverMajors } = load("../dist/test/servers/binaries.js");
const differences = load("../dist/test/servers/differences.js");

const majors = options.major === undefined ? serverMajors : [Number(options.major)];
const sample = {
  ...(options.seed === undefined ? {} : { seed: Number(options.seed) }),
  ...(options.each === undefined ? {} : { each: Number(options.each) }),
};
const checks = [];
for (const major of majors) checks.push(await crossCheck(major, sample));
if (options.update) differences.updateExplanations(checks);

const { explained, unexplained, gone } = differences.compareDifferences(
  checks,
  differences.readExplanations(),
  Object.keys(sample).length === 0,
);
console.log(differences.crossCheckTable(checks, explained));
for (const line of unexplained) console.log(`not explained: ${line}`);
for (const line of gone) console.log(`no longer there: ${line}`);
process.exit(unexplained.length > 0 || gone.length > 0 ? 1 : 0);
