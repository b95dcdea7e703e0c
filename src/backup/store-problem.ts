/** What keeps backups from a store, as far as the words of Barman and of the store tell. */
export const StoreProblem = {
  /** The store does not accept the credential. */
  Credential: "credential",
  /** The store does not answer. */
  Unreachable: "unreachable",
  /** The store takes no more. */
  Full: "full",
  /** The container or bucket does not exist. */
  Missing: "missing",
  /** The archive holds the WAL of another server. */
  InUse: "inUse",
} as const;
export type StoreProblem = (typeof StoreProblem)[keyof typeof StoreProblem];

// In this order: a store that is full may also call that an authorisation it does not give, and says so more precisely.
const words: readonly (readonly [StoreProblem, RegExp])[] = [
  [
    StoreProblem.Full,
    /InsufficientStorage|Insufficient Storage|\b507\b|No space left|ENOSPC|StorageFull|QuotaExceeded|quota|store is full/i,
  ],
  [StoreProblem.InUse, /Expected empty archive/i],
  [
    StoreProblem.Missing,
    /ContainerNotFound|NoSuchBucket|(container|bucket) (\S+ )?(does not exist|was not found)/i,
  ],
  [
    StoreProblem.Credential,
    /failed to authenticate|Authori[sz]ationFailure|AuthenticationFailed|InvalidAuthenticationInfo|InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|Access Denied|ExpiredToken|not authori[sz]ed|\b40[13]\b|Forbidden|Unable to locate credentials|Connection string/i,
  ],
  [
    StoreProblem.Unreachable,
    /Connection refused|timed out|time-?out|Name or service not known|name resolution|Failed to establish|unreachable|No route to host|EndpointConnectionError|Could not connect|Connection (reset|aborted)|ServiceRequestError|RemoteDisconnected/i,
  ],
];

/** The problem these words speak of; undefined when they say nothing that is known. */
export function storeProblem(text: string): StoreProblem | undefined {
  return words.find(([, pattern]) => pattern.test(text))?.[0];
}

/** What to do about it, as sentences. */
export const storeRemedies: Readonly<Record<StoreProblem, string>> = {
  [StoreProblem.Credential]:
    "The store does not accept the credential. Correct it in the BackupStore, or in the Secret it names; WAL that waits is archived by itself afterwards.",
  [StoreProblem.Unreachable]:
    "The store cannot be reached from the cluster. Look at its address, at name resolution and at the network policies; WAL that waits is archived by itself afterwards.",
  [StoreProblem.Full]:
    "The store is full. Make room or raise its quota; keep less by a shorter recovery window or fewer tiers. WAL that waits is archived by itself afterwards.",
  [StoreProblem.Missing]:
    "The container or bucket does not exist, and the credential may not create it. Create it; WAL that waits is archived by itself afterwards.",
  [StoreProblem.InUse]:
    "The archive holds the WAL of another server. Give the generation a new archive name: generations.<N>.archive.",
};

/** What a plugin or its program said, without what the way through the plugin put before it. */
export function plainCause(text: string): string {
  return text.replace(/^rpc error: code = \w+ desc = /, "");
}

/** A cause as a sentence. */
export function causeSentence(text: string): string {
  const plain = plainCause(text);
  return /[.!?]$/.test(plain) ? plain : `${plain}.`;
}
