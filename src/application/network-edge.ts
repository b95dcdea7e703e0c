import type * as core from "@pulumi/kubernetes/core/v1";
import type { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type * as pulumi from "@pulumi/pulumi";
import { labels as cnpgLabels, ownLabels, PodRole } from "../cnpg/metadata";
import type { EmbeddedMetadata } from "../cnpg/object";
import type { InstanceReference } from "../instance/reference";
import { poolerPods } from "../pooler/access";
import type { ApplicationChildren } from "./children";
import type { PodsArgs } from "./link/args";
import { besideInstance } from "./metadata";

/** What of an application is let in. */
interface EdgeArgs extends EmbeddedMetadata {
  pods?: PodsArgs;
  pooler?: boolean;
}

/** Between which two. */
interface Ends {
  instance: InstanceReference;
  /** Namespace of the application. */
  namespace: string;
  /** Name of the NetworkPolicy. */
  name: string;
}

/** A NetworkPolicy that adds exactly these pods to those that may connect, where the instance admits named clients only. */
export function networkEdge(
  children: ApplicationChildren,
  args: EdgeArgs,
  ends: pulumi.Output<Ends>,
  account: core.ServiceAccount,
): NetworkPolicy {
  return children.networkPolicy(
    "network-edge",
    ends.apply(({ instance, namespace, name }) => ({
      metadata: besideInstance(instance, args, name),
      spec: edge(instance, namespace, args),
    })),
    [account],
  );
}

function edge({ name, port }: InstanceReference, namespace: string, { pods, pooler }: EdgeArgs): object {
  const instancePods = { [ownLabels.instance]: name, [cnpgLabels.podRole]: PodRole.instance };
  return {
    podSelector: { matchLabels: pooler === true ? poolerPods(name) : instancePods },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
            podSelector: { matchLabels: pods?.labels ?? {} },
          },
        ],
        ports: [{ protocol: "TCP", port }],
      },
    ],
  };
}
