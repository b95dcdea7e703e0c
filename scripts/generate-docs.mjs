// Writes the table of configuration keys into docs/configuration.md, from the compiled source.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { configurationTable } = createRequire(import.meta.url)("../dist/test/unit/configuration/table.js");
const file = new URL("../docs/configuration.md", import.meta.url);
const text = readFileSync(file, "utf8");
writeFileSync(
  file,
  text.replace(/(<!-- keys:[^>]*-->\n)[\s\S]*(<!-- \/keys -->)/, `$1\n${configurationTable()}\n\n$2`),
);
