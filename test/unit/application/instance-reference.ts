import type { InstanceReference, PostgresInstanceArgs } from "../../../src";
import { factsOf } from "../../../src/instance/facts";
import { referenceTo } from "../../../src/instance/reference";
import { resolveInstance } from "../../../src/instance/resolve";

/** The reference of an instance with these arguments, as its component gives it. */
export function referenceOf(args: PostgresInstanceArgs = {}, name = "orders"): InstanceReference {
  const instance = resolveInstance(name, { namespace: "data", ...args });
  return referenceTo(name, "data", "1", factsOf(instance));
}
