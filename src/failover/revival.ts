import { isRecord } from "../backup/record";
import { annotations, ownAnnotations } from "../cnpg/metadata";
import type { EmbeddedMetadata } from "../cnpg/object";
import { ClusterPhase } from "../cnpg/phases";
import type { ClusterView } from "./observation";

/** A primary that is fenced only until it has a pod again. */
export interface Revival {
  primary: string;
  /** RFC 3339. */
  since: string;
}

/** What is to be done for a primary without a pod. */
export const RevivalStep = {
  /** Fence it: the operator then leaves the question of the primary alone, and makes the pod. */
  Fence: "fence",
  /** Lift the fence: its server starts. */
  Lift: "lift",
} as const;
export type RevivalStep = (typeof RevivalStep)[keyof typeof RevivalStep];

/** Seconds after which a fence is lifted although no pod came. */
const patience = 120;

/**
 * While failover is held back, CloudNativePG waits before it does anything else, and also makes no new pod for a primary whose pod was
 * deleted: nobody could write until the suspension ends. It does make one for a primary that is fenced. So the watch fences it for the moment
 * that takes. Nothing is promoted meanwhile, and the server that starts is the one that was primary.
 * Source: CloudNativePG 1.30, internal/controller/cluster_controller.go, handleSwitchover comes before reconcileResources.
 * @param hasPod whether there is a pod of the primary, in whatever state
 */
export function revivalStep(
  view: ClusterView,
  revival: Revival | undefined,
  hasPod: boolean,
  now: Date,
): RevivalStep | undefined {
  const { primary, target, suspension, fenced, phase } = view;
  if (revival !== undefined) {
    const isLate = now.getTime() - Date.parse(revival.since) > patience * 1000;
    const isOther = revival.primary !== primary;
    return hasPod || isLate || isOther || suspension === undefined ? RevivalStep.Lift : undefined;
  }
  if (primary === undefined || suspension === undefined || hasPod || target !== primary) return undefined;
  if (fenced.length > 0 || phase === ClusterPhase.notEnoughDiskSpace) return undefined;
  return RevivalStep.Fence;
}

/** The revival that stands on a Cluster. */
export function revivalOf({ annotations: of }: EmbeddedMetadata): Revival | undefined {
  try {
    const value: unknown = JSON.parse(of?.[ownAnnotations.revival] ?? "null");
    return isRecord(value) && typeof value.primary === "string" && typeof value.since === "string"
      ? (value as unknown as Revival)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Annotations that carry out a step, for a merge patch. */
export function revivalAnnotations(
  step: RevivalStep,
  primary: string,
  fenced: readonly string[],
  now: Date,
): Record<string, string | null> {
  if (step === RevivalStep.Fence) {
    const revival: Revival = { primary, since: now.toISOString() };
    return {
      [annotations.fencedInstances]: JSON.stringify([...fenced, primary]),
      [ownAnnotations.revival]: JSON.stringify(revival),
    };
  }
  const left = fenced.filter(name => name !== primary);
  return {
    [annotations.fencedInstances]: left.length === 0 ? null : JSON.stringify(left),
    [ownAnnotations.revival]: null,
  };
}
