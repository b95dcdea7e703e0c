import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

/**
 * Copies the settings of a project and of one stack into a work directory, where the engine may write to them.
 *
 * @param from  a folder with `Pulumi.yaml` and perhaps `Pulumi.<stack>.yaml`; only read
 * @param to    the work directory; the salt that the engine wrote there is kept
 * @param stack the stack's name
 */
export function copySettings(from: string, to: string, stack: string): void {
  const project = parseDocument(readFileSync(join(from, "Pulumi.yaml"), "utf8"));
  // The program runs in this process; the copy's folder holds no source file.
  project.delete("main");
  replaceFile(join(to, "Pulumi.yaml"), project.toString());
  const name = `Pulumi.${stack}.yaml`;
  const settings = parseDocument(readIfThere(join(from, name)) ?? "{}");
  // The salt belongs to the passphrase of this folder: a new one would re-encrypt the whole state.
  const salt = parseDocument(readIfThere(join(to, name)) ?? "{}").get("encryptionsalt");
  if (salt !== undefined) settings.set("encryptionsalt", salt);
  replaceFile(join(to, name), settings.toString());
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

// In one step, so that an interrupted run leaves the old file or the new one.
function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
