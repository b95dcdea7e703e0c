/** Rendering of the Jobs that run operations in the cluster. */
export * from "./image";
export * from "./job";
