import { isPositiveQuantity } from "../../quantity";
import { checkChoice, type Report } from "../../report";
import { type DumpArgs, DumpFormat, type DumpVolumeArgs } from "./args";

/** PostgreSQL cuts longer names. */
const nameBytes = 63;

/** Looks at dumps of one name, but for their schedule. */
export function checkDump(path: string, args: DumpArgs, report: Report): void {
  checkDatabases(`${path}.databases`, args.databases, report);
  checkChoice(`${path}.format`, args.format, DumpFormat, report);
  checkWhole(`${path}.compressionLevel`, args.compressionLevel, 0, 19, report);
  checkWhole(`${path}.jobs`, args.jobs, 1, 32, report);
  checkWhole(`${path}.timeoutSeconds`, args.timeoutSeconds, 60, 604_800, report);
  if ((args.jobs ?? 1) > 1 && args.format !== DumpFormat.Directory) {
    report(
      `${path}.jobs`,
      args.jobs,
      "dumps several tables at once, which only the directory format can.",
      `Set ${path}.format: "${DumpFormat.Directory}".`,
    );
  }
  if (args.volume !== undefined) checkVolume(`${path}.volume`, args.volume, report);
}

function checkDatabases(path: string, databases: string[] | undefined, report: Report): void {
  if (databases === undefined) return;
  if (databases.length === 0)
    report(path, databases, "names no database.", "Leave it out for every database.");
  for (const [index, name] of databases.entries()) {
    if (name === "" || Buffer.byteLength(name) > nameBytes)
      report(`${path}[${index}]`, name, `is no name of 1 to ${nameBytes} bytes.`, "Name a database.");
    else if (databases.indexOf(name) < index)
      report(`${path}[${index}]`, name, "is there twice.", "Name it once.");
  }
}

function checkWhole(
  path: string,
  value: number | undefined,
  least: number,
  most: number,
  report: Report,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  report(path, value, `is not a whole number from ${least} to ${most}.`, "Write one, or leave it out.");
}

function checkVolume(path: string, { claim, storageClass, size }: DumpVolumeArgs, report: Report): void {
  if (claim !== undefined && (storageClass !== undefined || size !== undefined))
    report(
      path,
      { claim, storageClass, size },
      "names a claim that exists and describes one that is to be made.",
      "Leave storageClass and size out, or leave claim out.",
    );
  if (claim !== undefined && !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(claim))
    report(`${path}.claim`, claim, "is no name of a PersistentVolumeClaim.", "Write its name alone.");
  if (size !== undefined && !isPositiveQuantity(size))
    report(`${path}.size`, size, "is not a quantity.", 'Write for example "50Gi".');
}
