import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateDir } from "../paths";
import type { ClusterAccess } from "./kubernetes";

/** What the last successful start used, for `status`, `connect` and the next start. */
export interface RunRecord {
  readonly stack: string;
  readonly cluster: ClusterAccess;
  /** Tells one embedded cluster from the next; a rebuilt one has another. */
  readonly clusterId?: string;
  /** When the last start of this stack succeeded, ISO 8601. */
  readonly finishedAt?: string;
}

/**
 * The folder of a run's backend, passphrase, outputs and record. Every cluster has its own, because the same stack on two
 * clusters is two different states.
 *
 * @param context a kubeconfig context; `undefined` is the embedded cluster
 */
export function runFolder(context: string | undefined): string {
  return context === undefined ? stateDir() : stateDir("contexts", encodeURIComponent(context));
}

const recordFile = (folder: string): string => join(folder, "run.json");

/** Reads the record; `undefined` when there was no start yet. */
export function readRunRecord(folder: string): RunRecord | undefined {
  const path = recordFile(folder);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as RunRecord) : undefined;
}

/** Writes the record in one step, so that an interrupted run leaves the old or the new one. */
export function writeRunRecord(folder: string, record: RunRecord): void {
  mkdirSync(folder, { recursive: true });
  const path = recordFile(folder);
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** Whether the state of the stack describes objects of a cluster that no longer exists. */
export function isStale(record: RunRecord | undefined, clusterId: string | undefined): boolean {
  return record?.clusterId !== undefined && clusterId !== undefined && record.clusterId !== clusterId;
}
