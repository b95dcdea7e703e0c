import type { SpecFile } from "./spec-file";

/** Seconds that files took, by name. */
export type Durations = Readonly<Record<string, number>>;

/** The order of a run: the files that overlap, then those that run alone; in each part the longest first. */
export interface Order<T> {
  readonly overlapping: readonly T[];
  readonly alone: readonly T[];
}

/**
 * Longest first, so that at the end no long file runs while nothing is left to run beside it. What is not known is taken for the longest.
 */
export function inOrder<T extends Pick<SpecFile, "name" | "alone">>(
  files: readonly T[],
  durations: Durations,
): Order<T> {
  const seconds = ({ name }: T): number => durations[name] ?? Number.MAX_SAFE_INTEGER;
  const sorted = [...files].sort((a, b) => seconds(b) - seconds(a) || a.name.localeCompare(b.name));
  return { overlapping: sorted.filter(({ alone }) => !alone), alone: sorted.filter(({ alone }) => alone) };
}

/**
 * Does all the work, each piece in its turn as soon as one of the places is free.
 *
 * @param places pieces at once, at least 1
 * @param work   must not reject: what happens to one piece is no matter of the others
 */
export async function overlapped<T>(
  pieces: readonly T[],
  places: number,
  work: (piece: T) => Promise<void>,
): Promise<void> {
  const left = [...pieces];
  const place = async (): Promise<void> => {
    for (let piece = left.shift(); piece !== undefined; piece = left.shift()) await work(piece);
  };
  await Promise.all(Array.from({ length: Math.min(places, pieces.length) }, place));
}
