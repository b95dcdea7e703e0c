import { labels as cnpgLabels, ownLabels, PodRole } from "../cnpg/metadata";
import type { EmbeddedMetadata } from "../cnpg/object";
import type { InstanceObjectMetadata } from "../cnpg/metadata";
import type { InstanceReference } from "../instance/reference";
import { poolerPods } from "../pooler/access";
import { besideInstance } from "./metadata";

/** Who connects where. */
export interface Edge {
  /** Namespace of the application. */
  namespace: string;
  /** Labels of its pods. */
  podLabels: Record<string, string>;
  /** Whether it connects to the pooler's pods in place of the instance's. */
  pooler: boolean;
}

/** A NetworkPolicy that adds exactly these pods to those that may connect, where the instance admits named clients only. */
export function networkEdge(
  instance: InstanceReference,
  common: EmbeddedMetadata,
  name: string,
  { namespace, podLabels, pooler }: Edge,
): { metadata: InstanceObjectMetadata; spec: object } {
  const instancePods = { [ownLabels.instance]: instance.name, [cnpgLabels.podRole]: PodRole.instance };
  return {
    metadata: besideInstance(instance, common, name),
    spec: {
      podSelector: { matchLabels: pooler ? poolerPods(instance.name) : instancePods },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
              podSelector: { matchLabels: podLabels },
            },
          ],
          ports: [{ protocol: "TCP", port: instance.port }],
        },
      ],
    },
  };
}
