import type { ResolvedInstance } from "../instance/resolve";
import type { Rule } from "../jobs/rule";

/** What a Job needs beyond the pods' list to hold the clients of a pooler back. */
export function poolerPauseRules({ pooler }: Pick<ResolvedInstance, "pooler">): Rule[] {
  if (pooler?.pause !== true) return [];
  // A Deployment gives its pods names that are not known before. Web sockets are opened with GET, for which the API server asks for either.
  return [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["get", "create"] }];
}
