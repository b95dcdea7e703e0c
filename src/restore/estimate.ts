/** How fast a restore goes. */
export interface RestoreRates {
  /** Seconds of everything that does not grow with the data: the Jobs, the pods, the promotion, the first connection. */
  fixedSeconds: number;
  /** Bytes of a base backup, as they lie in the store, that are fetched and unpacked in a second. */
  backupBytesPerSecond: number;
  /** Bytes of WAL, before compression, that are fetched and replayed in a second. */
  walBytesPerSecond: number;
  /** Where the figures come from, as a part of a sentence. */
  source: string;
}

/**
 * Figures for an instance that has never been drilled, measured on a machine with two cores, whose store was on the same machine. Drills of a
 * database of 60 MB: 9 WAL segments of 16 MiB in 4.7 to 7.2 s, everything else in 21 to 25 s. Restores of 1.13 GB, not compressed in the store,
 * with 386 MB of WAL: 64 s, of which 24 s remain for the base backup, 47 MB/s; less is taken, so that the estimate is long rather than short.
 * Source: `npm run bench -- --grep "tells what compression"`.
 */
export const defaultRates: RestoreRates = {
  fixedSeconds: 25,
  backupBytesPerSecond: 30e6,
  walBytesPerSecond: 25e6,
  source: "rates of a small machine; a restore drill measures those of this instance",
};

/** How long a restore takes, in seconds. */
export interface RestoreEstimate {
  /** Fetching and unpacking the base backup. */
  backupSeconds: number;
  /** Fetching and replaying WAL. */
  walSeconds: number;
  /** Everything else. */
  fixedSeconds: number;
  totalSeconds: number;
  /** Where the rates come from. */
  source: string;
}

/**
 * @param backupBytes bytes of the base backup in the store
 * @param walBytes bytes of the WAL segments before compression
 */
export function estimateRestore(
  backupBytes: number,
  walBytes: number,
  rates: RestoreRates = defaultRates,
): RestoreEstimate {
  const backupSeconds = backupBytes / rates.backupBytesPerSecond;
  const walSeconds = walBytes / rates.walBytesPerSecond;
  const { fixedSeconds, source } = rates;
  return {
    backupSeconds,
    walSeconds,
    fixedSeconds,
    totalSeconds: backupSeconds + walSeconds + fixedSeconds,
    source,
  };
}
