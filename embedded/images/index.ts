import type { Progress } from "../progress";
import { type BuiltImage, buildImage } from "./build";
import { digestName } from "./oci";

export { pauseImage } from "../cluster/layout";
export { ensureBase } from "./base";
export { type BuiltImage, buildImage } from "./build";

/** What is needed of a cluster: its node's image store. */
export interface ImageStore {
  /** Whether an image of exactly this name, with a tag or a digest, is there. */
  hasImage(ref: string): Promise<boolean>;
  /** Imports an archive under the names it carries. */
  importImage(archive: string): Promise<void>;
}

async function isImported(store: ImageStore, image: BuiltImage): Promise<boolean> {
  return (await store.hasImage(image.ref)) && (await store.hasImage(digestName(image.ref, image.digest)));
}

/** Imports an image unless the store has exactly this build of it. */
export async function importBuilt(progress: Progress, store: ImageStore, image: BuiltImage): Promise<void> {
  if (await isImported(store, image)) return;
  await progress.step(`Import ${image.ref}`, async say => {
    say("the node's image store");
    await store.importImage(image.archive);
    if (!(await isImported(store, image)))
      throw new Error(
        `${image.ref} is not in the node's image store after the import of ${image.archive}: look at the log of containerd.`,
      );
  });
}

/**
 * Brings images into a cluster under their published names: builds what is missing or out of date, imports what
 * the cluster does not have in exactly that build.
 */
export async function ensureImages(progress: Progress, store: ImageStore, refs: string[]): Promise<void> {
  for (const ref of new Set(refs)) await importBuilt(progress, store, await buildImage(progress, ref));
}
