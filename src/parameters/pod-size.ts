/** The pod and the volumes a server is sized for. */
export interface PodSize {
  /** Memory limit of the PostgreSQL container, bytes. */
  memory: number;
  /** Memory request of the PostgreSQL container, bytes: CloudNativePG refuses shared buffers above it. Default: the limit. */
  memoryRequest?: number;
  /** CPU limit of the PostgreSQL container, cores. */
  cpu: number;
  /** Data volume, bytes. */
  storage: number;
  /** WAL volume, bytes. Default: WAL is on the data volume and may use 40 % of it. */
  walStorage?: number;
  /** Size of a WAL segment, bytes. Default: 16 MiB. */
  walSegment?: number;
  /** PostgreSQL major, 14 to 18. */
  major: number;
  /** Memory limits of the other containers of the pod, bytes. Default: 0. They take nothing from the server's memory. */
  sidecarMemory?: number;
}
