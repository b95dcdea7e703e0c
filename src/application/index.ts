export { Access } from "./access";
export {
  type BindingFile,
  type BindingKey,
  type BindingMount,
  type BindingObject,
  type BindingSource,
  type BindingSources,
  type BindingValue,
  type BindingVariable,
  type BindingVolume,
  SslMode,
} from "./credentials";
export type { DatabaseArgs, DatabaseLocaleArgs } from "./database/args";
export { Database } from "./database/component";
export { createDatabase, type DatabaseConfig, type DatabaseResult } from "./database/create-database";
export type { DatabaseLinkArgs, EnvironmentNames, PodsArgs, RotationArgs, WorkloadArgs } from "./link/args";
export { WorkloadKind } from "./rotation/request";
export { DatabaseLink, link } from "./link/component";
export type { MigrationsArgs } from "./migration/args";
export type { DatabaseGroups } from "./plan";
export type { DatabaseReference } from "./reference";
export { Through } from "./through";
export type {
  ApplicationDatabaseArgs,
  ApplicationIngressArgs,
  ApplicationOverrides,
  ApplicationPortArgs,
  ApplicationProbesArgs,
  ApplicationResources,
  ApplicationVolumeArgs,
  HttpProbeArgs,
  TauApplicationArgs,
} from "./tau/args";
export { type ApplicationVariable, TauApplication } from "./tau/component";
