import type * as pulumi from "@pulumi/pulumi";
import type { DatabasePlan } from "./plan";
import type { DatabaseReference } from "./reference";

// Which resources a link is made of depends on it, so it must be known while the program runs; the reference may not be.
const plans = new WeakMap<object, DatabasePlan>();

/** Notes what a database is that was made through Pulumi's provider of the server. */
export function rememberPlan(reference: pulumi.Output<DatabaseReference>, plan: DatabasePlan): void {
  plans.set(reference, plan);
}

/** What a database is that this program makes through the provider; undefined for others. */
export function providerPlan(reference: pulumi.Input<DatabaseReference>): DatabasePlan | undefined {
  return typeof reference === "object" ? plans.get(reference) : undefined;
}
