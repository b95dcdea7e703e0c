import type { MockRecorder, RecordedResource } from "../mocks";

/** Rules for whole stacks on Azure. Each gives a sentence for everything that breaks it. */
export type Policy = (recorder: MockRecorder) => string[];

type Members = Record<string, unknown>;

const member = (of: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((at, key) => (at as Members | undefined)?.[key], of);

function broken(
  resources: RecordedResource[],
  holds: (inputs: Members, resource: RecordedResource) => boolean,
  what: string,
): string[] {
  return resources.filter(resource => !holds(resource.inputs, resource)).map(({ name }) => `${name} ${what}`);
}

function narrow(ranges: unknown): boolean {
  return Array.isArray(ranges) && ranges.length > 0 && ranges.every(range => !String(range).endsWith("/0"));
}

/** Types that have tags, of those that are made here. */
const tagged = [
  "containerservice:ManagedCluster",
  "containerservice:AgentPool",
  "storage:StorageAccount",
  "managedidentity:UserAssignedIdentity",
  "resources:ResourceGroup",
  "network:VirtualNetwork",
  "network:PrivateEndpoint",
  "privatedns:PrivateZone",
  "privatedns:VirtualNetworkLink",
  "monitor:AzureMonitorWorkspace",
  "monitor:DataCollectionEndpoint",
  "monitor:DataCollectionRule",
  "operationalinsights:Workspace",
];

export const policies: Record<string, Policy> = {
  "no public API server without ranges": recorder =>
    broken(
      recorder.ofType("containerservice:ManagedCluster"),
      ({ apiServerAccessProfile: access }) =>
        member(access, "enablePrivateCluster") === true || narrow(member(access, "authorizedIPRanges")),
      "lets every address at its API server",
    ),
  "no public load balancer without ranges": recorder =>
    broken(
      recorder
        .ofType("core/v1:Service")
        .filter(({ inputs }) => member(inputs, "spec.type") === "LoadBalancer"),
      inputs =>
        (member(inputs, "metadata.annotations") as Members | undefined)?.[
          "service.beta.kubernetes.io/azure-load-balancer-internal"
        ] === "true" || narrow(member(inputs, "spec.loadBalancerSourceRanges")),
      "lets every address at PostgreSQL",
    ),
  "no public storage without ranges": recorder =>
    broken(
      recorder.ofType("storage:StorageAccount"),
      inputs =>
        inputs.publicNetworkAccess === "Disabled" ||
        inputs.allowSharedKeyAccess === false ||
        member(inputs, "networkRuleSet.defaultAction") === "Deny",
      "takes keys from every address",
    ),
  "no public blobs": recorder => [
    ...broken(
      recorder.ofType("storage:StorageAccount"),
      inputs => inputs.allowBlobPublicAccess === false,
      "may have public blobs",
    ),
    ...broken(
      recorder.ofType("storage:BlobContainer"),
      inputs => inputs.publicAccess === "None",
      "has public blobs",
    ),
  ],
  "no shared key": recorder =>
    broken(
      recorder.ofType("storage:StorageAccount"),
      inputs => inputs.allowSharedKeyAccess === false,
      "takes a shared key",
    ),
  "TLS 1.2 at least": recorder =>
    broken(
      recorder.ofType("storage:StorageAccount"),
      inputs => inputs.minimumTlsVersion === "TLS1_2" && inputs.enableHttpsTrafficOnly === true,
      "takes older TLS, or none",
    ),
  "no local accounts": recorder =>
    broken(
      recorder.ofType("containerservice:ManagedCluster"),
      inputs => inputs.disableLocalAccounts === true,
      "has local accounts",
    ),
  "everything is tagged": recorder =>
    broken(
      tagged.flatMap(type => recorder.ofType(type)),
      inputs => member(inputs, "tags.managed-by") === "pulumi-cnpg",
      "has no tags",
    ),
  "PostgreSQL has nodes in every zone": recorder => {
    const pools = recorder
      .ofType("containerservice:AgentPool")
      .filter(({ inputs }) => inputs.nodeTaints !== undefined);
    const zones = new Set(pools.flatMap(({ inputs }) => inputs.availabilityZones as string[]));
    return zones.size >= 3 ? [] : [`nodes of PostgreSQL are in ${zones.size} zones`];
  },
  "servers are spread over zones": recorder =>
    broken(
      recorder
        .ofType("postgresql.cnpg.io/v1:Cluster")
        .filter(({ inputs }) => Number(member(inputs, "spec.instances")) > 1),
      inputs => JSON.stringify(inputs).includes("topology.kubernetes.io/zone"),
      "may have all servers in one zone",
    ),
  "storage outlives a zone": recorder =>
    broken(
      recorder.ofType("storage:StorageAccount"),
      inputs => /ZRS$/.test(String(member(inputs, "sku.name"))),
      "is in one zone",
    ),
  "every identity's ServiceAccount has a credential": recorder => {
    const subjects = new Set(
      recorder.ofType("managedidentity:FederatedIdentityCredential").map(({ inputs }) => inputs.subject),
    );
    return recorder
      .ofType("core/v1:ServiceAccount")
      .filter(({ inputs }) => member(inputs, "metadata.annotations") !== undefined)
      .filter(({ inputs }) =>
        Object.keys(member(inputs, "metadata.annotations") as Members).includes(
          "azure.workload.identity/client-id",
        ),
      )
      .map(
        ({ inputs }) =>
          `system:serviceaccount:${String(member(inputs, "metadata.namespace"))}:${String(member(inputs, "metadata.name"))}`,
      )
      .filter(subject => !subjects.has(subject))
      .map(subject => `${subject} has an identity, and no credential`);
  },
};

/** Everything a resource waits for by itself: dependencies, parent, provider. */
export function needs(recorder: MockRecorder, resource: RecordedResource): RecordedResource[] {
  const provider = resource.provider?.replace(/::[^:]*$/, "");
  const urns = [...resource.dependencies, resource.parent, provider].filter(urn => urn !== undefined);
  return recorder.resources.filter(other => urns.includes(other.urn));
}

/** Resources in an order in which each comes after all it needs; the reverse is the order of destruction. Throws for a circle. */
export function creationOrder(recorder: MockRecorder): RecordedResource[] {
  const done = new Set<RecordedResource>();
  const open = new Set<RecordedResource>();
  const visit = (resource: RecordedResource): void => {
    if (done.has(resource)) return;
    if (open.has(resource)) throw new Error(`${resource.name} needs itself`);
    open.add(resource);
    for (const needed of needs(recorder, resource)) visit(needed);
    open.delete(resource);
    done.add(resource);
  };
  for (const resource of recorder.resources) visit(resource);
  return [...done];
}
