import type { Manifest } from "../cnpg/object";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";

/** A ConfigMap in which operations keep what they found. */
export interface ConfigMapReference {
  namespace: string;
  name: string;
  /** Labels it gets when it is made. */
  labels: Record<string, string>;
}

interface ConfigMapManifest extends Manifest {
  data?: Record<string, string>;
}

/** The JSON under a key; undefined when there is none, or when somebody made it illegible. */
export async function readKey(
  api: KubernetesApi,
  { namespace, name }: Pick<ConfigMapReference, "namespace" | "name">,
  key: string,
): Promise<unknown> {
  const found = await api.get<ConfigMapManifest>(kinds.configMap, namespace, name);
  const text = found?.data?.[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes values under their keys as JSON, and leaves other keys as they are. The ConfigMap is made when there is none. */
export async function writeKeys(
  api: KubernetesApi,
  reference: ConfigMapReference,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
  await writeData(api, reference, data);
}

/** Writes texts under their keys, and leaves other keys as they are. The ConfigMap is made, without an owner, when there is none. */
export async function writeData(
  api: KubernetesApi,
  { namespace, name, labels }: ConfigMapReference,
  data: Record<string, string>,
): Promise<void> {
  try {
    await api.patch(kinds.configMap, namespace, name, { data });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const metadata = { name, namespace, labels };
    await api.create(kinds.configMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
  }
}
