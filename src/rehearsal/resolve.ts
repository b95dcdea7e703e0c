import { nextRuns } from "../schedule/next-runs";
import { resolveSchedule } from "../schedule/resolve";
import { type RehearsalArgs, RehearsalEndpoint, RehearsalKind, type RehearsalLimits } from "./args";
import { defaultMaxLostWrites } from "./report";

/** Rehearsals with every default filled in. */
export interface ResolvedRehearsal {
  kind: RehearsalKind;
  via: RehearsalEndpoint;
  intervalMs: number;
  settleSeconds: number;
  timeoutSeconds: number;
  history: number;
  limits: RehearsalLimits;
}

/** Fills in the defaults. The arguments must have passed validation. */
export function resolveRehearsal(args: RehearsalArgs, instances: number): ResolvedRehearsal {
  return {
    kind: args.kind ?? (instances > 1 ? RehearsalKind.Switchover : RehearsalKind.Kill),
    via: args.via ?? RehearsalEndpoint.Primary,
    intervalMs: args.intervalMs ?? 10,
    settleSeconds: args.settleSeconds ?? 10,
    timeoutSeconds: args.timeoutSeconds ?? 600,
    history: args.history ?? 10,
    limits: { maxLostWrites: defaultMaxLostWrites, ...args.limits },
  };
}

const dayMs = 86_400_000;

/** Any year will do, as long as it is always the same. */
const anyYear = new Date("2023-12-31T00:00:00Z");
/** Enough of them to meet the longest time between two. */
const someRuns = 60;

/** Days after the last success at which rehearsals are stale; undefined when they have no schedule and nothing is said. */
export function staleAfterDays(
  { schedule, timeZone, maxAgeDays }: RehearsalArgs,
  seed: string,
): number | undefined {
  if (maxAgeDays !== undefined || schedule === undefined) return maxAgeDays;
  const runs = nextRuns(resolveSchedule(schedule, seed), anyYear, someRuns, timeZone);
  const between = runs.slice(1).map((run, i) => run.getTime() - (runs[i] as Date).getTime());
  return Math.max(1, Math.ceil((2 * Math.max(...between)) / dayMs));
}
