#!/usr/bin/env node
// Starts the command line. In a checkout, what is missing or out of date is installed and compiled first, as for `npm run`;
// the published package is complete and has no such script.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const ensure = new URL("../scripts/ensure.mjs", import.meta.url);
if (existsSync(ensure)) await import(ensure.href);

const { main } = createRequire(import.meta.url)("../dist/src/cli/main.js");
await main(process.argv.slice(2));
