import type { ProgramResult } from "./program";
import { describeError } from "./waiting";

/** What can go wrong with a store, as `archive.py` tells it. */
export type ArchiveErrorKind =
  | "container"
  | "credential"
  | "cut"
  | "damaged"
  | "library"
  | "missing"
  | "other"
  | "refused"
  | "state"
  | "unreachable";

/** A store that could not be read or written. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly kind: ArchiveErrorKind;

  constructor(kind: ArchiveErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

const sentences: Readonly<Record<ArchiveErrorKind, (store: string, reason: string) => string>> = {
  container: store =>
    `Store ${store}: the container or bucket in its path does not exist. Create it, or correct the path of the BackupStore.`,
  credential: (store, reason) =>
    `Store ${store} refuses the credentials: ${withEnd(reason)} Correct the Secret or the identity that its BackupStore names.`,
  cut: store => `What was to be put into store ${store} ended early; nothing was stored.`,
  damaged: (store, reason) => `An object in store ${store} is damaged: ${reason}`,
  library: (store, reason) => `The jobs image cannot read store ${store}: ${reason}`,
  missing: (store, reason) => `Store ${store} does not hold what was asked for: ${reason}`,
  other: (store, reason) => `Store ${store} could not be used: ${reason}`,
  refused: (store, reason) =>
    `${reason} in store ${store} is WAL or part of a base backup, which only Barman's retention removes.`,
  state: (store, reason) => `In store ${store}, ${reason}: only a completed one can be marked.`,
  unreachable: (store, reason) =>
    `Store ${store} cannot be reached: ${withEnd(reason)} Check its address, and whether the network lets the pod there.`,
};

/** The failure of `archive.py` as one sentence without a secret. */
export function archiveError(
  { stderr, exitCode }: ProgramResult,
  store: string,
  env: Readonly<Record<string, string>>,
): ArchiveError {
  const { kind, message } = readFailure(stderr, exitCode);
  return new ArchiveError(kind, withEnd(sentences[kind](store, withoutSecrets(message, env))));
}

function readFailure(stderr: string, exitCode: number): { kind: ArchiveErrorKind; message: string } {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  try {
    const { kind, message } = JSON.parse(last) as { kind?: string; message?: unknown };
    const known = kind !== undefined && Object.hasOwn(sentences, kind) ? kind : "other";
    // The Azure client adds lines with the whole request.
    return { kind: known as ArchiveErrorKind, message: String(message).trim().split("\n")[0] ?? "" };
  } catch {
    return { kind: "other", message: describeError(last || `archive.py ended with ${exitCode}`) };
  }
}

/** Shortest text that is taken for a secret. */
const shortest = 8;

function withoutSecrets(message: string, env: Readonly<Record<string, string>>): string {
  const secrets = Object.values(env).flatMap(value => [
    value,
    // Parts of a connection string, and of a SAS token.
    ...value.split(/[;&]/).map(part => part.slice(part.indexOf("=") + 1)),
  ]);
  return [...new Set(secrets)]
    .flatMap(secret => [secret, encodeURIComponent(secret)])
    .filter(secret => secret.length >= shortest)
    .sort((one, other) => other.length - one.length)
    .reduce((text, secret) => text.replaceAll(secret, "…"), message);
}

function withEnd(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
