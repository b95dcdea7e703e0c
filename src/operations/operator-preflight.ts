import { appLabels, operatorAppName } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { kinds } from "./kubernetes";
import type { Operation } from "./operation";

/** Request of `operator-preflight`. */
export interface OperatorPreflightRequest {
  /** Namespace our operator is in, or will be. */
  namespace: string;
  /** Namespaces, or `namespace/name`, of operators that are known and accepted. */
  allow: string[];
}

export const operatorPreflight: Operation<OperatorPreflightRequest> = {
  help: `Fails when another CloudNativePG operator is in the cluster: two operators share custom resources and webhooks.
Request: namespace, allow (list of namespaces or namespace/name).`,
  read: json => ({ namespace: json.text("namespace"), allow: json.texts("allow") }),
  async run(request, context) {
    const deployments = await context.api.list(kinds.deployment, undefined, {
      [appLabels.name]: operatorAppName,
    });
    const other = findOtherOperator(deployments, request);
    if (other !== undefined) {
      throw new Error(
        `another CloudNativePG operator is in the cluster: Deployment ${other}. ` +
          "One cluster has one operator: use that one, or remove it first (its databases keep running meanwhile).",
      );
    }
    context.say("No other CloudNativePG operator is in the cluster.");
  },
};

/** `namespace/name` of the first operator in another namespace that is not allowed; undefined when there is none. */
export function findOtherOperator(
  deployments: readonly Manifest[],
  request: OperatorPreflightRequest,
): string | undefined {
  return deployments
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => metadata.labels?.[appLabels.name] === operatorAppName)
    .filter(({ metadata }) => metadata.namespace !== request.namespace)
    .map(({ metadata }) => ({
      namespace: metadata.namespace ?? "",
      path: `${metadata.namespace}/${metadata.name}`,
    }))
    .filter(({ namespace, path }) => !request.allow.includes(namespace) && !request.allow.includes(path))
    .map(({ path }) => path)
    .sort()[0];
}
