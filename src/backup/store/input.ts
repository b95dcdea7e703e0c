import * as pulumi from "@pulumi/pulumi";

/** The value as `change` makes it: at once where it is known while the program runs, so that validation and tests see it. */
export function mapped<T extends string>(
  input: pulumi.Input<string>,
  change: (text: string) => T,
): pulumi.Input<T> {
  return typeof input === "string" ? change(input) : pulumi.output(input).apply(change);
}

/** `mapped` for two values. */
export function mappedBoth(
  first: pulumi.Input<string>,
  second: pulumi.Input<string>,
  change: (first: string, second: string) => string,
): pulumi.Input<string> {
  return typeof first === "string" && typeof second === "string"
    ? change(first, second)
    : pulumi.all([first, second]).apply(([a, b]) => change(a, b));
}
