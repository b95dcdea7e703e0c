import { parseImage } from "../cnpg/images";
import { operatorNames } from "./render";
import type { ResolvedOperator } from "./resolve";

/** Where the chart is. */
export const chartRepository = "https://cloudnative-pg.github.io/charts";
export const chartName = "cloudnative-pg";
/** Key of the release in overrides and transforms. */
export const releaseKey = "release";

/** Values of the chart that make it install the same operator as the manifest would. */
export function helmValues(operator: ResolvedOperator): Record<string, unknown> {
  const { scheduling } = operator;
  const image = parseImage(operator.image);
  return {
    // The other ways of finding the operator rely on the manifest's name.
    fullnameOverride: operatorNames.deployment,
    replicaCount: operator.replicas,
    image: {
      repository: image === undefined ? operator.image : `${image.registry}/${image.repository}`,
      tag: image?.tag ?? operator.version,
      pullPolicy: operator.imagePullPolicy,
    },
    imagePullSecrets: operator.imagePullSecrets.map(name => ({ name })),
    // Definitions are applied apart, so that they can be upgraded and outlive the release.
    crds: { create: false },
    config: { create: true, name: operatorNames.configMap, secret: false, data: operator.settings },
    resources: operator.resources,
    monitoring: { podMonitorEnabled: false },
    ...(scheduling.nodeSelector === undefined ? {} : { nodeSelector: scheduling.nodeSelector }),
    ...(scheduling.tolerations === undefined ? {} : { tolerations: scheduling.tolerations }),
    ...(scheduling.affinity === undefined ? {} : { affinity: scheduling.affinity }),
    ...(scheduling.priorityClassName === undefined
      ? {}
      : { priorityClassName: scheduling.priorityClassName }),
  };
}
