import type { Rule } from "../../jobs/rule";
import type { BackupStoreReference } from "./reference";

/** What may read a store: the ObjectStore and the Secrets it names. */
export function storeRules({ name, secrets }: BackupStoreReference): Rule[] {
  const rule = (group: string, resource: string, resourceNames: string[]): Rule => ({
    apiGroups: [group],
    resources: [resource],
    verbs: ["get"],
    resourceNames,
  });
  return [
    rule("barmancloud.cnpg.io", "objectstores", [name]),
    // A rule without names would be one for every Secret.
    ...(secrets.length === 0 ? [] : [rule("", "secrets", secrets)]),
  ];
}
