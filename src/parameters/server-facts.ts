import type { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../cnpg/cluster";

/** What a change of parameters depends on. */
export interface ServerFacts {
  /** PostgreSQL major, 14 to 18. */
  major: number;
  /** The parameters as they are asked for. */
  parameters: Record<string, string>;
  /** Libraries to preload, besides those CloudNativePG adds for parameters of extensions. Default: none. */
  sharedPreloadLibraries?: string[];
  instances: number;
  primaryUpdateMethod: PrimaryUpdateMethod;
  primaryUpdateStrategy: PrimaryUpdateStrategy;
  /** Seconds open sessions get to end by themselves. */
  smartShutdownTimeout: number;
  /** Image of the servers; without it nothing is said about changing it together with parameters. */
  image?: string;
  /** A text that changes when the pods are re-created for another reason; without it nothing is said about doing both at once. */
  rollout?: string;
}
