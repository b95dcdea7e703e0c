export * from "./args";
export type { CustomCheckArgs } from "../health/custom-check";
export type { AvailabilityFigures, AvailabilityPromise } from "./promise";
export { instanceCount } from "./resolve";
