import type { EmbeddedMetadata } from "../cnpg/object";
import type { InstanceReference } from "../instance/reference";
import type { JobsArgs } from "../jobs/args";
import { jobManifest, type JobManifest, jobName, type JobSpec } from "../jobs/job";
import { besideInstance } from "./metadata";

/** What the arguments of a component say of everything it makes. */
export type Common = EmbeddedMetadata & { jobs?: JobsArgs };

/** What a Job does; where it stands and what it runs in is the instance's. */
export type JobContent = Omit<
  JobSpec,
  "name" | "namespace" | "labels" | "annotations" | "image" | "imagePullPolicy"
>;

/** A Job in the namespace of the instance, in the image of its Jobs unless the component names another one. */
export function instanceJob(
  instance: InstanceReference,
  { jobs, ...common }: Common,
  name: string,
  content: JobContent,
): JobSpec {
  return {
    ...besideInstance(instance, common, name),
    ...content,
    image: jobs?.image ?? instance.jobsImage,
    imagePullPolicy: jobs?.imagePullPolicy ?? instance.jobsImagePullPolicy,
  };
}

/** The same named for its request, so that it runs once for each. */
export function onceJob(
  instance: InstanceReference,
  common: Common,
  prefix: string,
  content: JobContent,
): JobSpec {
  const spec = instanceJob(instance, common, prefix, content);
  return { ...spec, name: jobName(prefix, spec) };
}

/** A Job that asks the server. That of a stopped instance goes on when the instance is awake. */
export function jobWhenAwake({ hibernated }: InstanceReference, spec: JobSpec): JobManifest {
  if (!hibernated) return jobManifest(spec);
  const manifest = jobManifest({
    ...spec,
    annotations: { ...spec.annotations, "pulumi.com/skipAwait": "true" },
  });
  return { ...manifest, spec: { ...manifest.spec, suspend: true } as JobManifest["spec"] };
}
