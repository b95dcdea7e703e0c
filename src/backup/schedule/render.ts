import { BackupMethod } from "../../cnpg/backup";
import {
  type InstanceObjectMetadata,
  instanceMetadata,
  labels as cnpgLabels,
  takenOver,
} from "../../cnpg/metadata";
import { cnpgApiVersion, type EmbeddedMetadata, type Manifest } from "../../cnpg/object";
import { barmanPluginName } from "../../cnpg/object-store";
import { BackupOwnerReference, type ScheduledBackupSpec } from "../../cnpg/scheduled-backup";
import type { InstanceReference } from "../../instance/reference";
import { caDirectory } from "../../instance/render";
import { type CronJobManifest, cronJobManifest, type JobSpec, unusedSchedule } from "../../jobs/job";
import type { Rule } from "../../jobs/rule";
import { merge } from "../../merge";
import { hourly, resolveSchedule } from "../../schedule";
import { BackupType } from "../backup-type";
import { drillManifests, type DrillManifests } from "../drill/render";
import { type RetentionPolicyArgs, defaultRecoveryWindowDays } from "../retention-policy";
import type { BackupScheduleArgs } from "./args";
import { type BackupScheduleNames, backupScheduleNames, dumpRole, entryName } from "./names";
import type { ResolvedBackupSchedule, ResolvedDump, ResolvedEntry } from "./resolve";
import { dumpRestoreRules, dumpRules, keeperRules } from "./rights";

/** What rendering starts from. */
export interface ScheduleContext {
  args: BackupScheduleArgs;
  schedule: ResolvedBackupSchedule;
  reference: InstanceReference;
  names: BackupScheduleNames;
}

export function scheduleContext(
  args: BackupScheduleArgs,
  schedule: ResolvedBackupSchedule,
  reference: InstanceReference,
): ScheduleContext {
  return { args, schedule, reference, names: backupScheduleNames(reference, schedule) };
}

/** Metadata of an object of the schedule. */
function metadata(
  { args, reference }: ScheduleContext,
  name: string,
  extra?: EmbeddedMetadata,
): InstanceObjectMetadata {
  return instanceMetadata(reference, args, name, extra);
}

/** The whole policy: the window is the store's. */
export function retentionPolicy({ reference, schedule }: ScheduleContext): RetentionPolicyArgs {
  return {
    recoveryWindowDays: reference.store?.recoveryWindowDays ?? defaultRecoveryWindowDays,
    ...schedule.tiers,
  };
}

/** A full backup by the clock. */
export function scheduledBackup(context: ScheduleContext, entry: ResolvedEntry): Manifest {
  const { reference, names, args } = context;
  const name = names.scheduledBackups[entry.name] ?? "";
  const { method = BackupMethod.plugin, target, immediate } = entry.args;
  const spec: ScheduledBackupSpec = {
    schedule: resolveSchedule(entry.schedule, seed(reference, entryName(reference.name, entry.name)))
      .sixFields,
    cluster: { name: reference.clusterName },
    method,
    ...(method === BackupMethod.plugin ? { pluginConfiguration: { name: barmanPluginName } } : {}),
    // A backup outlives the schedule that took it.
    backupOwnerReference: BackupOwnerReference.none,
    immediate: immediate ?? false,
    suspend: isSuspended(context, entry),
    ...(target === undefined ? {} : { target }),
  };
  const manifest = {
    apiVersion: cnpgApiVersion,
    kind: "ScheduledBackup",
    metadata: metadata(context, name),
    spec,
  };
  return merge(manifest, args.overrides?.scheduledBackup) as unknown as Manifest;
}

/** Nothing is backed up while the servers are shut down: CloudNativePG would make a failing Backup each time. */
export function isSuspended({ reference }: ScheduleContext, { suspend }: { suspend: boolean }): boolean {
  return suspend || reference.hibernated;
}

/** An incremental backup by the clock. */
export function incrementalBackup(context: ScheduleContext, entry: ResolvedEntry): CronJobManifest {
  const { reference, names } = context;
  const request = {
    namespace: reference.namespace,
    instance: reference.name,
    type: BackupType.Incremental,
    snapshot: entry.args.snapshot ?? false,
    timeoutSeconds: incrementalSeconds,
  };
  const job = jobSpec(context, names.incremental[entry.name] ?? "", "backup", request);
  return cronJob(
    context,
    { ...job, serviceAccountName: names.keeper, activeDeadlineSeconds: incrementalSeconds + 60 },
    entry,
  );
}

/** Seconds an incremental backup may take: the archive may be behind, and a snapshot may have to be copied. */
const incrementalSeconds = 1800;

/** Seconds of a run that checks backups and carries out retention; the next one goes on with what is left. */
const keeperSeconds = 3300;

/** Checks new backups and carries out retention, every hour. */
export function keeper(context: ScheduleContext): CronJobManifest {
  const { reference, names, schedule, args } = context;
  const request = {
    namespace: reference.namespace,
    instance: reference.name,
    store: reference.store?.name,
    archives: reference.archive === undefined ? [] : [reference.archive],
    policy: retentionPolicy(context),
    configMap: names.keeper,
  };
  const job = jobSpec(context, names.keeper, "backup-keeper", request);
  return cronJob(
    context,
    { ...job, serviceAccountName: names.keeper, activeDeadlineSeconds: keeperSeconds, backoffLimit: 0 },
    { schedule: hourly(), timeZone: schedule.timeZone, suspend: args.suspend ?? false },
  );
}

/** Where dumps of the entries with a volume appear in the pods. */
export const dumpDirectory = "/dumps";

/** Dumps by the clock, and what dumps on demand are made from. */
export function dump(context: ScheduleContext, entry: ResolvedDump): CronJobManifest {
  const { reference, names } = context;
  const { databases, format, schemaOnly, compressionLevel, jobs, roles, timeoutSeconds, volume } = entry;
  const request = {
    ...dumpSource(context),
    entry: entry.name,
    ...(volume === undefined
      ? { store: reference.store?.name }
      : { directory: `${dumpDirectory}/${entry.name}`, policy: retentionPolicy(context) }),
    databases,
    format,
    schemaOnly,
    compressionLevel,
    jobs,
    roles,
    timeoutSeconds,
  };
  const job = jobSpec(context, names.dumps[entry.name] ?? "", "dump", request);
  return cronJob(
    context,
    {
      ...job,
      ...connection(context, { secret: names.dumpLogin, entries: [entry] }),
      serviceAccountName: names.dumpLogin,
      activeDeadlineSeconds: timeoutSeconds + 120,
      backoffLimit: 1,
      resources: entry.resources,
    },
    entry,
  );
}

/** What restores of dumps are made from; it never runs by itself. */
export function dumpRestore(context: ScheduleContext): CronJobManifest {
  const { reference, names, schedule } = context;
  const request = {
    ...dumpSource(context),
    store: reference.store?.name,
    directories: Object.fromEntries(
      schedule.dumps.flatMap(({ name, volume }) =>
        volume === undefined ? [] : [[name, `${dumpDirectory}/${name}`]],
      ),
    ),
    timeoutSeconds: restoreSeconds,
  };
  const job = jobSpec(context, names.dumpRestore, "restore-dump", request);
  return cronJob(
    context,
    {
      ...job,
      ...connection(context, { secret: reference.connectionSecret, entries: schedule.dumps, readOnly: true }),
      serviceAccountName: names.dumpRestore,
      activeDeadlineSeconds: restoreSeconds + 120,
      backoffLimit: 0,
      resources: schedule.dumps[0]?.resources,
    },
    { schedule: unusedSchedule, timeZone: schedule.timeZone, suspend: true },
  );
}

/** Seconds a restore of a dump may take. */
const restoreSeconds = 86_400;

function dumpSource({ reference }: ScheduleContext): object {
  return {
    namespace: reference.namespace,
    instance: reference.name,
    host: reference.host,
    port: reference.port,
    caFile: `${caDirectory}/ca.crt`,
  };
}

/** Login, certificate of the authority and volumes of Jobs that reach the server. */
function connection(
  { reference, names }: ScheduleContext,
  { secret, entries, readOnly }: { secret: string; entries: ResolvedDump[]; readOnly?: boolean },
): Pick<JobSpec, "env" | "volumes" | "volumeMounts"> {
  const mounted = entries.filter(({ volume }) => volume !== undefined);
  const from = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: secret, key } } });
  return {
    env: [from("PGUSER", "username"), from("PGPASSWORD", "password")],
    volumes: [
      { name: "postgres-ca", configMap: { name: reference.caConfigMap } },
      ...mounted.map(({ name }) => ({
        name: `dumps-${name}`,
        persistentVolumeClaim: { claimName: names.volumeClaims[name] ?? "" },
      })),
    ],
    volumeMounts: [
      { name: "postgres-ca", mountPath: caDirectory, readOnly: true },
      ...mounted.map(({ name }) => ({
        name: `dumps-${name}`,
        mountPath: `${dumpDirectory}/${name}`,
        ...(readOnly === true ? { readOnly } : {}),
      })),
    ],
  };
}

/** The volume of an entry that names no claim which is there already. */
export function volumeClaim(context: ScheduleContext, { name, volume }: ResolvedDump): Manifest | undefined {
  if (volume === undefined || volume.claim !== undefined) return undefined;
  const { storageClass, size } = volume;
  const manifest = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: metadata(context, context.names.volumeClaims[name] ?? "", {
      // A class that waits for the first pod would keep the update waiting until the first dump.
      annotations: { "pulumi.com/skipAwait": "true" },
    }),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    },
  };
  return merge(manifest, context.args.overrides?.volumeClaim);
}

/** The role that dumps: it reads everything and changes nothing. CloudNativePG makes it in the Cluster that is active. */
export function dumpDatabaseRole(context: ScheduleContext): Manifest {
  const { reference, names } = context;
  return {
    apiVersion: cnpgApiVersion,
    kind: "DatabaseRole",
    metadata: metadata(context, `${reference.clusterName}-dumps`, {
      // One that stayed, of a generation that becomes active again, is taken over.
      annotations: takenOver,
    }),
    spec: {
      cluster: { name: reference.clusterName },
      name: dumpRole(reference.name),
      comment: "Logical dumps",
      login: true,
      // Rows that a policy hides belong into a dump; pg_dump refuses to leave them out.
      bypassrls: true,
      inRoles: ["pg_read_all_data"],
      passwordSecret: { name: names.dumpLogin },
      databaseRoleReclaimPolicy: "delete",
    },
  };
}

/** Metadata of the Secret with the login of the dumps. */
export function dumpLoginMetadata(context: ScheduleContext): InstanceObjectMetadata {
  return metadata(context, context.names.dumpLogin, { labels: { [cnpgLabels.reload]: "true" } });
}

/** A ServiceAccount that may do exactly what the rules say. */
export interface Account {
  serviceAccount: Manifest;
  role: Manifest & { rules: Rule[] };
  binding: Manifest & {
    roleRef: { apiGroup: string; kind: string; name: string };
    subjects: { kind: string; name: string; namespace: string }[];
  };
}

/** The accounts of the Jobs. */
export function accounts(context: ScheduleContext): Record<"keeper" | "dumps" | "dumpRestore", Account> {
  const { reference, names } = context;
  return {
    keeper: account(context, names.keeper, keeperRules(reference, names)),
    dumps: account(context, names.dumpLogin, dumpRules(reference)),
    dumpRestore: account(context, names.dumpRestore, dumpRestoreRules(reference)),
  };
}

function account(context: ScheduleContext, name: string, rules: Rule[]): Account {
  const { namespace, store } = context.reference;
  const meta = metadata(context, name);
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    serviceAccount: {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: metadata(context, name, { annotations: store?.serviceAccountAnnotations }),
    },
    role: { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata: meta, rules },
    binding: {
      apiVersion: `${apiGroup}/v1`,
      kind: "RoleBinding",
      metadata: meta,
      roleRef: { apiGroup, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  };
}

/** What restore drills need; only where they are asked for. */
export function drill({ args, schedule, reference }: ScheduleContext): DrillManifests {
  const { image = reference.jobsImage, imagePullPolicy = reference.jobsImagePullPolicy } = args.jobs ?? {};
  const { labels, annotations, overrides } = args;
  const of = { ...reference, jobsImage: image, jobsImagePullPolicy: imagePullPolicy };
  const manifests = drillManifests(of, schedule.drill ?? {}, { labels, annotations });
  return { ...manifests, cronJob: merge(manifests.cronJob, overrides?.cronJob) };
}

/** What every Job of the schedule has; all of them reach the store. */
function jobSpec(
  context: ScheduleContext,
  name: string,
  operation: string,
  request: object,
): Omit<JobSpec, "serviceAccountName" | "activeDeadlineSeconds"> {
  const { reference, args } = context;
  const { labels, annotations, namespace } = metadata(context, name);
  return {
    name,
    namespace,
    labels: { ...labels, ...reference.store?.podLabels },
    annotations,
    operation,
    request,
    image: args.jobs?.image ?? reference.jobsImage,
    imagePullPolicy: args.jobs?.imagePullPolicy ?? reference.jobsImagePullPolicy,
    resources: jobResources,
  };
}

/** Memory of the programs that read the store. */
const jobResources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "512Mi" } };

function cronJob(
  context: ScheduleContext,
  job: JobSpec,
  when: { schedule: string; timeZone: string; suspend: boolean },
): CronJobManifest {
  const { fiveFields } = resolveSchedule(when.schedule, seed(context.reference, job.name));
  if (fiveFields === undefined) throw new RangeError(`Schedule "${when.schedule}" is none for a CronJob.`);
  const manifest = cronJobManifest(job, {
    schedule: fiveFields,
    timeZone: when.timeZone,
    suspend: isSuspended(context, when),
  });
  return merge(manifest, context.args.overrides?.cronJob);
}

/** What the minute depends on where it was left open. */
export function seed({ namespace }: InstanceReference, name: string): string {
  return `${namespace}/${name}`;
}
