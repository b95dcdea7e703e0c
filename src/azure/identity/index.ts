export * from "./args";
export { InstanceIdentity } from "./component";
export type { IdentityReference } from "./reference";
