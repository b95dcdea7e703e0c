export * from "./args";
export type { AvailabilityFigures, AvailabilityPromise } from "./promise";
export { instanceCount } from "./resolve";
