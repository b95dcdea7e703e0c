/** How roles, databases and grants are made. */
export const Through = {
  /** By CloudNativePG and a Job inside the cluster: the engine needs to reach only Kubernetes. */
  Cluster: "cluster",
  /** By Pulumi's PostgreSQL provider, which has to reach the server: it comes in `opts.providers` as `postgresql`. */
  Provider: "provider",
} as const;
export type Through = (typeof Through)[keyof typeof Through];
