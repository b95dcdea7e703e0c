import { byName, type MigrationFile } from "./files";

/** A file that was run, as the database remembers it. */
export interface AppliedMigration {
  name: string;
  checksum: string;
}

/** A set of files that does not continue what was run before. Nothing of it is run. */
export class MigrationRefusal extends Error {
  constructor(problems: readonly string[]) {
    super(`Nothing was run: ${problems.join(" ")}`);
    this.name = "MigrationRefusal";
  }
}

/**
 * The files that are to be run, in their order: those that were not.
 * @throws MigrationRefusal when a file that was run is gone or changed, or a new one would have come before it
 */
export function pendingMigrations(
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): MigrationFile[] {
  const known = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  const found = new Map(files.map(file => [file.name, file]));
  const last = [...known.keys()].sort().at(-1);
  const pending = files.filter(({ name }) => !known.has(name)).toSorted(byName);
  const gone = [...known.keys()].sort().filter(name => !found.has(name));
  const changed = [...known]
    .filter(([name, checksum]) => (found.get(name)?.checksum ?? checksum) !== checksum)
    .map(([name]) => name)
    .sort();
  const early = last === undefined ? [] : pending.filter(({ name }) => name < last);
  const problems = [
    ...gone.map(name => `${name} was run in this database and is no longer there. Put it back as it was.`),
    ...changed.map(
      name =>
        `${name} was run in this database and has another text since. Put the old text back, and write the change into a new file.`,
    ),
    ...early.map(
      ({ name }) =>
        `${name} is new, but sorts before ${last}, which was run. Give it a name that sorts after.`,
    ),
  ];
  if (problems.length > 0) throw new MigrationRefusal(problems);
  return pending;
}
