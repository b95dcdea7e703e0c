/** What a check has to know of the server besides its parameters. Members left out are not judged by. */
export interface ParameterSurroundings {
  /** PostgreSQL major, 14 to 18. */
  major: number;
  /** Number of instances: more than one means standbys. */
  instances?: number;
  /** Memory limit of the PostgreSQL container, bytes. */
  memory?: number;
  /** Memory request of the PostgreSQL container, bytes. Default: the limit. */
  memoryRequest?: number;
  /** Huge pages in the container's resources, bytes. Default: 0. */
  hugePages?: number;
  /** Size of the volume WAL is on, bytes: the WAL volume, else the data volume. */
  walVolume?: number;
  /** Whether WAL has a volume of its own. */
  separateWal?: boolean;
  /** Size of a WAL segment, bytes. Default: 16 MiB. */
  walSegment?: number;
  /** Libraries that are preloaded by argument. */
  preloadedLibraries?: readonly string[];
  /** Seccomp profile of the pod; CloudNativePG's default is `RuntimeDefault`. */
  seccomp?: string;
  /** Whether WAL is archived. CloudNativePG's default: true. */
  archiving?: boolean;
  /** Names of parameters whose danger is accepted. */
  allowUnsafe?: readonly string[];
}
