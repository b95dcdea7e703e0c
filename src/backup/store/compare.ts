/** The part of an ObjectStore's inputs that says where it is. */
interface PlacedInputs {
  spec?: { configuration?: { destinationPath?: unknown } };
}

/**
 * What a changed place of a store does, as a sentence; undefined when it has not moved, or when either place is not known.
 * @param before inputs of the ObjectStore at the update before
 * @param now inputs of this update
 */
export function movedWarning(before: unknown, now: unknown): string | undefined {
  const [from, to] = [place(before), place(now)];
  if (from === undefined || to === undefined || from === to) return undefined;
  return `The store moves from ${from} to ${to}: every instance that uses it begins a new archive there, which can restore nothing before its first base backup. Take one right after this update. What lies in the old place stays, and nothing deletes it any more; a BackupStore of its own keeps it in reach.`;
}

function place(inputs: unknown): string | undefined {
  const found = (inputs as PlacedInputs | undefined)?.spec?.configuration?.destinationPath;
  return typeof found === "string" ? found : undefined;
}
