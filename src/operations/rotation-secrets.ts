import { credentialsData, secretType } from "../application/credentials";
import type { RotatedLogin, RotateRequest } from "../application/rotation/request";
import { readRotated, readRunning, type Rotated, type RunningRotation } from "../application/rotation/state";
import { appLabels, labels, managedBy, ownAnnotations } from "../cnpg/metadata";
import { kinds, type KubernetesApi } from "./kubernetes";
import { resolveOwner } from "./object-owner";
import { decode, encode, type SecretManifest } from "./secret";

/** A Secret of a login, as it was read. */
export interface LoginSecret {
  secret: SecretManifest;
  password: string;
}

/** The application's Secret, as it was read. */
export interface ApplicationSecret {
  secret: SecretManifest;
  /** The login in it. */
  login: RotatedLogin;
  /** The other one. */
  other: RotatedLogin;
  password: string;
  /** Where nobody has written it, the time at which the Secret was made. */
  rotated: Rotated;
  running?: RunningRotation;
}

/**
 * Reads the Secret of a login.
 * @throws Error when a Secret of the name holds something else
 */
export async function readLogin(
  { namespace }: RotateRequest,
  { role, secret: name }: RotatedLogin,
  api: KubernetesApi,
): Promise<LoginSecret | undefined> {
  const secret = await api.get<SecretManifest>(kinds.secret, namespace, name);
  if (secret === undefined) return undefined;
  const { username, password = "" } = decode(secret.data ?? {});
  if (username !== role || password === "") throw foreign(`${namespace}/${name}`, `the login ${role}`);
  return { secret, password };
}

/**
 * Reads the application's Secret.
 * @throws Error when a Secret of the name holds something else
 */
export async function readApplication(
  { application: { namespace, secret: name }, logins: [first, second] }: RotateRequest,
  api: KubernetesApi,
): Promise<ApplicationSecret | undefined> {
  const secret = await api.get<SecretManifest>(kinds.secret, namespace, name);
  if (secret === undefined) return undefined;
  const { username, password = "" } = decode(secret.data ?? {});
  const found = [first, second].find(({ role }) => role === username);
  if (found === undefined || password === "")
    throw foreign(`${namespace}/${name}`, `one of the logins ${first.role} and ${second.role}`);
  const { annotations, creationTimestamp = "" } = secret.metadata;
  const rotated = readRotated(annotations) ?? { at: creationTimestamp, login: found.role };
  const running = readRunning(annotations);
  return {
    ...{ secret, login: found, other: found === first ? second : first, password, rotated },
    ...(running === undefined ? {} : { running }),
  };
}

function foreign(name: string, expected: string): Error {
  return new Error(
    `Secret ${name} exists and does not hold ${expected}: it was made by something else; delete it, or choose another name`,
  );
}

/**
 * Writes a password into the Secret of a login, from which CloudNativePG sets it in the server.
 * @param found the Secret as it was read; a writer in between is noticed instead of overwritten
 */
export async function writeLogin(
  request: RotateRequest,
  { role, secret: name }: RotatedLogin,
  password: string,
  found: LoginSecret | undefined,
  api: KubernetesApi,
): Promise<void> {
  const { namespace, owner } = request;
  const data = encode({ username: role, password });
  if (found !== undefined) {
    const { resourceVersion } = found.secret.metadata;
    await api.patch(kinds.secret, namespace, name, { metadata: { resourceVersion }, data });
    return;
  }
  await api.create(kinds.secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...{ name, namespace },
      labels: { [appLabels.managedBy]: managedBy, [labels.reload]: "true" },
      ownerReferences: [await resolveOwner(owner, namespace, api)],
    },
    type: "kubernetes.io/basic-auth",
    data,
  });
}

/** Makes the application's Secret. */
export async function createApplication(
  request: RotateRequest,
  login: RotatedLogin,
  password: string,
  at: Date,
  api: KubernetesApi,
): Promise<void> {
  const { namespace, secret: name, owner } = request.application;
  await api.create(kinds.secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...{ name, namespace },
      labels: applicationLabels(request),
      annotations: {
        [ownAnnotations.rotated]: JSON.stringify({
          at: at.toISOString(),
          login: login.role,
        } satisfies Rotated),
      },
      ownerReferences: [await resolveOwner(owner, namespace, api)],
    },
    type: secretType,
    data: applicationData(request, login, password),
  });
}

/** What a change of the application's Secret does besides. */
export interface ApplicationChange {
  data?: Record<string, string>;
  labels?: Record<string, string>;
  rotated?: Rotated;
  /** `null` when the rotation has ended. */
  running?: RunningRotation | null;
}

/** Changes the application's Secret, unless somebody else has since it was read. @returns it as it is now */
export async function changeApplication(
  { application: { namespace, secret: name } }: RotateRequest,
  found: SecretManifest,
  { data, labels: changed, rotated, running }: ApplicationChange,
  api: KubernetesApi,
): Promise<SecretManifest> {
  const { resourceVersion } = found.metadata;
  const annotations = {
    ...(rotated === undefined ? {} : { [ownAnnotations.rotated]: JSON.stringify(rotated) }),
    ...(running === undefined
      ? {}
      : { [ownAnnotations.rotation]: running === null ? null : JSON.stringify(running) }),
  };
  return api.patch<SecretManifest>(kinds.secret, namespace, name, {
    metadata: { resourceVersion, annotations, ...(changed === undefined ? {} : { labels: changed }) },
    ...(data === undefined ? {} : { data }),
  });
}

/** Labels of the application's Secret. */
export function applicationLabels({ application }: RotateRequest): Record<string, string> {
  return { ...application.labels, [appLabels.managedBy]: managedBy };
}

/** Data of the application's Secret. */
export function applicationData(
  { application, host, port, database }: RotateRequest,
  { role: username }: RotatedLogin,
  password: string,
): Record<string, string> {
  const login = {
    host: application.host ?? host,
    port: application.port ?? port,
    ...{ database, username, password, directory: application.directory },
  };
  return encode(credentialsData(login, application.sslMode));
}
