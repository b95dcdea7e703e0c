import { isMap } from "../protocol/property";
import { InitializationFailure, parseUrn } from "../protocol/provider";
import type { ReadRequest, ReadResult } from "../protocol/provider";
import { NoSuchKind } from "./api";
import { judge } from "./await";
import { checkpoint, markSecrets, readCheckpoint } from "./checkpoint";
import type { Cluster } from "./cluster";
import { creationManager } from "./field-managers";
import {
  apiVersionOf,
  isBuiltIn,
  kindOf,
  nameOf,
  namespaceOf,
  parseQualifiedName,
  parseType,
  toManifest,
  toProperties,
  withMetadata,
  without,
} from "./manifest";
import type { Manifest } from "./manifest";
import { normalize, prune } from "./normalize";

const gone: ReadResult = { id: "" };

/** The live object: for a refresh cut to what the program once set, for an import or a `get` with all it holds. */
export async function read(cluster: Cluster, request: ReadRequest): Promise<ReadResult> {
  if (cluster.unreachable !== undefined) return readUnreachable(cluster, request);
  const { name } = parseQualifiedName(request.id);
  if (name === "") throw new Error(`failed to read resource: "${request.id}" is not [namespace/]name`);

  const old = readCheckpoint(request.state);
  const program = normalize(toManifest(request.inputs));
  const known = apiVersionOf(program) !== "";
  const target = known ? program : identify(request, old.live);
  const live = await lookUp(cluster, target, name);
  if (live === undefined) return gone;

  const imported = !known && apiVersionOf(old.live) === "";
  const inputs = imported ? importedInputs(live, target) : (prune(live, target) as Manifest);
  const manager = old.fieldManager ?? `${creationManager}-${shortId(live)}`;
  const state = checkpoint(inputs, live, request.inputs, manager, old.apiVersion || apiVersionOf(target));
  const inputProperties = markSecrets(toProperties(inputs), request.inputs);
  const notReady = await judge(cluster, target, live);
  if (notReady === undefined || imported) return { id: request.id, state, inputs: inputProperties };
  throw new InitializationFailure(
    request.id,
    state,
    [notReady.message, ...notReady.reasons],
    inputProperties,
  );
}

function readUnreachable(cluster: Cluster, request: ReadRequest): ReadResult {
  cluster.log.warning(request.urn, `configured Kubernetes cluster is unreachable: ${cluster.unreachable}`);
  if (cluster.settings.deleteUnreachable) return gone;
  throw new Error(
    'failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
  );
}

/** What to look for when there are no inputs: the type says the kind, the id says the rest. */
function identify(request: ReadRequest, live: Manifest): Manifest {
  const { namespace, name } = parseQualifiedName(request.id);
  const fromType = parseType(parseUrn(request.urn).type);
  const identity: Manifest = {
    apiVersion: apiVersionOf(live) || fromType.apiVersion,
    kind: kindOf(live) || fromType.kind,
    metadata: { name },
  };
  return namespace === "" ? identity : withMetadata(identity, "namespace", namespace);
}

async function lookUp(cluster: Cluster, target: Manifest, name: string): Promise<Manifest | undefined> {
  try {
    return await cluster.find(target, name);
  } catch (error) {
    if (error instanceof NoSuchKind) return undefined;
    throw error;
  }
}

const serverMetadata = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"];
const serverAnnotations = [
  "deployment.kubernetes.io/revision",
  "kubectl.kubernetes.io/last-applied-configuration",
];

/**
 * Inputs of an object that no program described yet. Of built-in kinds everything but the status, defaults included; of a
 * custom resource only its identity, because its fields have no schema. The real plugin does the same, so importing a
 * custom resource needs `ignoreChanges` on `spec` for that one update.
 */
function importedInputs(live: Manifest, identity: Manifest): Manifest {
  if (!isBuiltIn(apiVersionOf(live))) return prune(live, identity) as Manifest;
  let inputs = without(live, "status");
  for (const key of serverMetadata) inputs = without(inputs, "metadata", key);
  for (const key of serverAnnotations) inputs = without(inputs, "metadata", "annotations", key);
  return inputs;
}

/** A field manager's name for an object that another tool created, stable from read to read. */
function shortId(live: Manifest): string {
  const { metadata } = live;
  const uid =
    isMap(metadata) && typeof metadata["uid"] === "string"
      ? metadata["uid"]
      : `${namespaceOf(live)}${nameOf(live)}`;
  return uid.replaceAll("-", "").slice(0, 8);
}
