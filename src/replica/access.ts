import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { labels as cnpgLabels } from "../cnpg/metadata";
import type { InstanceContext } from "../instance/children";
import { jobSpec, monthly } from "../instance/jobs";
import { metadata } from "../instance/render";
import { cronJobManifest, jobManifest, jobName, type JobSpec } from "../jobs/job";
import type { Rule } from "../jobs/rule";
import { grantIn, type Holder, optionsIn, type Place, serviceAccountIn } from "./children";
import { ofSource, type ResolvedFollow } from "./follow";
import { Feed } from "./follow-args";
import { replicationRole } from "./render";

/** Days the certificate is valid with which it follows, and how many before its end it is renewed. It is looked at once a month. */
const certificateValidity = { validDays: 365, renewBeforeDays: 180 };
/** Seconds in which the certificate is issued. */
const patience = 120;

/** Where the certificate is written: a Secret that goes with a ServiceAccount beside it. */
interface Target {
  place: Place;
  secret: string;
  owner: string;
}

/**
 * What lets an instance in at the one it follows: a client certificate of the role for replication, issued by the source's authority for
 * this follower alone. A Job in the source's namespace makes and renews it, so that no key of either side is in a state. Only where the
 * source is in another Kubernetes cluster does Pulumi carry the certificate over, as a secret.
 */
export function sourceAccess(
  context: InstanceContext,
  serviceAccount: core.ServiceAccount,
): pulumi.Resource[] {
  const { follow, namespace, names } = context.instance;
  if (follow === undefined || follow.writes || follow.feed === Feed.Archive) return [];
  const there: Place = {
    namespace: ofSource(follow, namespace, named => named.namespace),
    provider: context.sourceProvider,
  };
  const holder: Holder = { name: nameThere(context), namespace: there.namespace };
  const account = serviceAccountIn(context, "source", holder.name, there, [serviceAccount]);
  const target: Target =
    there.provider === undefined
      ? { place: { namespace }, secret: names.sourceSecret, owner: names.serviceAccount }
      : { place: there, secret: holder.name, owner: holder.name };
  const authority = ofSource(follow, namespace, named => [reading(named.authority)]);
  const grants = [
    ...grantIn(context, "source", holder.name, there, authority, holder, [account]),
    ...grantIn(context, "source-secret", secretGrant(target), target.place, writing(target), holder, [
      account,
    ]),
  ];
  const { once, again } = issuingJobs(context, follow, there, target, grants);
  return there.provider === undefined ? [once, again] : [once, again, carried(context, there, target, once)];
}

/** Name of what belongs to this follower in the source's namespace, where followers of other namespaces may have the same name. */
function nameThere({ instance: { name, namespace } }: InstanceContext): string {
  return jobName(`${name}-source`, { operation: "", request: { namespace }, image: "" });
}

/** Beside the source there is a Role of the holder's own name already. */
function secretGrant({ secret, owner }: Target): string {
  return secret === owner ? `${secret}-secret` : secret;
}

function reading(secret: string): Rule {
  return { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: [secret] };
}

function writing({ secret, owner }: Target): Rule[] {
  const secrets = { apiGroups: [""], resources: ["secrets"] };
  return [
    { ...secrets, verbs: ["create"] },
    { ...secrets, verbs: ["get", "update", "patch"], resourceNames: [secret] },
    { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get"], resourceNames: [owner] },
  ];
}

/** The Job that issues the certificate, and the CronJob that renews it. */
function issuingJobs(
  context: InstanceContext,
  follow: ResolvedFollow,
  there: Place,
  target: Target,
  grants: pulumi.Resource[],
): { once: batch.Job; again: batch.CronJob } {
  const { children, name, args, instance } = context;
  const prefix = nameThere(context);
  const spec = pulumi
    .all([ofSource(follow, instance.namespace, named => named), target.place.namespace])
    .apply(([named, namespace]): JobSpec => {
      const request = {
        namespace,
        owner: { apiVersion: "v1", kind: "ServiceAccount", name: target.owner },
        certificates: [
          {
            kind: "client",
            secret: target.secret,
            authority: { namespace: named.namespace, secret: named.authority },
            commonName: replicationRole,
            ...certificateValidity,
          },
        ],
      };
      const job = jobSpec(instance, args, prefix, "certificates", request, patience);
      return { ...job, namespace: named.namespace };
    });
  const job = spec.apply(jobManifest);
  const renewal = spec.apply(known =>
    cronJobManifest({ ...known, name: prefix }, { schedule: monthly(`${instance.namespace}/${prefix}`) }),
  );
  const options = optionsIn(there, grants);
  return {
    once: children.make(
      "job",
      batch.Job,
      `${name}-source`,
      { metadata: job.metadata, spec: job.spec },
      options,
    ),
    again: children.make(
      "job",
      batch.CronJob,
      `${name}-source-renewal`,
      { metadata: renewal.metadata, spec: renewal.spec },
      options,
    ),
  };
}

/** The Secret that was made in the source's Kubernetes cluster, in that of the follower. */
function carried(
  { children, name, args, instance, parent }: InstanceContext,
  there: Place,
  target: Target,
  job: batch.Job,
): pulumi.Resource {
  const issued = core.Secret.get(
    `${name}-source-issued`,
    // Not known before the Job has run: what is not there yet cannot be read.
    pulumi.all([job.id, there.namespace]).apply(([, namespace]) => `${namespace}/${target.secret}`),
    { parent, provider: there.provider, dependsOn: [job] },
  );
  return children.make(
    "ownerSecret",
    core.Secret,
    `${name}-source-secret`,
    {
      metadata: metadata(instance, args, instance.names.sourceSecret, {
        labels: { [cnpgLabels.reload]: "true" },
      }),
      type: "kubernetes.io/tls",
      data: issued.data,
    },
    { dependsOn: [job] },
  );
}
