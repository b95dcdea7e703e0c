import { createHash } from "node:crypto";
import { ownAnnotations } from "../../cnpg/metadata";

/** Since when which login is in use; as JSON in an annotation of the application's Secret. */
export interface Rotated {
  /** RFC 3339 time. */
  at: string;
  /** Name of the role. */
  login: string;
  /** UID of the Job that gave it to the application; absent for the first one. */
  by?: string;
}

/** A rotation that has begun and not ended; as JSON in an annotation of the application's Secret. */
export interface RunningRotation {
  /** Job that it runs in. */
  job: string;
  /** Of the Job: another one of the same name is another one. */
  uid: string;
  /** RFC 3339 time at which a pod of the Job took it on: two pods of one Job differ by it. */
  since: string;
  /** Role that is still to be retired: the application's Secret holds the other one already. */
  retire?: string;
}

type Annotations = Readonly<Record<string, string>> | undefined;

/** What the Secret says of the login it holds; undefined when somebody else wrote it. */
export function readRotated(annotations: Annotations): Rotated | undefined {
  const { at, login, by } = textsOf(annotations?.[ownAnnotations.rotated]);
  if (at === undefined || login === undefined) return undefined;
  return { at, login, ...(by === undefined ? {} : { by }) };
}

/** The rotation that has not ended. */
export function readRunning(annotations: Annotations): RunningRotation | undefined {
  const { job, uid, since, retire } = textsOf(annotations?.[ownAnnotations.rotation]);
  if (job === undefined || uid === undefined || since === undefined) return undefined;
  return { job, uid, since, ...(retire === undefined ? {} : { retire }) };
}

/** What the pods of workloads carry: another text for other credentials, from which nothing of them can be learnt. */
export function credentialsChecksum({ at, login }: Rotated): string {
  return createHash("sha256")
    .update(JSON.stringify([at, login]))
    .digest("hex")
    .slice(0, 16);
}

function textsOf(json: string | undefined): Partial<Record<string, string>> {
  if (json === undefined) return {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}
