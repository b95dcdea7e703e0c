/** A server of a Cluster, as far as the operator looks at it when it removes one. */
export interface ScalingPod {
  /** Name of the instance. */
  name: string;
  /** Number in its name; undefined for a pod that the operator did not make. */
  serial?: number;
  ready: boolean;
  /** Its pod runs and is not being deleted. */
  active: boolean;
  primary: boolean;
}

/**
 * Which servers CloudNativePG removes when the number of instances is lowered, in that order: one without a pod comes first; else, among
 * those that are ready, the standby with the highest number. Never the primary. Nobody can choose another.
 * Source: CloudNativePG 1.30, internal/controller/replicas.go, findDeletableInstance.
 * @param instanceNames `status.instanceNames` of the Cluster: also those without a pod
 * @returns fewer than `count` when there are not enough that it would remove
 */
export function removedByScaleDown(
  instanceNames: readonly string[],
  pods: readonly ScalingPod[],
  count: number,
): string[] {
  if (count <= 0) return [];
  const podless = instanceNames.filter(name => !pods.some(pod => pod.name === name));
  const removed = podless.at(-1) ?? lastReadyStandby(pods);
  if (removed === undefined) return [];
  return [
    removed,
    ...removedByScaleDown(
      instanceNames.filter(name => name !== removed),
      pods.filter(({ name }) => name !== removed),
      count - 1,
    ),
  ];
}

function lastReadyStandby(pods: readonly ScalingPod[]): string | undefined {
  return pods
    .filter(({ ready, active, primary, serial }) => ready && active && !primary && serial !== undefined)
    .sort((a, b) => (b.serial ?? 0) - (a.serial ?? 0))[0]?.name;
}

/**
 * Names of the servers that are made when the number of instances is raised: each takes the lowest number that is free.
 * Source: CloudNativePG 1.30, internal/controller/cluster_create.go.
 */
export function addedByScaleUp(cluster: string, instanceNames: readonly string[], count: number): string[] {
  const taken = new Set(instanceNames);
  const added: string[] = [];
  for (let serial = 1; added.length < count; serial += 1) {
    const name = `${cluster}-${serial}`;
    if (!taken.has(name)) added.push(name);
  }
  return added;
}
