export { ArgumentError, type ArgumentProblem } from "./argument-error";
export * from "./instance";
export * from "./operator";
export * from "./profile";
export * from "./parameters";
export * from "./configuration";
export type { JobsArgs } from "./jobs/args";
export { HealthStatus, healthStatus, InstanceState, instanceState } from "./cnpg/state";
