import type { Outcome } from "../outcome";

/** A test that did not pass, by its full title. */
export interface Told {
  readonly title: string;
  /** The first line of the error, or why it was skipped. */
  readonly reason: string;
}

/** How the tests of one spec file ended. */
export interface Ending {
  readonly outcome: Outcome;
  readonly failures: readonly Told[];
  readonly skips: readonly Told[];
}

/** What the process of a spec file tells the process that runs the suite. */
export type SpecMessage = { readonly running: string } | { readonly ending: Ending };
