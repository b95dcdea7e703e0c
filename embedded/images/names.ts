/** The parts of `host/path:tag`. */
export interface ImageName {
  repository: string;
  tag: string;
}

/** Splits a reference with a tag; throws when the tag is missing, because an image made here needs an exact name. */
export function imageName(ref: string): ImageName {
  const colon = ref.lastIndexOf(":");
  if (colon <= ref.lastIndexOf("/") || ref.includes("@")) {
    throw new Error(`The image "${ref}" has no tag: write it as host/path:tag.`);
  }
  return { repository: ref.slice(0, colon), tag: ref.slice(colon + 1) };
}
