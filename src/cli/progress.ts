/** Milliseconds before a wait is worth a word. */
const patience = 2_000;

/** Milliseconds between two signs of life. */
const heartbeat = 10_000;

/** Where progress is written, and the clock it is timed by. */
export interface ProgressSurroundings {
  write: (text: string) => void;
  /** Calls back after so many milliseconds, again and again; returns what ends that. */
  every: (milliseconds: number, callback: () => void) => () => void;
}

/** Says what is awaited when it takes more than two seconds, and that it still is. */
export async function withProgress<T>(
  title: string,
  work: (say: (awaited: string) => void) => Promise<T>,
  { write, every }: ProgressSurroundings,
): Promise<T> {
  let awaited = title;
  let waited = 0;
  const end = every(patience, () => {
    waited += patience;
    if (waited === patience || waited % heartbeat === 0) write(`${awaited} … ${waited / 1000} s\n`);
  });
  try {
    return await work(sentence => (awaited = sentence));
  } finally {
    end();
  }
}
