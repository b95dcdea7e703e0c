import { ServiceSelector } from "../cnpg/cluster";
import { serviceHost } from "../instance/names";
import { poolerName, type PoolerType } from "./names";

/** What a pooler's endpoints depend on. */
interface PooledInstance {
  name: string;
  namespace: string;
  pooler?: { types: PoolerType[] };
}

/** DNS name of a pooler inside the cluster; undefined where the instance has none of the type. */
export function poolerHost(
  { name, namespace, pooler }: PooledInstance,
  type: PoolerType = ServiceSelector.primary,
): string | undefined {
  return pooler?.types.includes(type) === true ? serviceHost(poolerName(name, type), namespace) : undefined;
}

/** DNS names of every pooler of an instance. */
export function poolerHosts(instance: PooledInstance): string[] {
  return (instance.pooler?.types ?? []).flatMap(type => poolerHost(instance, type) ?? []);
}

/**
 * What an application needs to connect through the poolers, as keys of a Secret.
 * @param urls the URLs for a host, by the name of their key
 */
export function poolerData(
  instance: PooledInstance,
  urls: (host: string) => Record<string, string>,
): Record<string, string> {
  const endings: Record<PoolerType, string> = { rw: "", ro: "-ro" };
  const data = (instance.pooler?.types ?? []).flatMap(type => {
    const host = poolerHost(instance, type) ?? "";
    return Object.entries({ host, ...urls(host) }).map(([key, value]) => [
      `pooler-${key}${endings[type]}`,
      value,
    ]);
  });
  return Object.fromEntries(data) as Record<string, string>;
}
