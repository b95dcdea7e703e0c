import { jobManifest, type JobManifest, jobName } from "../jobs/job";
import type { JobsArgs } from "../jobs/args";
import type { EmbeddedMetadata } from "../cnpg/object";
import type { InstanceReference } from "../instance/reference";
import { asOwner, caFolder } from "./login-environment";
import { besideInstance } from "./metadata";

/** Seconds for the statements: the server answers already, a lock may be held. */
const patience = 300;

/** Seconds within which such a Job has ended. */
export const sqlJobSeconds = patience + 120;

/** Statements that a Job runs in one transaction. */
export interface SqlJob {
  database: string;
  /** Written into the specification, where everybody can review them: none of them a secret. */
  statements: string[];
  /** Secret with the login, in the namespace of the instance. */
  login: string;
  /** ServiceAccount of the Job, and what its name begins with. */
  account: string;
}

/** The Job. The same statements are run once for each generation of the instance. */
export function sqlJob(
  instance: InstanceReference,
  common: EmbeddedMetadata & { jobs?: JobsArgs },
  { database, statements, login, account }: SqlJob,
): JobManifest {
  const request = {
    host: instance.host,
    port: instance.port,
    database,
    cluster: instance.clusterName,
    caFile: `${caFolder}/ca.crt`,
    statements,
    timeoutSeconds: patience,
  };
  const image = common.jobs?.image ?? instance.jobsImage;
  const operation = "grant";
  const meta = besideInstance(instance, common, jobName(account, { operation, request, image }), {
    annotations: instance.hibernated ? { "pulumi.com/skipAwait": "true" } : {},
  });
  const manifest = jobManifest({
    ...meta,
    operation,
    request,
    image,
    imagePullPolicy: common.jobs?.imagePullPolicy ?? instance.jobsImagePullPolicy,
    serviceAccountName: account,
    activeDeadlineSeconds: patience + 60,
    ...asOwner(login, instance.caConfigMap),
  });
  // A stopped instance has nobody to ask; its Job goes on when it is awake.
  return instance.hibernated
    ? { ...manifest, spec: { ...manifest.spec, suspend: true } as JobManifest["spec"] }
    : manifest;
}
