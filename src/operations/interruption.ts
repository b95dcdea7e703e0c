import type { Clock } from "./waiting";

/** An operation was told to stop. */
export class Interrupted extends Error {
  constructor() {
    super("It was told to stop.");
    this.name = "Interrupted";
  }
}

/** A clock whose sleeps end with {@link Interrupted} when the signal comes. */
export function interruptible(clock: Clock, signal: AbortSignal): Clock {
  return {
    now: clock.now,
    sleep: milliseconds => unlessInterrupted(signal, () => clock.sleep(milliseconds)),
  };
}

/** Does something, and stops waiting for it when the signal comes. */
export async function unlessInterrupted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw new Interrupted();
  let stop = (): void => undefined;
  const interruption = new Promise<never>((_, reject) => {
    stop = () => reject(new Interrupted());
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work(), interruption]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * A signal that comes when Kubernetes ends the pod. Without it Node, as the first process of a container, would not hear of that at all.
 * @returns the signal, and what ends listening
 */
export function terminationSignal(): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  return {
    signal: controller.signal,
    end: () => {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
    },
  };
}
