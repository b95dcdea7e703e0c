export type { ParameterProfileArgs } from "./args";
export { ParameterProfile } from "./component";
