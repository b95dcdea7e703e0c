import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { PropertyMap } from "../protocol/property";
import { containsUnknown } from "../protocol/property";
import { InitializationFailure, parseUrn } from "../protocol/provider";
import type { CreateRequest, UpdateRequest } from "../protocol/provider";
import { ApiError, isMissing, NoSuchKind } from "./api";
import { awaitReady, NotReady, reporter, timeoutOf } from "./await";
import { checkpoint, readCheckpoint } from "./checkpoint";
import type { Cluster } from "./cluster";
import {
  adoption,
  conflictMessage,
  creationManager,
  hasCreationFields,
  managedFields,
  ownedOnlyByOthers,
} from "./field-managers";
import {
  annotation,
  annotations,
  apiVersionOf,
  at,
  isCrd,
  isPatchType,
  isTrue,
  kindOf,
  nameOf,
  qualifiedName,
  text,
  toManifest,
  withMetadata,
  without,
  withValue,
} from "./manifest";
import type { Manifest } from "./manifest";
import { normalize } from "./normalize";
import { type Objects, unlessOvertaken, type WriteOptions } from "./objects";
import { parsePath } from "./property-path";

/** Creates the object and waits until it is ready. A preview asks the server for a dry run where it can. */
export async function create(
  cluster: Cluster,
  request: CreateRequest,
): Promise<{ id: string; state: PropertyMap }> {
  const inputs = toManifest(request.properties);
  const isPatch = isPatchType(parseUrn(request.urn).type, kindOf(inputs));
  const echo = { id: "", state: request.properties };
  if (request.preview && (isPatch || !(await canPreview(cluster, inputs)))) return echo;

  const manager = fieldManager(inputs, undefined);
  const applies = isPatch || (cluster.settings.upsert && cluster.settings.serverSideApply);
  let live: Manifest;
  try {
    live = await submit(cluster, request, inputs, objects =>
      applies
        ? apply(objects, inputs, {
            dryRun: request.preview,
            fieldManager: manager,
            force: forces(cluster, inputs, request.preview),
          })
        : objects.create(inputs, { dryRun: request.preview, fieldManager: creationManager }),
    );
  } catch (error) {
    if (request.preview && isHarmlessAtPreview(error)) return echo;
    throw creationError(request.urn, inputs, error);
  }
  if (request.preview) {
    return { id: "", state: checkpoint(inputs, without(live, "status"), request.properties, manager) };
  }
  if (isCrd(inputs)) cluster.forgetKinds();
  const ready = await awaitAndRecord(cluster, request, inputs, live, {
    manager,
    program: request.properties,
    failure: `resource "${request.urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live`,
    updating: false,
  });
  return { id: qualifiedName(ready), state: checkpoint(inputs, ready, request.properties, manager) };
}

/** Applies the new inputs to the object and waits until it is ready again. */
export async function update(cluster: Cluster, request: UpdateRequest): Promise<PropertyMap> {
  const inputs = normalize(toManifest(request.news));
  if (request.preview && !(await canPreview(cluster, inputs))) return request.news;
  const old = readCheckpoint(request.oldState);
  const manager = fieldManager(inputs, old.fieldManager);
  let live: Manifest;
  try {
    live = await write(cluster, request, inputs, old.live, manager);
  } catch (error) {
    if (request.preview && error instanceof ApiError && error.forbidden) return request.news;
    throw await updateError(cluster, request, inputs, old.live, manager, error);
  }
  if (request.preview) return checkpoint(inputs, live, request.news, manager);
  if (isCrd(inputs)) cluster.forgetKinds();
  const ready = await awaitAndRecord(cluster, request, inputs, live, {
    manager,
    program: request.news,
    failure: `the Kubernetes API server reported that "${qualifiedName(live)}" failed to fully initialize or become live`,
    updating: true,
  });
  if (old.fieldManager !== undefined && old.fieldManager !== manager) {
    await relinquish(await cluster.objects(ready), ready, old.fieldManager);
  }
  return checkpoint(inputs, ready, request.news, manager);
}

/** Unknown inputs and kinds that do not exist yet cannot be shown to the server. */
async function canPreview(cluster: Cluster, inputs: Manifest): Promise<boolean> {
  return (
    cluster.settings.serverSideApply && !containsUnknown(inputs) && (await cluster.kind(inputs)) !== undefined
  );
}

const creationTries = 6;

/** A definition or a namespace may be about to appear: six tries, 1, 2, 4, 8 and 16 s apart. */
async function submit(
  cluster: Cluster,
  request: CreateRequest,
  inputs: Manifest,
  run: (objects: Objects) => Promise<Manifest>,
): Promise<Manifest> {
  const say = reporter(cluster, request.urn);
  for (let attempt = 1; ; attempt++) {
    try {
      const live = await run(await cluster.objects(inputs));
      say("");
      return live;
    } catch (error) {
      const hopeless = request.preview && error instanceof ApiError && error.namespaceNotFound;
      if (!isMissing(error) || hopeless || attempt === creationTries) throw error;
      say(`Retry #${attempt}; creation failed: ${(error as Error).message}`);
      await sleep(2 ** (attempt - 1) * 1000, undefined, { signal: cluster.cancelled });
      cluster.forgetKinds();
    }
  }
}

/** At preview these only say that the server cannot tell yet. */
function isHarmlessAtPreview(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.forbidden || error.alreadyExists || error.namespaceNotFound || error.dryRunUnsupported)
  );
}

function creationError(urn: string, inputs: Manifest, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NoSuchKind) {
    return new Error(
      `creation of resource "${urn}" with kind ${apiVersionOf(inputs)}/${kindOf(inputs)} failed because the Kubernetes API server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${message}`,
    );
  }
  const hint =
    error instanceof ApiError && error.alreadyExists
      ? "\n\nThe resource already exists in the cluster. If it was renamed in the program, give it an alias; to manage some of its fields only, use a Patch resource; to adopt it, use `import`."
      : "";
  return new Error(
    `resource "${urn}" was not successfully created by the Kubernetes API server: ${message}${hint}`,
  );
}

/** The name under which this resource owns its fields: by annotation, from the state, or made for it now. */
function fieldManager(inputs: Manifest, recorded: string | undefined): string {
  const annotated = annotation(inputs, annotations.fieldManager);
  if (annotated !== "") return annotated;
  return recorded ?? `${creationManager}-${randomBytes(4).toString("hex")}`;
}

/** Whether conflicts with other managers are won. At preview the creation's own fields must not look like a conflict. */
function forces(cluster: Cluster, inputs: Manifest, preview: boolean, live?: Manifest): boolean {
  if (isTrue(inputs, annotations.patchForce) || cluster.settings.patchForce) return true;
  if (live === undefined) return preview;
  return managedFields(live).length === 0 || (preview && hasCreationFields(live));
}

async function apply(
  objects: Objects,
  inputs: Manifest,
  options: WriteOptions & { force: boolean },
): Promise<Manifest> {
  try {
    return await objects.apply(inputs, options);
  } catch (error) {
    if (!(error instanceof ApiError) || !error.conflict) throw error;
    throw new Error(conflictMessage(options.fieldManager, error.message), { cause: error });
  }
}

async function write(
  cluster: Cluster,
  request: UpdateRequest,
  inputs: Manifest,
  oldLive: Manifest,
  manager: string,
): Promise<Manifest> {
  const objects = await cluster.objects(inputs);
  if (isCrd(inputs)) {
    const live = await objects.get(nameOf(oldLive));
    const versioned = withMetadata(inputs, "resourceVersion", text(live, "metadata", "resourceVersion"));
    return objects.replace(versioned, { dryRun: request.preview, fieldManager: manager });
  }
  const isPatch = isPatchType(parseUrn(request.urn).type, kindOf(inputs));
  const live =
    isPatch || request.preview
      ? await objects.get(nameOf(oldLive))
      : await adopted(objects, nameOf(oldLive), manager);
  return apply(objects, withoutIgnored(inputs, live, manager, request.ignoreChanges), {
    dryRun: request.preview,
    fieldManager: manager,
    force: forces(cluster, inputs, request.preview, live),
  });
}

/** Takes over the fields of earlier writers. The patch is for the object as it was read, so that it is read again each time. */
async function adopted(objects: Objects, name: string, manager: string): Promise<Manifest> {
  return unlessOvertaken(async () => {
    const live = await objects.get(name);
    const operations = adoption(live, manager);
    return operations.length === 0 ? live : objects.patch(name, operations);
  });
}

/**
 * An ignored field that others own is not sent, so that we neither conflict nor become its second owner; one that we own
 * is sent as it is in the cluster. Fields inside lists cannot be addressed, as in the real plugin.
 */
function withoutIgnored(
  inputs: Manifest,
  live: Manifest,
  manager: string,
  ignoreChanges: string[],
): Manifest {
  let result = inputs;
  for (const ignored of ignoreChanges) {
    const path = parsePath(ignored);
    if (!path.every(step => typeof step === "string")) continue;
    const liveValue = at(live, ...path);
    if (ownedOnlyByOthers(live, manager, path)) result = without(result, ...path);
    else if (liveValue !== undefined) result = withValue(result, liveValue, ...path);
  }
  return result;
}

interface Recording {
  manager: string;
  program: PropertyMap;
  failure: string;
  updating: boolean;
}

/** Waits; when that fails the object is recorded as it is, because it exists. */
async function awaitAndRecord(
  cluster: Cluster,
  request: { urn: string; timeout: number },
  inputs: Manifest,
  live: Manifest,
  { manager, program, failure, updating }: Recording,
): Promise<Manifest> {
  try {
    const timeoutMs = timeoutOf(inputs, request.timeout);
    return await awaitReady({ cluster, urn: request.urn, inputs, live, timeoutMs, updating });
  } catch (error) {
    const last = error instanceof NotReady ? error.live : live;
    const message = error instanceof Error ? error.message : String(error);
    const reasons = error instanceof NotReady ? error.reasons.filter(reason => reason !== message) : [];
    throw new InitializationFailure(qualifiedName(last), checkpoint(inputs, last, program, manager), [
      `${failure}: ${message}`,
      ...reasons,
    ]);
  }
}

/** A refused update leaves the object as it was: the state keeps it with the reason, so that the next update tries again. */
async function updateError(
  cluster: Cluster,
  request: UpdateRequest,
  inputs: Manifest,
  oldLive: Manifest,
  manager: string,
  error: unknown,
): Promise<Error> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NoSuchKind) {
    return new Error(
      `update of resource "${request.urn}" failed because the Kubernetes API server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${message}`,
    );
  }
  const live = await cluster.find(oldLive, nameOf(oldLive)).catch(() => undefined);
  if (live === undefined) return new Error(`update of resource "${request.urn}" failed: ${message}`);
  return new InitializationFailure(qualifiedName(live), checkpoint(inputs, live, request.news, manager), [
    `the Kubernetes API server reported that "${qualifiedName(live)}" failed to fully initialize or become live: ${message}`,
  ]);
}

/** Gives up every field held under the name: an apply of nothing but the object's identity. */
export async function relinquish(objects: Objects, live: Manifest, manager: string): Promise<void> {
  const identity: Manifest = {
    apiVersion: apiVersionOf(live),
    kind: kindOf(live),
    metadata: { name: nameOf(live), namespace: text(live, "metadata", "namespace") },
  };
  await objects.apply(identity, { dryRun: false, fieldManager: manager, force: false });
}
