import { dumpName, restoreEntry } from "../backup/schedule/names";
import { instanceLabels } from "../cnpg/metadata";
import type { DumpResult } from "./dump";
import type { ListDumpsResult } from "./dumps";
import { kinds } from "./kubernetes";
import { present } from "../present";
import type { RestoreDumpRequest, RestoreDumpResult } from "./restore-dump";
import { type JobContext, runJobFrom } from "./run-job";

/** Dumps to be taken now. */
export interface StartDumpRequest {
  namespace: string;
  instance: string;
  /** Entry of `dumps` of the BackupSchedule. @default the only one */
  entry?: string;
  /** In place of those of the entry. */
  databases?: string[];
  label?: string;
  timeoutSeconds?: number;
}

/** Takes dumps now, as an entry of the BackupSchedule does, and waits for them. */
export async function startDump(request: StartDumpRequest, context: JobContext): Promise<DumpResult> {
  const { namespace, instance, databases, label, timeoutSeconds } = request;
  const cronJob = dumpName(instance, await entryOf(request, context));
  return runJobFrom(context, {
    namespace,
    cronJob,
    request: present({ databases, label }),
    ...present({ timeoutSeconds }),
  });
}

async function entryOf(
  { namespace, instance, entry }: StartDumpRequest,
  { api }: JobContext,
): Promise<string> {
  const prefix = dumpName(instance, "");
  const jobs = await api.list(kinds.cronJob, namespace, instanceLabels(instance));
  const entries = jobs
    .map(({ metadata }) => metadata.name ?? "")
    .filter(name => name.startsWith(prefix) && name !== dumpName(instance, restoreEntry))
    .map(name => name.slice(prefix.length))
    .sort();
  const [first, second] = entries;
  if (entry !== undefined && entries.includes(entry)) return entry;
  if (first === undefined)
    throw new Error(
      `Instance ${namespace}/${instance} takes no dumps. Give its BackupSchedule dumps: { nightly: {} } and run pulumi up.`,
    );
  if (entry !== undefined)
    throw new Error(
      `Instance ${namespace}/${instance} has no dumps "${entry}". It has ${entries.join(", ")}.`,
    );
  if (second !== undefined)
    throw new Error(
      `Instance ${namespace}/${instance} has several dumps: name one of ${entries.join(", ")}.`,
    );
  return first;
}

/** A dump to be restored now. */
export type StartDumpRestoreRequest = Pick<RestoreDumpRequest, "namespace" | "instance" | "database"> &
  Partial<
    Pick<
      RestoreDumpRequest,
      "entry" | "id" | "into" | "create" | "confirm" | "privileges" | "jobs" | "timeoutSeconds"
    >
  >;

/** Restores a dump now, and waits for it. */
export async function startDumpRestore(
  { namespace, instance, ...request }: StartDumpRestoreRequest,
  context: JobContext,
): Promise<RestoreDumpResult> {
  return runJobFrom(context, {
    namespace,
    cronJob: dumpName(instance, restoreEntry),
    request: present(request),
    ...present({ timeoutSeconds: request.timeoutSeconds }),
  });
}

/** The dumps of an instance, in its store and on its volumes. */
export async function dumpsOf(
  {
    namespace,
    instance,
    timeoutSeconds = 600,
  }: { namespace: string; instance: string; timeoutSeconds?: number },
  context: JobContext,
): Promise<ListDumpsResult> {
  return runJobFrom(context, {
    namespace,
    cronJob: dumpName(instance, restoreEntry),
    name: `${instance}-list-dumps`,
    operation: "list-dumps",
    request: {},
    timeoutSeconds,
  });
}
