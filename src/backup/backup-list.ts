import { nearest } from "../nearest";
import {
  BackupKind,
  BackupState,
  type KeepMark,
  KeepTarget,
  type KnownBackup,
  UnusableBackups,
} from "./known-backup";
import { isRecord } from "./record";
import { readTimestamp } from "../timestamp";

/**
 * Backups from a list of maps with the members of {@link KnownBackup}: the form in which everything can be said, also which base backups
 * are marked. Times are texts with a zone.
 * @throws UnusableBackups for a member that is missing, unknown or of another form
 */
export function readBackupList(list: unknown): KnownBackup[] {
  if (!Array.isArray(list)) throw new UnusableBackups("backups is not a list.");
  return list.map((entry, index) => readEntry(entry, `backups[${index}]`));
}

const members = ["id", "kind", "series", "state", "begin", "end", "ours", "keep", "beginWal"];

function readEntry(entry: unknown, where: string): KnownBackup {
  if (!isRecord(entry)) throw new UnusableBackups(`${where} is not a map.`);
  refuseUnknown(entry, members, where);
  const series = optional(entry, "series", where, text);
  const end = optional(entry, "end", where, time);
  const ours = optional(entry, "ours", where, truth);
  const keep = optional(entry, "keep", where, mark);
  const beginWal = optional(entry, "beginWal", where, text);
  return {
    id: text(entry.id, `${where}.id`),
    kind: choice(BackupKind)(entry.kind, `${where}.kind`),
    state: choice(BackupState)(entry.state, `${where}.state`),
    begin: time(entry.begin, `${where}.begin`),
    ...(series === undefined ? {} : { series }),
    ...(end === undefined ? {} : { end }),
    ...(ours === undefined ? {} : { ours }),
    ...(keep === undefined ? {} : { keep }),
    ...(beginWal === undefined ? {} : { beginWal }),
  };
}

type Reader<T> = (value: unknown, where: string) => T;

function optional<T>(
  entry: Record<string, unknown>,
  member: string,
  where: string,
  read: Reader<T>,
): T | undefined {
  const value = entry[member];
  return value === undefined || value === null ? undefined : read(value, `${where}.${member}`);
}

function text(value: unknown, where: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new UnusableBackups(`${where}${shown(value)} is not a text; a number needs quotes to be one.`);
}

function time(value: unknown, where: string): Date {
  const read = typeof value === "string" ? readTimestamp(value) : undefined;
  if (read !== undefined) return read;
  throw new UnusableBackups(
    `${where}${shown(value)} is not a time with a zone, for example 2026-02-09T02:00:03Z.`,
  );
}

function truth(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw new UnusableBackups(`${where}${shown(value)} is neither true nor false.`);
}

function choice<T extends string>(choices: Record<string, T>): Reader<T> {
  return (value, where) => {
    const found = Object.values(choices).find(known => known === value);
    if (found !== undefined) return found;
    throw new UnusableBackups(`${where}${shown(value)} is not one of ${Object.values(choices).join(", ")}.`);
  };
}

function mark(value: unknown, where: string): KeepMark {
  if (!isRecord(value)) throw new UnusableBackups(`${where}${shown(value)} is not a map of target and ours.`);
  refuseUnknown(value, ["target", "ours"], where);
  return {
    target: choice(KeepTarget)(value.target, `${where}.target`),
    ours: truth(value.ours, `${where}.ours`),
  };
}

function refuseUnknown(entry: Record<string, unknown>, known: string[], where: string): void {
  const unknown = Object.keys(entry).find(name => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  throw new UnusableBackups(
    `${where}.${unknown} is not known. ${meant === undefined ? `Known are ${known.join(", ")}.` : `Did you mean ${meant}?`}`,
  );
}

function shown(value: unknown): string {
  return value === undefined ? "" : ` = ${JSON.stringify(value)}`;
}
