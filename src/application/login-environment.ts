import type { EnvVar } from "../cnpg/pod";
import type { JobSpec } from "../jobs/job";

/** Where Jobs and init containers find the certificate of the authority. */
export const caFolder = "/postgres-ca";

/** Login and certificate for a Job, by reference to the Secret and the ConfigMap of its namespace. */
export function asOwner(
  secret: string,
  authority: string,
): Pick<JobSpec, "env" | "volumes" | "volumeMounts"> {
  return {
    env: loginVariables(secret),
    volumes: [{ name: "postgres-ca", configMap: { name: authority } }],
    volumeMounts: [{ name: "postgres-ca", mountPath: caFolder, readOnly: true }],
  };
}

/** PGUSER and PGPASSWORD of a Secret with `username` and `password`. */
export function loginVariables(secret: string): EnvVar[] {
  const fromSecret = (name: string, key: string): EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
  return [fromSecret("PGUSER", "username"), fromSecret("PGPASSWORD", "password")];
}
