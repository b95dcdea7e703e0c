import { readBackupList } from "../backup/backup-list";
import { readBackupObjects } from "../backup/backup-objects";
import { readBarmanListing } from "../backup/barman-listing";
import { type KnownBackup, refuseUnusable, UnusableBackups } from "../backup/known-backup";
import { isRecord } from "../backup/record";
import { policyProblems, type RetentionPolicyArgs } from "../backup/retention-policy";
import { UsageError } from "./result";
import { readTextFile } from "./text-file";

/**
 * A retention policy from a YAML or JSON map.
 * @param file path, or `-` for standard input
 */
export async function readPolicyFile(file: string): Promise<RetentionPolicyArgs> {
  const value = await readYaml(file);
  if (!isRecord(value))
    throw new UsageError(`${file} is not a map of a retention policy, for example recoveryWindowDays: 7.`);
  const problems = policyProblems(value);
  if (problems.length > 0)
    throw new UsageError(
      problems
        .map(({ argument, value: given, problem, remedy }) => {
          return `${file}: ${argument} = ${JSON.stringify(given)} ${problem} ${remedy}`;
        })
        .join("\n"),
    );
  return value;
}

/** What a file tells of backups. */
export interface ReadBackups {
  backups: KnownBackup[];
  /** Whether it tells which base backups are marked. */
  marksKnown: boolean;
}

/**
 * Backups from what `barman-cloud-backup-list --format json` or `kubectl get backups -o json` prints, or from a YAML or JSON list `backups`.
 * @param file path, or `-` for standard input
 */
export async function readBackupFile(file: string): Promise<ReadBackups> {
  const value = await readYaml(file);
  try {
    const read = readAny(value);
    refuseUnusable(read.backups);
    return read;
  } catch (error) {
    if (error instanceof UnusableBackups) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

function readAny(value: unknown): ReadBackups {
  if (Array.isArray(value)) return { backups: readBackupList(value), marksKnown: true };
  if (isRecord(value)) {
    if ("backups_list" in value) return { backups: readBarmanListing(value), marksKnown: false };
    if ("kind" in value) return { backups: readBackupObjects(value), marksKnown: false };
    if ("backups" in value) return { backups: readBackupList(value.backups), marksKnown: true };
  }
  throw new UnusableBackups(
    "It is neither what barman-cloud-backup-list --format json nor what kubectl get backups -o json prints, and holds no list backups.",
  );
}

async function readYaml(file: string): Promise<unknown> {
  const text = readTextFile(file);
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${file} is not YAML: ${error.message.split("\n")[0]}`);
  return document.toJS() as unknown;
}
