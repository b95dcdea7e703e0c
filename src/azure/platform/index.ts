export * from "./args";
export { AksPlatform } from "./component";
export type { PlatformReference } from "./reference";
