import * as pulumi from "@pulumi/pulumi";
import { isPlain } from "./leaf";

// A preview knows nothing of an output that waits for a resource; what the component that made it knows already is kept here.
const values = new WeakMap<object, unknown>();

/** Notes what an output of this program will hold. */
export function remember<T>(output: pulumi.Output<T>, value: T): pulumi.Output<T> {
  values.set(output, value);
  return output;
}

/** What an input holds, as far as the program knows before anything is made. */
export function known<T>(input: pulumi.Input<T>): T | undefined {
  return isPlain(input) ? input : (values.get(input) as T | undefined);
}

/** What an input holds. A preview goes on with what the program knows already, so that it shows what will be made. */
export function shownEarly<T>(input: pulumi.Input<T>): pulumi.Output<T> {
  const early = pulumi.runtime.isDryRun() ? known(input) : undefined;
  return pulumi.output(early ?? input) as pulumi.Output<T>;
}
