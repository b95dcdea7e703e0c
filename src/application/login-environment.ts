import type { JobSpec } from "../jobs/job";
import { secretVariable, type SecretVariable } from "./credentials";

/** Where Jobs find the certificate of the authority. */
export const caFolder = "/postgres-ca";
export const caFile = `${caFolder}/ca.crt`;

/** The certificate of the authority for a Job, by reference to the ConfigMap of its namespace. */
export function withAuthority(authority: string): Pick<JobSpec, "volumes" | "volumeMounts"> {
  return {
    volumes: [{ name: "postgres-ca", configMap: { name: authority } }],
    volumeMounts: [{ name: "postgres-ca", mountPath: caFolder, readOnly: true }],
  };
}

/** Login and certificate for a Job, by reference to the Secret and the ConfigMap of its namespace. */
export function asOwner(
  secret: string,
  authority: string,
): Pick<JobSpec, "env" | "volumes" | "volumeMounts"> {
  return { env: loginVariables(secret), ...withAuthority(authority) };
}

/** PGUSER and PGPASSWORD of a Secret with `username` and `password`. */
export function loginVariables<Name>(secret: Name): SecretVariable<Name>[] {
  return [secretVariable("PGUSER", secret, "username"), secretVariable("PGPASSWORD", secret, "password")];
}
