import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

import { cacheDir } from "../paths";
import type { Progress } from "../progress";
import { archiveFileName, fileDigest, writeArchive, writeLayer } from "./oci";
import { type ImageParts, imageParts } from "./recipe";

/** An archive in the cache that `ctr images import` reads. */
export interface BuiltImage {
  ref: string;
  archive: string;
  /** Digest of the image's manifest, `sha256:…`; another one after every rebuild. */
  digest: string;
}

interface Stamp {
  inputs: string;
  digest: string;
}

async function inputsHash(ref: string, parts: ImageParts): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([ref, parts.config, parts.below.map(layer => layer.digest)]));
  for (const entry of parts.own) {
    hash.update(JSON.stringify({ ...entry, from: undefined }));
    if (entry.type === "copy") hash.update(await fileDigest(entry.from));
  }
  return hash.digest("hex");
}

async function readStamp(file: string): Promise<Stamp | undefined> {
  return existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as Stamp) : undefined;
}

async function pack(archive: string, ref: string, parts: ImageParts): Promise<string> {
  const layerFile = `${archive}.${process.pid}.layer`;
  try {
    const own = parts.own.length > 0 ? [await writeLayer(layerFile, parts.own)] : [];
    return await writeArchive(archive, ref, parts.config, [...parts.below, ...own], new Date().toISOString());
  } finally {
    await rm(layerFile, { force: true });
  }
}

/** Makes the archive of an image from its parts, or finds it in the cache when none of them changed. */
export async function packImage(progress: Progress, ref: string, parts: ImageParts): Promise<BuiltImage> {
  const archive = cacheDir("images", archiveFileName(ref));
  const stampFile = `${archive}.json`;
  const inputs = await inputsHash(ref, parts);
  const stamp = await readStamp(stampFile);
  if (stamp?.inputs === inputs && existsSync(archive)) return { ref, archive, digest: stamp.digest };

  const digest = await progress.step(`Image ${ref}`, async say => {
    say("packing");
    await mkdir(cacheDir("images"), { recursive: true });
    await rm(stampFile, { force: true });
    const made = await pack(archive, ref, parts);
    await writeFile(stampFile, JSON.stringify({ inputs, digest: made } satisfies Stamp));
    return made;
  });
  if (parts.note !== undefined) progress.note(parts.note);
  return { ref, archive, digest };
}

/**
 * Makes the archive of one image under its published name, or finds it in the cache when none of its inputs changed:
 * the Debian recipe, the binary, the bundle of the jobs. Needs no cluster.
 */
export async function buildImage(progress: Progress, ref: string): Promise<BuiltImage> {
  return packImage(progress, ref, await imageParts(progress, ref));
}
