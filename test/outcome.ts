/** How many tests ended how. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The closing line, which scripts read: `N passed, N failed`, and `, N skipped` when any were. */
export function closingLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** All of them as one. */
export function sumOf(outcomes: readonly Outcome[]): Outcome {
  const sum = (of: keyof Outcome): number => outcomes.reduce((all, outcome) => all + outcome[of], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}
