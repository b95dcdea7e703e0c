import { isRecord } from "../backup/record";
import type { ClusterObject } from "../cnpg/cluster";
import { ownAnnotations } from "../cnpg/metadata";
import { type FieldOwner, type ManagedFields, ownerOf } from "../kubernetes/managed-fields";

/** Failover is held back because somebody works on the instance. All times are RFC 3339, UTC. */
export interface Maintenance {
  since: string;
  /** When it ends by itself; absent when somebody has to end it. */
  until?: string;
  reason?: string;
  /** Who began it, as the API server knows them. */
  by?: string;
}

/** Failover is held back because there has just been one. */
export interface CoolDown {
  since: string;
  until: string;
}

/** Why CloudNativePG is not to fail over for a while, and what is given back afterwards. */
export interface Suspension {
  maintenance?: Maintenance;
  coolDown?: CoolDown;
  /** `spec.failoverDelay` that was set for it, seconds. */
  delay: number;
  /** `spec.failoverDelay` of before, and whose it was. */
  before: { delay?: number; owner?: FieldOwner };
}

/**
 * Name under which `spec.failoverDelay` is held. When an update of the stack wants another value meanwhile, the API server refuses that and
 * names it: so it says what to do.
 */
export const suspensionManager = "pulumi-cnpg-maintenance (end it with: pulumi-cnpg maintenance off)";

/** Path of the field that is held. */
export const delayPath = ["spec", "failoverDelay"] as const;

/** Greatest `spec.failoverDelay`, seconds: 68 years. */
export const endlessDelay = 2 ** 31 - 1;

/** The suspension of a Cluster; undefined when there is none, and when somebody made it illegible. */
export function suspensionOf({ metadata }: Pick<ClusterObject, "metadata">): Suspension | undefined {
  const value = parsed(metadata.annotations?.[ownAnnotations.suspension]);
  if (!isRecord(value) || typeof value.delay !== "number" || !isRecord(value.before)) return undefined;
  const suspension = value as unknown as Suspension;
  return suspension.maintenance === undefined && suspension.coolDown === undefined ? undefined : suspension;
}

/** Whether CloudNativePG really holds back: somebody else may have changed the delay since. */
export function isEffective(cluster: ClusterObject, { delay }: Suspension): boolean {
  return (cluster.spec?.failoverDelay ?? 0) >= delay;
}

/** What of a suspension is over. */
export function expired(
  { maintenance, coolDown }: Suspension,
  now: Date,
): { maintenance: boolean; coolDown: boolean } {
  const isOver = (until: string | undefined): boolean =>
    until !== undefined && Date.parse(until) <= now.getTime();
  return { maintenance: isOver(maintenance?.until), coolDown: isOver(coolDown?.until) };
}

/** Until when, why and by whom, for a sentence. */
export function extentOf({ until, reason, by }: Maintenance): string {
  const end = until === undefined ? "until somebody ends the maintenance" : `until ${until}`;
  return `${end}${reason === undefined ? "" : `: ${reason}`}${by === undefined ? "" : ` (${by})`}`;
}

/** A change of a Cluster, for a merge patch. */
export interface SuspensionChange {
  metadata: { resourceVersion?: string; annotations: Record<string, string | null> };
  spec: { failoverDelay: number | null };
}

/**
 * What begins, changes or ends a suspension.
 * @param reasons what it is for from now on; with neither it ends, and the Cluster gets back what it had
 * @returns undefined when there is none that could end
 */
export function suspend(
  cluster: ClusterObject,
  { maintenance, coolDown }: Pick<Suspension, "maintenance" | "coolDown">,
  now: Date,
): SuspensionChange | undefined {
  const { resourceVersion } = cluster.metadata;
  const guard = resourceVersion === undefined ? {} : { resourceVersion };
  const held = suspensionOf(cluster);
  if (maintenance === undefined && coolDown === undefined) {
    if (held === undefined) return undefined;
    return {
      metadata: { ...guard, annotations: { [ownAnnotations.suspension]: null } },
      spec: { failoverDelay: held.before.delay ?? null },
    };
  }
  const before = held?.before ?? beforeOf(cluster);
  const delay = Math.max(before.delay ?? 0, secondsLeft(maintenance, now), secondsLeft(coolDown, now));
  const suspension: Suspension = {
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(coolDown === undefined ? {} : { coolDown }),
    delay,
    before,
  };
  return {
    metadata: { ...guard, annotations: { [ownAnnotations.suspension]: JSON.stringify(suspension) } },
    spec: { failoverDelay: delay },
  };
}

function beforeOf({ metadata, spec }: ClusterObject): Suspension["before"] {
  const { managedFields } = metadata as { managedFields?: ManagedFields[] };
  const owner = ownerOf(managedFields, delayPath);
  const delay = spec?.failoverDelay;
  return {
    // The API server writes the default of a field that nobody set.
    ...(delay === undefined || (delay === 0 && owner === undefined) ? {} : { delay }),
    ...(owner === undefined ? {} : { owner }),
  };
}

/**
 * No longer than it lasts, as far as that is known: whoever should end it may be gone, and a primary that fails then is replaced all the
 * same.
 */
function secondsLeft(reason: { until?: string } | undefined, now: Date): number {
  if (reason === undefined) return 0;
  if (reason.until === undefined) return endlessDelay;
  return Math.min(endlessDelay, Math.max(1, Math.ceil((Date.parse(reason.until) - now.getTime()) / 1000)));
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
