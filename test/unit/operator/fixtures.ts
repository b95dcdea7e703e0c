import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { projectDir } from "../../../embedded/paths";
import type { Manifest } from "../../../src/cnpg/object";
import type { OperatorManifestArgs } from "../../../src/operator";

const folder = join(projectDir(__dirname), "test", "unit", "operator");

/** Path of a small manifest that has the shape of the real one. */
export function fixturePath(name: "operator" | "plugin"): string {
  return join(folder, "fixtures", `${name}.yaml`);
}

/** The objects of a fixture. */
export function fixtureObjects(name: "operator" | "plugin"): Manifest[] {
  const documents = parseAllDocuments(readFileSync(fixturePath(name), "utf8"));
  return documents.map(document => document.toJS() as Manifest | null).filter(object => object !== null);
}

/** Arguments that make the component read the fixtures. */
export function fixtureManifests(): Required<OperatorManifestArgs> {
  const checksum = (name: "operator" | "plugin"): string =>
    createHash("sha256")
      .update(readFileSync(fixturePath(name)))
      .digest("hex");
  return {
    operator: fixturePath("operator"),
    operatorSha256: checksum("operator"),
    plugin: fixturePath("plugin"),
    pluginSha256: checksum("plugin"),
  };
}

/** Path of a golden file. */
export function goldenPath(name: string): string {
  return join(folder, "golden", `${name}.yaml`);
}
