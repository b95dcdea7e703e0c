import { BackupMethod, type BackupObject, type BackupTarget } from "../cnpg/backup";
import { instanceLabels, labels, ownAnnotations } from "../cnpg/metadata";
import { cnpgApiVersion, type Manifest } from "../cnpg/object";
import { barmanPluginName } from "../cnpg/object-store";
import { BackupPhase } from "../cnpg/phases";
import { causeSentence, plainCause, storeProblem, storeRemedies } from "../backup/store-problem";
import { finalBackupPhases } from "./instance-health";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { lastBarmanError } from "./sidecar-log";
import { type Clock, describeError, type Look, waitUntil } from "./waiting";

/** A Backup to be made. */
export interface BackupObjectRequest {
  namespace: string;
  instance: string;
  cluster: string;
  /** Name of the Backup. One of this name that is there already is followed in place of making another. */
  name: string;
  method: BackupMethod;
  label?: string;
  target?: BackupTarget;
  timeoutSeconds: number;
}

/** A Backup that is completed. */
export interface TakenBackup {
  /** Name of the Backup. */
  name: string;
  /** What the archive calls it; not of snapshots. */
  backupId?: string;
  /** Name of the archive; not of snapshots. */
  server?: string;
  begin: string;
  end: string;
  seconds: number;
  beginWal?: string;
  endWal?: string;
  beginLsn?: string;
  endLsn?: string;
  /** Instance it was taken from. */
  pod?: string;
  /** Names of the VolumeSnapshots. */
  snapshots?: string[];
}

/** A Backup as the API server returns it. */
export type BackupManifest = BackupObject & Manifest;

/** What making a Backup needs. */
export interface BackupObjectContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
}

/**
 * Makes a Backup and waits until it is completed.
 * @throws Error with the reason when it fails, and when the time is up, after which it goes on by itself
 */
export async function takeBackup(
  request: BackupObjectRequest,
  context: BackupObjectContext,
): Promise<TakenBackup> {
  const { namespace, name, timeoutSeconds } = request;
  await make(request, context);
  const look = async (): Promise<Look<BackupManifest | undefined>> => {
    const backup = await context.api.get<BackupManifest>(kinds.backup, namespace, name);
    if (backup === undefined || finalBackupPhases.includes(backup.status?.phase ?? "")) {
      return { done: true, value: backup };
    }
    return { done: false, awaiting: `Backup ${name}: ${stageOf(backup)}` };
  };
  const ended = await waitUntil(look, { ...context, timeoutSeconds }).catch((error: unknown) => {
    throw new Error(`${describeError(error)}. The backup goes on by itself.`, { cause: error });
  });
  if (ended === undefined) throw new Error(`Backup ${namespace}/${name} was deleted before it ended`);
  if (ended.status?.phase !== BackupPhase.completed) throw new Error(await failureOf(ended, context.api));
  return takenBackup(ended);
}

async function make(request: BackupObjectRequest, { api, say }: BackupObjectContext): Promise<void> {
  const { namespace, name, cluster } = request;
  try {
    await api.create(kinds.backup, backupManifest(request));
    say(`Made Backup ${namespace}/${name} of Cluster ${cluster}.`);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const known = await api.get<BackupManifest>(kinds.backup, namespace, name);
    if (known?.spec?.cluster.name !== cluster || known.spec.method !== request.method) {
      throw new Error(
        `There is a Backup ${namespace}/${name} already, and it is another one: choose a new name`,
        {
          cause: error,
        },
      );
    }
    say(`Backup ${namespace}/${name} is there already.`);
  }
}

/** The manifest of a Backup of ours. */
export function backupManifest(request: BackupObjectRequest): BackupManifest {
  const { namespace, name, instance, cluster, method, target, label } = request;
  const plugin = method === BackupMethod.plugin;
  return {
    apiVersion: cnpgApiVersion,
    kind: "Backup",
    metadata: {
      name,
      namespace,
      labels: { ...instanceLabels(instance), [labels.cluster]: cluster },
      ...present({ annotations: label === undefined ? undefined : { [ownAnnotations.label]: label } }),
    },
    spec: {
      cluster: { name: cluster },
      method,
      ...present({ target, pluginConfiguration: plugin ? { name: barmanPluginName } : undefined }),
    },
  };
}

/** What a completed Backup says of itself. */
export function takenBackup({ metadata, status = {} }: BackupObject): TakenBackup {
  const begin = status.startedAt ?? status.reconciliationStartedAt ?? "";
  const end = status.stoppedAt ?? status.reconciliationTerminatedAt ?? "";
  return {
    name: metadata.name ?? "",
    begin,
    end,
    seconds: (Date.parse(end) - Date.parse(begin)) / 1000,
    ...present({
      backupId: status.backupId,
      server: status.serverName,
      beginWal: status.beginWal,
      endWal: status.endWal,
      beginLsn: status.beginLSN,
      endLsn: status.endLSN,
      pod: status.instanceID?.podName,
      snapshots: status.snapshotBackupStatus?.elements?.map(element => element.name),
    }),
  };
}

function stageOf({ status }: BackupManifest): string {
  const { phase, error, instanceID } = status ?? {};
  switch (phase) {
    case undefined:
    case "":
      return "the operator has not seen it yet";
    case BackupPhase.pending:
      return `it waits for another backup or for an instance${error === undefined ? "" : ` (${error})`}`;
    case BackupPhase.walArchivingFailing:
      return "it waits, because the archive takes no WAL";
    case BackupPhase.finalizing:
      return "the snapshots become ready";
    default:
      return `${phase}${instanceID?.podName === undefined ? "" : ` on ${instanceID.podName}`}`;
  }
}

/** CloudNativePG only has an exit code; the cause is in the log of the instance's sidecar. */
async function failureOf({ metadata, status, spec }: BackupManifest, api: KubernetesApi): Promise<string> {
  const { namespace = "", name = "" } = metadata;
  const words = plainCause(status?.error ?? status?.phase ?? "no reason is given");
  const pod = status?.instanceID?.podName;
  const barman =
    pod === undefined || spec?.method !== BackupMethod.plugin
      ? undefined
      : await lastBarmanError(api, namespace, pod, "barman-cloud-backup");
  const cause = barman === undefined ? words : `${words}: ${barman.message}`;
  const problem = storeProblem(cause);
  return `Backup ${namespace}/${name} failed: ${causeSentence(cause)}${problem === undefined ? "" : ` ${storeRemedies[problem]}`}`;
}
