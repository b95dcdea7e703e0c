import type { BackupStoreReference } from "./reference";

/** One rule of a Role. */
export interface StoreRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames: string[];
}

/** What may read a store: the ObjectStore and the Secrets it names. */
export function storeRules({ name, secrets }: BackupStoreReference): StoreRule[] {
  const rule = (group: string, resource: string, resourceNames: string[]): StoreRule => ({
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
