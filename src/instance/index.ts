export { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../cnpg/cluster";
export * from "./args";
export type { ChildTransform, InstanceTransforms } from "./children";
export { PostgresInstance, type PostgresInstanceLookup, type PostgresInstanceOptions } from "./component";
export type { PendingParameter } from "../parameters/pending-parameter";
export type { InstanceReference } from "./reference";
