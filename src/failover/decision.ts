import { isRecord } from "../backup/record";
import { StandstillKind } from "./observation";

/** A decision against a failover, or what was done when there were too many. It stays with the history of the instance. */
export interface FailoverDecision {
  /** RFC 3339, when it was noticed. */
  at: string;
  /** When it was over; absent while it goes on. */
  until?: string;
  cluster: string;
  primary: string;
  kind: StandstillKind | typeof flappingKind;
  /** A sentence. */
  reason: string;
}

/** Too many automatic failovers. */
export const flappingKind = "flapping";

const kept = 20;

/** Decisions with another, newest first; one of the same time and kind is replaced. */
export function withDecision(
  decisions: readonly FailoverDecision[],
  decision: FailoverDecision,
): FailoverDecision[] {
  const others = decisions.filter(({ at, kind }) => at !== decision.at || kind !== decision.kind);
  return [decision, ...others].sort((a, b) => b.at.localeCompare(a.at)).slice(0, kept);
}

/** The decision against a failover of a Cluster that still stands. */
export function standingDecision(
  decisions: readonly FailoverDecision[],
  cluster: string | undefined,
): FailoverDecision | undefined {
  return decisions.find(
    ({ until, kind, cluster: of }) => until === undefined && kind !== flappingKind && of === cluster,
  );
}

/** Decisions from what stands in the ConfigMap; what somebody made illegible is left out. */
export function readDecisions(value: unknown): FailoverDecision[] {
  if (!Array.isArray(value)) return [];
  const kinds: unknown[] = [...Object.values(StandstillKind), flappingKind];
  return value.filter(
    (entry): entry is FailoverDecision =>
      isRecord(entry) &&
      typeof entry.at === "string" &&
      typeof entry.primary === "string" &&
      typeof entry.reason === "string" &&
      kinds.includes(entry.kind),
  );
}
