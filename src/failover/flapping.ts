import type { FailoverPolicy } from "./policy";
import { FailoverMode } from "./request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "./status";

/** How many automatic failovers within which time are too many. */
export interface FlappingLimit {
  failovers: number;
  withinMinutes: number;
}

/** When the automatic failovers of a history were, milliseconds since 1970, newest first. Switchovers and those that came to nothing do not count. */
export function automaticFailovers(history: readonly FailoverStatus[]): number[] {
  return history
    .filter(
      ({ origin, mode, state }) =>
        origin === FailoverOrigin.Automatic &&
        mode === FailoverMode.Forced &&
        state === FailoverState.Completed,
    )
    .map(({ completedAt, startedAt }) => Date.parse(completedAt ?? startedAt))
    .filter(time => !Number.isNaN(time))
    .sort((a, b) => b - a);
}

/**
 * Whether there are too many: `failovers` of them within `withinMinutes`, up to now.
 * @param times milliseconds since 1970, in any order
 */
export function isFlapping(
  times: readonly number[],
  { failovers, withinMinutes }: FlappingLimit,
  now: number,
): boolean {
  const earliest = now - withinMinutes * 60_000;
  return times.filter(time => time > earliest && time <= now).length >= failovers;
}

/**
 * The time of the failover that, as the last of so many, makes it flap for as long as it is within the limit; undefined when there were not
 * so many yet. Compared with the clock it tells the same as {@link isFlapping}, which a metric of constants needs.
 */
export function decisiveFailover(times: readonly number[], { failovers }: FlappingLimit): number | undefined {
  return [...times].sort((a, b) => b - a)[failovers - 1];
}

/**
 * Until when the next automatic failover is held back after the last one.
 * @param last milliseconds since 1970; undefined when there was none
 * @returns undefined when nothing is held back at this moment
 */
export function coolDownUntil(
  last: number | undefined,
  { coolDownSeconds }: Pick<FailoverPolicy, "coolDownSeconds">,
  now: number,
): number | undefined {
  if (last === undefined || coolDownSeconds === 0) return undefined;
  const until = last + coolDownSeconds * 1000;
  return until > now ? until : undefined;
}
