import { appLabels, instanceMetadata, type InstanceObjectMetadata, managedBy } from "../cnpg/metadata";
import type { EmbeddedMetadata } from "../cnpg/object";
import { present } from "../present";

/** Metadata of an object in the namespace of the instance. Its labels are those of the instance's own objects, which its NetworkPolicy lets in. */
export function besideInstance(
  instance: { name: string; namespace: string },
  common: EmbeddedMetadata,
  name: string,
  extra: EmbeddedMetadata = {},
): InstanceObjectMetadata {
  return instanceMetadata(instance, present(common), name, extra);
}

/** Metadata of an object in the namespace of the application. */
export function besideApplication(
  namespace: string,
  { labels, annotations }: EmbeddedMetadata,
  name: string,
): InstanceObjectMetadata {
  return {
    name,
    namespace,
    labels: { ...labels, [appLabels.managedBy]: managedBy },
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** Annotations that tell what Pulumi waits for: that the server has it, unless the server is stopped. */
export function awaited(hibernated: boolean): Record<string, string> {
  return hibernated
    ? { "pulumi.com/skipAwait": "true" }
    : { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" };
}
