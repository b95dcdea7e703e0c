import * as batch from "@pulumi/kubernetes/batch/v1";
import * as pulumi from "@pulumi/pulumi";
import { PrimaryUpdateStrategy } from "../cnpg/cluster";
import type { Rule } from "../jobs/rule";
import { cronJobManifest, jobManifest, resultAnnotation } from "../jobs/job";
import { ApplyMode, cronJobSchedule } from "../parameters/apply-mode";
import { followerSensitive } from "../parameters/change-plan";
import type { PendingParameter } from "../parameters/pending-parameter";
import { restartClass } from "../parameters/restart-class";
import { WaitFor } from "./args";
import type { InstanceContext } from "./children";
import { account, asApplication, jobSpec } from "./jobs";
import { caDirectory, clusterManifest, rolloutOf } from "./render";

/** What applies parameters that Pulumi leaves alone. */
export interface HeldParameters {
  resources: pulumi.Resource[];
  /** What waited when the update ended. */
  pending: pulumi.Output<PendingParameter[]>;
}

/**
 * Whether what is held back is applied before the update changes the Cluster: parameters that wait for a rollout belong to the same
 * one, so that the pods restart once for both.
 */
export function appliesEarly({ args }: InstanceContext): boolean {
  return args.parameterChanges?.mode === ApplyMode.OnNextRestart;
}

/**
 * Applies changed parameters when their restarts are held back: those that reload at once, the others when they are due. The Job
 * runs with every update that changes something of it, the CronJob at the beginning of each window.
 */
export function parameterJobs(context: InstanceContext, dependsOn: pulumi.Resource[]): HeldParameters {
  const { children, name, args, instance } = context;
  const none = { resources: [], pending: pulumi.output<PendingParameter[]>([]) };
  if (!instance.held || instance.hibernated) return none;
  const { names } = instance;
  const request = applyRequest(context);
  const spec = {
    ...jobSpec(
      instance,
      args,
      names.parametersJob,
      "apply-parameters",
      { ...request, report: true },
      instance.readyTimeout + 60,
    ),
    ...asApplication(instance),
    backoffLimit: 0,
  };
  const accounts = account(
    context,
    names.parametersJob,
    "parameters",
    rules(instance.active.clusterName, spec.name),
    dependsOn,
  );
  const job = children.make("job", batch.Job, `${name}-parameters`, jobManifest(spec), {
    dependsOn: accounts,
    customTimeouts: { create: `${instance.readyTimeout + 90}s` },
  });
  const when = cronJobSchedule(args.parameterChanges ?? {});
  const later =
    when === undefined
      ? []
      : [
          children.make(
            "job",
            batch.CronJob,
            `${name}-parameters-schedule`,
            cronJobManifest({ ...spec, name: names.parametersJob, request }, when),
            { dependsOn: accounts },
          ),
        ];
  const pending = job.metadata.annotations.apply(annotations => {
    const result = annotations?.[resultAnnotation];
    return result === undefined ? [] : (JSON.parse(result) as { pending: PendingParameter[] }).pending;
  });
  return { resources: [...accounts, job, ...later], pending };
}

function applyRequest(context: InstanceContext) {
  const { args, instance } = context;
  const { active } = instance;
  const early = appliesEarly(context);
  const { spec } = clusterManifest(instance, args, active);
  return {
    namespace: instance.namespace,
    cluster: active.clusterName,
    mode: { ...args.parameterChanges },
    parameters: spec.postgresql?.parameters ?? {},
    restarts: restartClass(active.major, instance.server.sharedPreloadLibraries),
    followerSensitive,
    rollout: rolloutOf(spec),
    early,
    // The Job that settles the update looks at the servers when the Cluster has its other changes too.
    verify: !early,
    supervised: args.primaryUpdateStrategy === PrimaryUpdateStrategy.Supervised,
    database: instance.database,
    caFile: `${caDirectory}/ca.crt`,
    instances: instance.instances,
    waitFor: instance.waitFor === WaitFor.Serving ? "serving" : "complete",
    timeoutSeconds: instance.readyTimeout,
  };
}

function rules(cluster: string, job: string): Rule[] {
  return [
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["clusters"],
      verbs: ["get", "patch"],
      resourceNames: [cluster],
    },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"], resourceNames: [job] },
  ];
}
