import { describeSchedule, resolveSchedule } from "../schedule";
import { defaultTimeZone } from "../schedule/time-zone";
import type { RehearsalArgs } from "./args";
import { rehearsalSeed } from "./render";

/** When rehearsals run next, as a sentence for a preview. */
export function rehearsalAnnouncement(
  instance: { name: string; namespace: string; hibernated: boolean },
  { schedule, timeZone = defaultTimeZone, suspend = false }: RehearsalArgs,
  now: Date,
): string {
  if (schedule === undefined) return "failover.rehearsal has no schedule: rehearsals run on demand only.";
  if (instance.hibernated)
    return `failover.rehearsal is suspended while instance ${instance.name} is hibernated.`;
  if (suspend) return "failover.rehearsal is suspended.";
  return `failover.rehearsal ${describeSchedule(resolveSchedule(schedule, rehearsalSeed(instance)), now, timeZone)}.`;
}
