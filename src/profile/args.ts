import type * as pulumi from "@pulumi/pulumi";
import type { InstanceResources, InstanceSize, StorageArgs } from "../instance/args";
import type { ProfileArgs } from "../parameters/profile-args";

/** Arguments of {@link ParameterProfile}. Every one is optional. */
export interface ParameterProfileArgs extends ProfileArgs {
  /** PostgreSQL major ("18") or minor ("18.6"), 14 to 18. @default "18" */
  version?: string;
  /** Preset of CPU and memory that the values are sized for. @default "small" */
  size?: InstanceSize;
  /** CPU and memory, where the preset does not fit. */
  resources?: InstanceResources;
  /** Data volume. @default { size: "10Gi" } */
  storage?: StorageArgs;
  /** WAL volume. @default WAL on the data volume */
  walStorage?: StorageArgs;
  /** Number of instances the values are checked for. @default 1 */
  instances?: number;
  /**
   * Memory limit of the sidecars in each pod, as a quantity. They have limits of their own, so it changes no value: it is
   * shown in the budget as what the pod needs on its node.
   * @default "0"
   * @example "512Mi"
   */
  sidecarMemory?: string;
  /** Names of parameters that may have a value which can execute code, weakens security or can lose data. */
  allowUnsafeParameters?: string[];
  /** Accept parameters whose memory at full load is more than the limit. @default false */
  acceptMemoryRisk?: boolean;
  /** Name of the ConfigMap: a DNS label. A change replaces the ConfigMap. @default the name of the resource */
  name?: string;
  /** Namespace of the ConfigMap. A change replaces it. @default "default" */
  namespace?: string;
  /** Labels of the ConfigMap. */
  labels?: Record<string, string>;
  /** Annotations of the ConfigMap. */
  annotations?: Record<string, pulumi.Input<string>>;
}
