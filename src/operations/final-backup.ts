import { BackupType } from "../backup/backup-type";
import { instanceLabels } from "../cnpg/metadata";
import { type Remains, tombstoneText } from "../restore/tombstone";
import { openArchive } from "./archive";
import { backupNow } from "./backup";
import { writeData } from "./config-map";
import { kinds } from "./kubernetes";
import type { Operation, OperationContext, RequestReader } from "./operation";
import { present } from "../present";
import { leaveOnJob } from "./result";

/** Request of `final-backup`. */
export interface FinalBackupRequest extends Omit<Remains, "name" | "backupId" | "end"> {
  instance: string;
  cluster: string;
  /** ConfigMap of the tombstone. */
  configMap: string;
  timeoutSeconds: number;
}

/** Key of the tombstone in its ConfigMap. */
export const tombstoneKey = "restore.ts";

export const finalBackup: Operation<FinalBackupRequest> = {
  help: `Takes a last base backup of an instance, looks whether it is whole, and writes down what brings the instance back.
An instance whose Cluster does not exist has nothing to back up.
Request: namespace, instance, cluster, store, archive, generations, arguments {}, configMap, timeoutSeconds.
Result: tombstone.`,
  read: readRequest,
  run: takeFinalBackup,
};

async function takeFinalBackup(request: FinalBackupRequest, context: OperationContext): Promise<void> {
  const { namespace, instance, cluster, archive, configMap } = request;
  if ((await context.api.get(kinds.cluster, namespace, cluster)) === undefined) {
    context.say(`Cluster ${namespace}/${cluster} does not exist: there is nothing to back up.`);
    return;
  }
  const { backup, end } = await backupNow(
    {
      namespace,
      instance,
      type: BackupType.Full,
      label: "final",
      timeoutSeconds: request.timeoutSeconds,
      ...present({ name: backupName(instance, context.env.JOB_UID) }),
    },
    { ...context, sql: noSql },
  );
  const backupId = backup?.backupId;
  if (backupId === undefined) throw new Error(`the backup ${backup?.name} has no name in the archive`);
  const problems = await (await openArchive(context, namespace, request.store)).check(archive, backupId);
  if (problems.length > 0) {
    throw new Error(
      `the last backup ${backupId} is not whole, so the data goes on being kept: ${problems.join("; ")}`,
    );
  }
  const { generations, store, arguments: args } = request;
  const tombstone = tombstoneText({
    name: instance,
    namespace,
    store,
    archive,
    generations,
    backupId,
    end,
    arguments: args,
  });
  const place = { namespace, name: configMap, labels: instanceLabels(instance) };
  await writeData(context.api, place, { [tombstoneKey]: tombstone });
  context.say(tombstone);
  await leaveOnJob({ tombstone }, context);
}

/** A pod that is run again goes on with the backup of the one before, but never with that of an earlier Job. */
function backupName(instance: string, job: string | undefined): string | undefined {
  return job === undefined ? undefined : `${instance}-final-${job.slice(0, 8)}`;
}

/** A base backup asks the server nothing. */
function noSql(): Promise<never> {
  return Promise.reject(new Error("a base backup asks the server nothing"));
}

function readRequest(json: RequestReader): FinalBackupRequest {
  return {
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    cluster: json.text("cluster"),
    store: json.text("store"),
    archive: json.text("archive"),
    generations: json.texts("generations"),
    arguments: json.map("arguments"),
    configMap: json.text("configMap"),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 7 * 86_400),
  };
}
