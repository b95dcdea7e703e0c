/** Time, as an operation sees it. */
export interface Clock {
  now: () => Date;
  /** Resolves after so many milliseconds. */
  sleep: (milliseconds: number) => Promise<void>;
}

/** Time as it is. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
};

/** How long and how often to look. */
export interface WaitOptions {
  clock: Clock;
  say: (sentence: string) => void;
  /** Seconds after which waiting ends with an error. */
  timeoutSeconds: number;
  /** Milliseconds between two looks. @default 1000 */
  intervalMilliseconds?: number;
}

/** What one look found: done with a value, or what is still awaited. */
export type Look<T> = { done: true; value: T } | { done: false; awaiting: string };

/** Milliseconds after which an unchanged wait is said again. */
const sayAgainAfter = 30_000;

/**
 * Looks again and again until the look is done. A look that throws has not found what it wants: its error is what is awaited.
 * @throws Error naming what was awaited last, when the time is up
 */
export async function waitUntil<T>(look: () => Promise<Look<T>>, options: WaitOptions): Promise<T> {
  const { clock, say, timeoutSeconds, intervalMilliseconds = 1000 } = options;
  const started = clock.now().getTime();
  let said = { text: "", at: 0 };
  for (;;) {
    const found = await attempt(look);
    if (found.done) return found.value;
    const now = clock.now().getTime();
    if (now - started >= timeoutSeconds * 1000) {
      throw new Error(`gave up after ${timeoutSeconds} s, still waiting: ${found.awaiting}`);
    }
    if (found.awaiting !== said.text || now - said.at >= sayAgainAfter) {
      said = { text: found.awaiting, at: now };
      say(`After ${Math.round((now - started) / 1000)} s, waiting: ${found.awaiting}`);
    }
    await clock.sleep(intervalMilliseconds);
  }
}

/**
 * Does something again and again until it succeeds.
 * @throws Error with the last reason, when the time is up
 */
export function untilItSucceeds<T>(work: () => Promise<T>, options: WaitOptions): Promise<T> {
  return waitUntil(async () => ({ done: true, value: await work() }), options);
}

async function attempt<T>(look: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    return { done: false, awaiting: describeError(error) };
  }
}

/** An error as one line. Node leaves the message of a failed connection to several addresses empty. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") {
    return [...new Set(error.errors.map(describeError))].join("; ");
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*\n\s*/g, " ").trim();
}
