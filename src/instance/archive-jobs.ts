import * as batch from "@pulumi/kubernetes/batch/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";
import { storeRules } from "../backup/store/rules";
import { barmanRoleName } from "../cnpg/object-store";
import { cronJobManifest, jobManifest, type JobSpec, unusedSchedule } from "../jobs/job";
import { ArgumentError } from "../argument-error";
import { feedStore } from "../replica/follow";
import { storeProblem } from "./checks/backup";
import type { Rule } from "../jobs/rule";
import type { InstanceContext } from "./children";
import { account, jobSpec } from "./jobs";
import { metadata } from "./render";

/** Seconds in which an archive is looked at. */
const patience = 900;

/** The listing of a large archive is held in memory, by Node and by Barman's library. */
const resources = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } };

/**
 * What an instance needs to archive: the plugin's rights for the ServiceAccount of its pods, and the certainty that no generation writes
 * into another server's archive. A suspended CronJob is what the command line makes Jobs from that look at the archive.
 */
export function archiveJobs(context: InstanceContext, needs: pulumi.Resource[]): pulumi.Resource[] {
  const { backup } = context.args;
  if (backup === undefined) return feedBindings(context, needs);
  const store = pulumi.output(backup.store).apply(given => ofNamespace(context, given));
  const bindings = context.instance.generations.map(({ clusterName }) =>
    binding(context, clusterName, needs),
  );
  const accounts = account(
    context,
    context.instance.names.archive,
    "archive",
    store.apply(known => rules(context, known)),
    needs,
    store.apply(({ serviceAccountAnnotations }) => serviceAccountAnnotations ?? {}),
  );
  const checks = context.instance.generations.map(({ generation, clusterName, archive }) =>
    check(context, store, { generation, cluster: clusterName, server: archive }, accounts),
  );
  return [...bindings, ...accounts, ...checks, template(context, store, accounts)];
}

/** An instance that only reads another one's archive needs the plugin's rights all the same. */
function feedBindings(context: InstanceContext, needs: pulumi.Resource[]): pulumi.Resource[] {
  const { args, instance } = context;
  if (feedStore(args, instance.namespace) === undefined) return [];
  return instance.generations.map(({ clusterName }) => binding(context, clusterName, needs));
}

/** @throws ArgumentError for a store of another namespace, which the plugin does not read */
function ofNamespace({ name, instance }: InstanceContext, store: BackupStoreReference): BackupStoreReference {
  const problem = storeProblem(name, instance.namespace, store);
  if (problem !== undefined) throw new ArgumentError(problem);
  return store;
}

/** The plugin binds its Role to a ServiceAccount with the name of the Cluster; ours has that of the instance. */
function binding(
  { children, name, args, instance }: InstanceContext,
  cluster: string,
  dependsOn: pulumi.Resource[],
): rbac.RoleBinding {
  return children.make(
    "job",
    rbac.RoleBinding,
    `${name}-${cluster.slice(instance.name.length + 1)}-archive-binding`,
    {
      metadata: metadata(instance, args, `${cluster}-archive`),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: barmanRoleName(cluster) },
      subjects: [
        { kind: "ServiceAccount", name: instance.names.serviceAccount, namespace: instance.namespace },
      ],
    },
    { dependsOn },
  );
}

function rules({ instance }: InstanceContext, store: BackupStoreReference): Rule[] {
  const { names, generations } = instance;
  return [
    ...storeRules(store),
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["clusters"],
      verbs: ["get"],
      resourceNames: generations.map(({ clusterName }) => clusterName),
    },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      verbs: ["get", "patch"],
      resourceNames: [names.archive],
    },
    // Their names end in digits that are not known before.
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"] },
  ];
}

/** Looks, before a generation is created, whether its archive is free. */
function check(
  context: InstanceContext,
  store: pulumi.Output<BackupStoreReference>,
  { generation, cluster, server }: { generation: string; cluster: string; server: string },
  dependsOn: pulumi.Resource[],
): batch.Job {
  const { children, name, instance } = context;
  const { namespace } = instance;
  const manifest = store.apply(known =>
    jobManifest(
      archiveJob(context, known, "archive-check", { namespace, store: known.name, server, cluster }),
    ),
  );
  return children.make(
    "job",
    batch.Job,
    `${name}-g${generation}-archive-check`,
    { metadata: manifest.metadata, spec: manifest.spec },
    { dependsOn },
  );
}

function template(
  context: InstanceContext,
  store: pulumi.Output<BackupStoreReference>,
  dependsOn: pulumi.Resource[],
): batch.CronJob {
  const { children, name, instance } = context;
  const { namespace, names, generations } = instance;
  const manifest = store.apply(known => {
    const servers = generations.map(({ archive }) => archive);
    const request = {
      namespace,
      instance: instance.name,
      store: known.name,
      servers,
      configMap: names.archive,
    };
    const spec = archiveJob(context, known, "archive-survey", request);
    return cronJobManifest({ ...spec, name: names.archive }, { schedule: unusedSchedule, suspend: true });
  });
  return children.make(
    "job",
    batch.CronJob,
    `${name}-archive-survey`,
    { metadata: manifest.metadata, spec: manifest.spec },
    { dependsOn },
  );
}

function archiveJob(
  { instance, args }: InstanceContext,
  store: BackupStoreReference,
  operation: string,
  request: object,
): JobSpec {
  const spec = jobSpec(instance, args, instance.names.archive, operation, request, patience);
  return { ...spec, labels: { ...spec.labels, ...store.podLabels }, resources };
}
