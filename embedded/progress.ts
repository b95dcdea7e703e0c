/** Shows a person what is being done and what is awaited. */
export interface Progress {
  /** Runs one named step; `say` changes the text of what it is waiting for. */
  step<T>(title: string, run: (say: (awaited: string) => void) => Promise<T>): Promise<T>;
  /** A line that stays. */
  note(line: string): void;
}
