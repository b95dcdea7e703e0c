export { ArgumentError, type ArgumentProblem } from "./argument-error";
export * from "./instance";
export * from "./operator";
export * from "./configuration";
export { HealthStatus, healthStatus, InstanceState, instanceState } from "./cnpg/state";
