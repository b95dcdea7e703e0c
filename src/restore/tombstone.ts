/** What a deleted instance left in its archive, and how it was made. */
export interface Remains {
  /** Name of the instance. */
  name: string;
  namespace: string;
  /** Name of the ObjectStore. */
  store: string;
  /** Name of the archive of its active generation. */
  archive: string;
  /** Its generations, by number. */
  generations: readonly string[];
  /** The last base backup. */
  backupId: string;
  /** When that backup ended, RFC 3339. */
  end: string;
  /** Its arguments, without secrets, generations and what is not plain. */
  arguments: Readonly<Record<string, unknown>>;
}

/** Arguments that bring the instance back, with the data of its last backup. */
export function revivalArguments(remains: Remains): Record<string, unknown> {
  const { name, namespace, archive, backupId } = remains;
  // A generation that never was has an archive that nothing was written into.
  const generation = String(Math.max(...remains.generations.map(Number)) + 1);
  return {
    ...remains.arguments,
    name,
    namespace,
    generations: { [generation]: { restoredFrom: { archive, backupId, target: { latest: true } } } },
    activeGeneration: generation,
  };
}

/** The same for a person, as the text of a program. */
export function tombstoneText(remains: Remains): string {
  const { name, namespace, store, archive, backupId, end } = remains;
  const args = JSON.stringify(revivalArguments(remains), undefined, 2)
    .replace(/^\{/, "")
    .replace(/\n\}$/, "")
    .replace(/^( +)"([A-Za-z]\w*)":/gm, "$1$2:");
  return [
    `// The instance ${namespace}/${name} was deleted. Its last base backup ended at ${end}:`,
    `// ${backupId} in archive ${archive} of ObjectStore ${store}. This brings it back, with everything that was archived:`,
    `new PostgresInstance(${JSON.stringify(name)}, {`,
    `  backup: { store: store.reference }, // the BackupStore ${JSON.stringify(store)} of namespace ${JSON.stringify(namespace)}${args},`,
    "});",
    "",
  ].join("\n");
}
