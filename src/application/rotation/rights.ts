import type { Rule } from "../../jobs/rule";
import type { RotateRequest, SecretOwner } from "./request";
import { WorkloadKind } from "./request";

/** What {@link rotationRights} reads of a request. */
export type RotatedObjects = Pick<RotateRequest, "owner" | "logins" | "application" | "workloads">;

/** Rules of the two Roles of a rotation; they may be one when both are in the same namespace. */
export interface RotationRights {
  /** In the namespace of the instance. */
  instance: Rule[];
  /** In the namespace of the application. */
  application: Rule[];
}

/**
 * Exactly what a rotation may do. A Secret that is to be made has no name yet for the rule that allows it, so `create` has none; reading and
 * changing are for the names alone.
 */
export function rotationRights({ owner, logins, application, workloads }: RotatedObjects): RotationRights {
  return {
    instance: [
      ...secretRules(logins.map(({ secret }) => secret)),
      {
        apiGroups: ["postgresql.cnpg.io"],
        resources: ["databaseroles"],
        verbs: ["get"],
        resourceNames: logins.map(({ databaseRole }) => databaseRole),
      },
      ownerRule(owner),
      // The result is left on its own Job, and another rotation is recognised by its Job: both names end in digits that are not known before.
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"] },
    ],
    application: [
      ...secretRules([application.secret]),
      ownerRule(application.owner),
      ...Object.values(WorkloadKind).flatMap((kind): Rule[] => {
        const resourceNames = workloads.filter(workload => workload.kind === kind).map(({ name }) => name);
        if (resourceNames.length === 0) return [];
        return [{ apiGroups: ["apps"], resources: [pluralOf(kind)], verbs: ["get", "patch"], resourceNames }];
      }),
      // Names of pods end in letters that are not known before.
      ...(workloads.length === 0 ? [] : [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]),
    ],
  };
}

function secretRules(resourceNames: string[]): Rule[] {
  return [
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "patch"], resourceNames },
  ];
}

function ownerRule({ apiVersion, kind, name }: SecretOwner): Rule {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return { apiGroups: [group], resources: [pluralOf(kind)], verbs: ["get"], resourceNames: [name] };
}

function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}s`;
}
