import * as batch from "@pulumi/kubernetes/batch/v1";
import * as pulumi from "@pulumi/pulumi";
import { storeRules } from "../backup/store/rules";
import { jobManifest, type JobSpec, resultAnnotation } from "../jobs/job";
import type { PostgresInstanceArgs } from "./args";
import type { Rule } from "../jobs/rule";
import type { InstanceContext } from "./children";
import { account, jobSpec } from "./jobs";

/** Seconds in which the last base backup is to end. */
const patience = 6 * 3600;

/** The last backup before the data may be deleted. */
export interface FinalBackup {
  /** What everything that holds data waits for: while it has not succeeded, Pulumi goes on keeping the data. */
  resources: pulumi.Resource[];
  /** How to bring the instance back, as the text of a program. */
  tombstone: pulumi.Output<string | undefined>;
}

/** Whether this update takes a last backup. */
function takesFinalBackup({ deletion, backup }: PostgresInstanceArgs): boolean {
  return deletion !== undefined && backup !== undefined && (deletion.finalBackup ?? true);
}

/** Takes a base backup, checks it and writes the tombstone; nothing for an instance that does not exist yet. */
export function finalBackup(context: InstanceContext, dependsOn: pulumi.Resource[]): FinalBackup {
  const { children, name, args, instance } = context;
  const none = { resources: [], tombstone: pulumi.output<string | undefined>(undefined) };
  if (args.backup === undefined || !takesFinalBackup(args)) return none;
  const { names, namespace, active } = instance;
  const store = pulumi.output(args.backup.store);
  const spec: pulumi.Output<JobSpec> = store.apply(known => {
    const request = {
      namespace,
      instance: instance.name,
      cluster: active.clusterName,
      store: known.name,
      archive: active.archive,
      generations: instance.generations.map(({ generation }) => generation),
      arguments: plainArguments(args),
      configMap: names.tombstone,
      timeoutSeconds: patience,
    };
    const job = jobSpec(instance, args, names.finalBackupJob, "final-backup", request, patience + 60);
    return { ...job, labels: { ...job.labels, ...known.podLabels }, backoffLimit: 0 };
  });
  const accounts = account(
    context,
    names.finalBackupJob,
    "final-backup",
    store.apply(known => [...storeRules(known), ...rules(context)]),
    dependsOn,
    store.apply(({ serviceAccountAnnotations }) => serviceAccountAnnotations ?? {}),
  );
  const manifest = spec.apply(jobManifest);
  const job = children.make(
    "job",
    batch.Job,
    `${name}-final-backup`,
    { metadata: manifest.metadata, spec: manifest.spec },
    { dependsOn: accounts, customTimeouts: { create: `${patience + 90}s` } },
  );
  const tombstone = job.metadata.annotations.apply(annotations => {
    const result = annotations?.[resultAnnotation];
    return result === undefined ? undefined : (JSON.parse(result) as { tombstone?: string }).tombstone;
  });
  return { resources: [...accounts, job], tombstone };
}

/** What a revival decides anew, consents of one update, and what may be secret or not known yet. */
const leftOut: readonly (keyof PostgresInstanceArgs)[] = [
  "name",
  "namespace",
  "password",
  "backup",
  "restore",
  "initdb",
  "serviceAccountAnnotations",
  "generations",
  "activeGeneration",
  "droppedGenerations",
  "confirmReplacement",
  "confirmDestructive",
  "deletion",
  "adopt",
  "hibernated",
];

/** Arguments that are plain and belong to every update. */
function plainArguments(args: PostgresInstanceArgs): object {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !(leftOut as string[]).includes(name)));
}

function rules({ instance }: InstanceContext): Rule[] {
  const { names, active } = instance;
  return [
    { apiGroups: [""], resources: ["services"], verbs: ["get"], resourceNames: [names.service] },
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["clusters"],
      verbs: ["get"],
      resourceNames: [active.clusterName],
    },
    { apiGroups: ["postgresql.cnpg.io"], resources: ["backups"], verbs: ["create", "get", "list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    // A backup that fails says why in the log of the archiving container.
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"], resourceNames: [names.tombstone] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "get", "list", "patch"] },
    // Its name ends in digits that are not known before.
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"] },
  ];
}
