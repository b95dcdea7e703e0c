import * as pulumi from "@pulumi/pulumi";

/** A leaf of a manifest, read of what may not be known yet. */
export function leafOf<S, T>(of: pulumi.Input<S>, read: (of: S) => T): T {
  return isPlain(of) ? read(of) : (pulumi.output(of).apply(known => read(known as S)) as unknown as T);
}

/** What is known while the program runs. */
export function isPlain<S>(of: pulumi.Input<S>): of is S {
  return !pulumi.Output.isInstance(of) && !(of instanceof Promise);
}
