import type { InstanceReference } from "../instance/reference";
import type { JobManifest } from "../jobs/job";
import { type Common, jobWhenAwake, onceJob } from "./instance-job";
import { asOwner, caFile } from "./login-environment";

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
  common: Common,
  { database, statements, login, account }: SqlJob,
): JobManifest {
  const spec = onceJob(instance, common, account, {
    operation: "grant",
    request: {
      host: instance.host,
      port: instance.port,
      database,
      cluster: instance.clusterName,
      caFile,
      statements,
      timeoutSeconds: patience,
    },
    serviceAccountName: account,
    activeDeadlineSeconds: patience + 60,
    ...asOwner(login, instance.caConfigMap),
  });
  return jobWhenAwake(instance, spec);
}
