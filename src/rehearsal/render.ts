import { failoverNames } from "../failover/names";
import { type CronJobSchedule, unusedSchedule } from "../jobs/job";
import { resolveSchedule } from "../schedule/resolve";
import type { RehearsalArgs } from "./args";
import { resolveRehearsal, type ResolvedRehearsal } from "./resolve";

/** Seconds a rehearsal has, besides those to measure, to read its table back and to remove it. */
const cleanUpSeconds = 180;

/** What operation `rehearse` is told of the rehearsals of an instance; the same in the template of every Job. */
export interface RehearsalRequest extends ResolvedRehearsal {
  /** DNS name of the read-only Service. */
  readOnlyHost: string;
  /** DNS name of the pooler's Service. Absent without a pooler. */
  poolerHost?: string;
}

export function rehearsalRequest(
  instance: { instances: number; readOnlyHost: string; poolerHost?: string },
  args: RehearsalArgs,
): RehearsalRequest {
  const { instances, readOnlyHost, poolerHost } = instance;
  return {
    ...resolveRehearsal(args, instances),
    readOnlyHost,
    ...(poolerHost === undefined ? {} : { poolerHost }),
  };
}

/** Seconds after which the Job of a rehearsal is ended. */
export function rehearsalDeadline({ timeoutSeconds }: ResolvedRehearsal): number {
  return timeoutSeconds + cleanUpSeconds;
}

/** What the minute that a schedule leaves open is drawn from. */
export function rehearsalSeed({ name, namespace }: { name: string; namespace: string }): string {
  return `${namespace}/${failoverNames(name).rehearsals}`;
}

/** When rehearsals run. */
export function rehearsalCron(
  instance: { name: string; namespace: string; hibernated: boolean },
  { schedule, timeZone, suspend = false }: RehearsalArgs,
): CronJobSchedule {
  const resolved = schedule === undefined ? undefined : resolveSchedule(schedule, rehearsalSeed(instance));
  return {
    schedule: resolved?.fiveFields ?? unusedSchedule,
    timeZone,
    suspend: resolved === undefined || instance.hibernated || suspend,
    // A rehearsal at another time than was planned may meet people at work.
    startingDeadlineSeconds: 600,
  };
}
