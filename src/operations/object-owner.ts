import type { Manifest, OwnerReference } from "../cnpg/object";
import { ApiError, kinds, type KubernetesApi, type ResourceKind } from "./kubernetes";
import { RequestError } from "./operation";

/** The object whose deletion deletes another one; in the same namespace. */
export interface ObjectOwner {
  apiVersion: string;
  kind: string;
  name: string;
}

/** The owner as objects refer to it. @throws Error when it is not there, or of a kind that no operation knows */
export async function resolveOwner(
  owner: ObjectOwner,
  namespace: string,
  api: KubernetesApi,
): Promise<OwnerReference> {
  const kind = Object.values(kinds).find(
    ({ apiVersion, plural }) => apiVersion === owner.apiVersion && plural === `${owner.kind.toLowerCase()}s`,
  );
  if (kind === undefined)
    throw new RequestError("owner", `${owner.apiVersion} ${owner.kind} is not a kind this operation knows`);
  const uid = (await api.get(kind, namespace, owner.name))?.metadata.uid;
  if (uid === undefined)
    throw new ApiError(`the owner ${owner.kind} ${namespace}/${owner.name}`, 404, "does not exist");
  return { ...owner, uid };
}

/** Objects that were kept while their owner was made anew get the new owner. */
export async function ensureOwner(
  kind: ResourceKind,
  object: Manifest,
  owner: OwnerReference | undefined,
  api: KubernetesApi,
): Promise<void> {
  const { name, namespace, ownerReferences = [] } = object.metadata;
  if (owner === undefined || name === undefined || namespace === undefined) return;
  if (ownerReferences.some(reference => reference.uid === owner.uid)) return;
  const others = ownerReferences.filter(
    reference => reference.kind !== owner.kind || reference.name !== owner.name,
  );
  await api.patch(kind, namespace, name, { metadata: { ownerReferences: [...others, owner] } });
}
