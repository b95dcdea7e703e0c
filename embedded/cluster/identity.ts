import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRunning, lastLines, readRecord } from "../process";
import { logFileOf, pidFileOf } from "./component";
import { etcdDir } from "./control-plane";
import { Layout } from "./layout";
import { objectStoreDataDir } from "./object-store";

function idFile(layout: Layout): string {
  return join(layout.clusterDir, "id");
}

/** The id made together with etcd's data; `undefined` while there is no data. */
export function clusterId(layout: Layout): string | undefined {
  return existsSync(idFile(layout)) ? readFileSync(idFile(layout), "utf8").trim() : undefined;
}

/** Gives a cluster without data its id. Answers whether it did. */
export function ensureIdentity(layout: Layout): boolean {
  if (existsSync(etcdDir(layout)) && clusterId(layout) !== undefined) return false;
  rmSync(etcdDir(layout), { recursive: true, force: true });
  writeFileSync(idFile(layout), randomUUID() + "\n");
  return true;
}

/** Where data goes that etcd could not use. */
export function unusableDir(layout: Layout): string {
  return join(dirname(layout.clusterDir), "unusable");
}

/** Moves etcd's data out of the way, with the volumes it described and the archives that new databases of the same names would refuse. Answers the folder they are in now. */
export function setDataAside(layout: Layout): string {
  const aside = join(unusableDir(layout), clusterId(layout) ?? randomUUID());
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  renameSync(etcdDir(layout), join(aside, "etcd"));
  renameSync(layout.volumesDir, join(aside, "volumes"));
  if (existsSync(objectStoreDataDir(layout)))
    renameSync(objectStoreDataDir(layout), join(aside, "object-store"));
  rmSync(idFile(layout));
  return aside;
}

/** Troubles of the machine that end etcd although its data is fine. */
const notTheData =
  /no space left on device|address already in use|permission denied|too many open files|cannot allocate memory/i;

/** What etcd writes when it gives up over its data. */
const theData =
  /panic|crc|corrupt|invalid|unexpected EOF|failed to (open|read|find|recover|load)|wal|snapshot/i;

/** etcd ended because it cannot use its data. */
export class EtcdDataError extends Error {}

/** The same error, or an `EtcdDataError` in its place. An etcd that is merely slow, or hindered by the machine, is not judged. */
export function judgeEtcd(layout: Layout, error: Error): Error {
  if (isRunning(readRecord(pidFileOf(layout, "etcd")))) return error;
  const end = lastLines(readFileSync(logFileOf(layout, "etcd"), "utf8"), 20).join("\n");
  return theData.test(end) && !notTheData.test(end) ? new EtcdDataError(error.message) : error;
}
