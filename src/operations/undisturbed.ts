import { ApiError } from "./kubernetes";
import type { Clock } from "./waiting";

/** How often a change is tried while somebody else writes at the same moment, and milliseconds between two tries. */
export interface Persistence {
  tries: number;
  pause: number;
}

/**
 * Tries again while somebody else changes the object at the same moment.
 * @param attempt reads, decides and writes with the version that it read
 */
export async function untilUndisturbed<T>(
  clock: Clock,
  { tries, pause }: Persistence,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || left <= 1) throw error;
      await clock.sleep(pause);
    }
  }
}
