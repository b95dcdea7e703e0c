const reasons = new WeakMap<object, string>();

/**
 * Skips the running test (or, from a `before` hook, every test of its suite) and keeps the reason for the report.
 *
 * @param context the `this` of the test or hook
 * @param reason  a sentence that says what is missing
 */
export function skip(context: Mocha.Context, reason: string): never {
  const holders = [
    context.test,
    context.currentTest,
    isHook(context.test) ? context.test?.parent : undefined,
  ];
  for (const holder of holders) if (holder) reasons.set(holder, reason);
  return context.skip();
}

function isHook(runnable: Mocha.Runnable | undefined): boolean {
  return runnable !== undefined && "type" in runnable && runnable.type === "hook";
}

/** The reason given to {@link skip} for this test or a suite around it. */
export function skipReason(test: Mocha.Test): string {
  for (let holder: Mocha.Test | Mocha.Suite | undefined = test; holder; holder = holder.parent) {
    const reason = reasons.get(holder);
    if (reason !== undefined) return reason;
  }
  return "no reason given";
}
