// Writes what the documentation takes from the compiled source: the table of configuration keys, and the resources of examples/aks.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const load = createRequire(import.meta.url);
const { configurationTable } = load("../dist/test/unit/configuration/table.js");
const { aksResourcesPage } = load("../dist/test/unit/examples/resource-list.js");

const file = new URL("../docs/configuration.md", import.meta.url);
const text = readFileSync(file, "utf8");
writeFileSync(
  file,
  text.replace(/(<!-- keys:[^>]*-->\n)[\s\S]*(<!-- \/keys -->)/, `$1\n${configurationTable()}\n\n$2`),
);
writeFileSync(new URL("../docs/aks-resources.md", import.meta.url), await aksResourcesPage());
