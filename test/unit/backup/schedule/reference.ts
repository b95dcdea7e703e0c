import type { InstanceReference } from "../../../../src/instance";
import { referenceTo } from "../../../../src/instance/reference";

/** The reference of an instance that archives. */
export function reference(changes: Partial<InstanceReference> = {}): InstanceReference {
  const { name = "orders", namespace = "shop", generation = "1" } = changes;
  return {
    ...referenceTo(name, namespace, generation, {
      major: 18,
      instances: 2,
      database: "app",
      owner: "app",
      passwordSecret: `${name}-owner`,
      hibernated: false,
      jobsImage: "jobs:1",
      jobsImagePullPolicy: "IfNotPresent",
      archive: `${name}-g${generation}`,
      store: {
        name: "backups",
        namespace,
        secrets: ["backups-credentials"],
        recoveryWindowDays: 7,
        serviceAccountAnnotations: { "azure.workload.identity/client-id": "some-client" },
        podLabels: { "azure.workload.identity/use": "true" },
      },
    }),
    ...changes,
  };
}
