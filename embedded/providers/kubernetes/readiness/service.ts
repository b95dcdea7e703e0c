import { isMap } from "../../protocol/property";
import type { Property } from "../../protocol/property";
import type { Cluster } from "../cluster";
import { at, list, nameOf, namespaceOf, text } from "../manifest";
import type { Manifest } from "../manifest";
import type { Readiness } from "./verdict";

/** True when the Service has, or does not need, an address of a load balancer. */
export function hasAddress(service: Manifest): boolean {
  return (
    text(service, "spec", "type") !== "LoadBalancer" ||
    list(service, "status", "loadBalancer", "ingress").length > 0
  );
}

/** Headless, external and selector-less Services choose no pods to wait for. */
export function choosesPods(service: Manifest): boolean {
  const selector = at(service, "spec", "selector");
  return (
    text(service, "spec", "type") !== "ExternalName" &&
    text(service, "spec", "clusterIP") !== "None" &&
    isMap(selector) &&
    Object.keys(selector).length > 0
  );
}

/** Ready when it has its address and every pod it chooses serves; no pods at all are no reason to wait. */
export const serviceReadiness: Readiness = async (service, { cluster }) => {
  const name = nameOf(service);
  if (!hasAddress(service)) {
    return {
      ready: false,
      message: `Waiting for Service "${name}" to get an address`,
      reasons: ["Service was not allocated an IP address; does your cloud provider support this?"],
    };
  }
  const pending = choosesPods(service) ? await pendingEndpoints(cluster, service) : 0;
  return {
    ready: pending === 0,
    message: `Waiting for the Pods of Service "${name}" (${pending} not ready)`,
    reasons: ["Service targets Pods that are not ready, or '.spec.selector' matches the wrong Pods"],
  };
};

async function pendingEndpoints(cluster: Cluster, service: Manifest): Promise<number> {
  const slices = await cluster.objects({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { namespace: namespaceOf(service) },
  });
  const endpoints = (await slices.list(`kubernetes.io/service-name=${nameOf(service)}`)).flatMap(slice =>
    list(slice, "endpoints"),
  );
  return endpoints.filter(isPending).length;
}

function isPending(endpoint: Property): boolean {
  return at(endpoint, "conditions", "ready") === false && at(endpoint, "conditions", "terminating") !== true;
}
