import { takenOver } from "../cnpg/metadata";
import type { DatabaseRoleSpec } from "../cnpg/database-role";
import { cnpgApiVersion, type EmbeddedMetadata, type Manifest } from "../cnpg/object";
import type { InstanceReference } from "../instance/reference";
import { awaited, besideInstance } from "./metadata";

/** A role of an instance as CloudNativePG is told of it. */
export interface RoleRequest {
  /** Name of the DatabaseRole object. */
  object: string;
  role: string;
  comment: string;
  /** Secret with its password; without one nobody can log in. */
  passwordSecret?: string;
  /** Log in by a certificate of CloudNativePG. */
  clientCertificate?: boolean;
  memberOf?: string[];
  connectionLimit?: number;
  /** Whether the role goes with the object. */
  reclaim: "retain" | "delete";
}

/** The manifest of a DatabaseRole. */
export function roleManifest(
  instance: InstanceReference,
  common: EmbeddedMetadata,
  request: RoleRequest,
): Manifest {
  const { object, role, comment, passwordSecret, memberOf = [], connectionLimit = -1, reclaim } = request;
  const certificate = request.clientCertificate === true;
  const login = passwordSecret !== undefined || certificate;
  const spec: DatabaseRoleSpec = {
    cluster: { name: instance.clusterName },
    name: role,
    comment,
    // One that is false is left out by the API server's copy, and would differ at every update.
    ...(login ? { login } : {}),
    // Written out, because an adopted role loses what is not said.
    inherit: true,
    connectionLimit,
    ...(memberOf.length === 0 ? {} : { inRoles: memberOf }),
    ...(passwordSecret === undefined
      ? { disablePassword: true }
      : { passwordSecret: { name: passwordSecret } }),
    ...(certificate ? { clientCertificate: { enabled: true } } : {}),
    databaseRoleReclaimPolicy: reclaim,
  };
  return {
    apiVersion: cnpgApiVersion,
    kind: "DatabaseRole",
    metadata: besideInstance(instance, common, object, {
      annotations: { ...takenOver, ...awaited(instance.hibernated) },
    }),
    spec,
  };
}
