import type { SslMode } from "../credentials";

/** What a rotation is asked to do. */
export const RotationMode = {
  /** Makes what is absent, with the first login in use; connects to no server. */
  Ensure: "ensure",
  /** Gives the application the other login with a new password, and retires the one it had. */
  Rotate: "rotate",
} as const;
export type RotationMode = (typeof RotationMode)[keyof typeof RotationMode];

/** Kinds whose pods can be made anew. */
export const WorkloadKind = {
  Deployment: "Deployment",
  StatefulSet: "StatefulSet",
  DaemonSet: "DaemonSet",
} as const;
export type WorkloadKind = (typeof WorkloadKind)[keyof typeof WorkloadKind];

/** Pods that read the credentials when they begin. */
export interface Workload {
  kind: WorkloadKind;
  name: string;
}

/** An object whose deletion deletes a Secret; in the Secret's namespace. */
export interface SecretOwner {
  apiVersion: string;
  kind: string;
  name: string;
}

/** One of the two logins that take turns. */
export interface RotatedLogin {
  /** Name of the role. */
  role: string;
  /** Secret with its name and password, from which CloudNativePG sets them in the server. */
  secret: string;
  /** Name of the DatabaseRole object that names the Secret. */
  databaseRole: string;
}

/** The application's side of a rotation. */
export interface RotatedApplication {
  namespace: string;
  /** Secret that holds everything the application needs to log in. */
  secret: string;
  owner: SecretOwner;
  /** Further labels of the Secret. */
  labels: Record<string, string>;
  /** Folder in the application's containers in which the certificate authority is, as `ca.crt`. */
  directory: string;
  sslMode: SslMode;
  /** Where the application connects, for instance a pooler. @default the server's */
  host?: string;
  /** @default the server's */
  port?: number;
}

/** Request of the operation `rotate`. */
export interface RotateRequest {
  mode: RotationMode;
  /** Namespace of the instance, its DatabaseRoles and the Secrets of the logins. */
  namespace: string;
  /** Owner of the Secrets of the logins. */
  owner: SecretOwner;
  /** Which is in use stands in the application's Secret; the first one to begin with. */
  logins: [RotatedLogin, RotatedLogin];
  /** DNS name of the server itself, as in its certificate. */
  host: string;
  /** @default 5432 */
  port: number;
  database: string;
  /** File with the certificate authority; read by mode `rotate` only. */
  caFile: string;
  application: RotatedApplication;
  /** What is made anew, one after the other; without any, the application has to read its files again by itself. */
  workloads: Workload[];
  /** Role that sessions of both logins begin as, and that owns what they make; the logins are members of it. @default the login itself */
  setRole?: string;
  /** Seconds without a session of the former login before it is retired. */
  gracePeriodSeconds: number;
  /** Seconds that each step may take: the server to accept, each workload to become healthy, the former login to be left and to be refused. */
  timeoutSeconds: number;
}

/** What `rotate` leaves on its Job. */
export interface RotateResult {
  /** Login that is in use now. */
  active: string;
  /** Login that no longer works. */
  retired: string;
  /** RFC 3339 time since which the application's Secret holds the new login. */
  rotatedAt: string;
  /** The application's Secret, `namespace/name`. */
  secret: string;
  /** Workloads that were made anew, `Kind/name`. */
  workloads: string[];
  seconds: number;
}

/**
 * Seconds after which a rotation is ended as failed whatever it does: all of its steps twice, because it first ends one that broke off.
 */
export function rotationDeadlineSeconds(
  request: Pick<RotateRequest, "workloads" | "gracePeriodSeconds" | "timeoutSeconds">,
): number {
  const steps = request.workloads.length + 3;
  return 2 * (steps * request.timeoutSeconds + request.gracePeriodSeconds);
}
