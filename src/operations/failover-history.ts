import { instanceLabels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { readHistory, withFailover } from "../failover/history";
import { failoverHistoryKey, failoverNames } from "../failover/names";
import type { FailoverStatus } from "../failover/status";
import { kinds, type KubernetesApi } from "./kubernetes";
import { type Persistence, untilUndisturbed } from "./undisturbed";
import type { Clock } from "./waiting";

interface ConfigMapManifest extends Manifest {
  data?: Record<string, string>;
}

const persistence: Persistence = { tries: 10, pause: 200 };

/** The last failovers of an instance, newest first; empty before the first. */
export async function failoverHistory(
  api: KubernetesApi,
  namespace: string,
  instance: string,
): Promise<FailoverStatus[]> {
  const found = await api.get<ConfigMapManifest>(
    kinds.configMap,
    namespace,
    failoverNames(instance).failovers,
  );
  return historyOf(found);
}

/**
 * Puts a failover into the history of its instance; one of the same id is replaced. Others may write at the same time, so what was read is
 * compared when it is written.
 * @param keep how many are kept. @default 20
 */
export async function recordFailover(
  api: KubernetesApi,
  clock: Clock,
  status: FailoverStatus,
  keep?: number,
): Promise<void> {
  await changeHistory(api, clock, status, history => withFailover(history, status, keep));
}

/**
 * Reads the history, changes it and writes it, again when somebody else wrote meanwhile.
 * @param change may throw, and then nothing is written
 */
export async function changeHistory(
  api: KubernetesApi,
  clock: Clock,
  { namespace, instance }: Pick<FailoverStatus, "namespace" | "instance">,
  change: (history: FailoverStatus[]) => FailoverStatus[] | Promise<FailoverStatus[]>,
): Promise<void> {
  const name = failoverNames(instance).failovers;
  await untilUndisturbed(clock, persistence, async () => {
    const found = await api.get<ConfigMapManifest>(kinds.configMap, namespace, name);
    const data = { [failoverHistoryKey]: JSON.stringify(await change(historyOf(found))) };
    if (found === undefined) {
      const metadata = { name, namespace, labels: instanceLabels(instance) };
      await api.create(kinds.configMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
    } else {
      const { resourceVersion } = found.metadata;
      await api.patch(kinds.configMap, namespace, name, { metadata: { resourceVersion }, data });
    }
  });
}

function historyOf(configMap: ConfigMapManifest | undefined): FailoverStatus[] {
  return readHistory(configMap?.data?.[failoverHistoryKey]);
}
