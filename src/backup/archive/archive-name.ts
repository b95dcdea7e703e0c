import { dumpsFolder } from "../dump/location";

/** Longest name: archives are named for Clusters, whose names are those of Kubernetes. */
const longest = 253;

/** What a name consists of, for whoever wrote another one. */
export const archiveNameForm = `1 to ${longest} letters, digits, dots, hyphens and underscores, with a letter or digit at both ends`;

/**
 * Whether a text can name an archive, that is one folder of a store; Barman calls it the server. The rule is the same for archives that are
 * restored from, which others may have written, and for those that an instance writes: Barman and the plugin take every such name.
 */
export function isArchiveName(text: string): boolean {
  return text.length <= longest && /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text);
}

/** What is wrong with the name of an archive that is to be written, as a sentence without its subject; undefined when nothing is. */
export function newArchiveProblem(text: string): string | undefined {
  if (!isArchiveName(text)) return `is not the name of an archive: ${archiveNameForm}.`;
  return text === dumpsFolder ? "is the folder that logical dumps stand in." : undefined;
}
