import { describeSchedule, hourly, resolveSchedule } from "../../schedule";
import { drillNames } from "../drill/names";
import { dumpName, entryName } from "./names";
import { isSuspended, type ScheduleContext, seed } from "./render";

type Line = (
  what: string,
  object: string,
  when: { schedule: string; timeZone: string; suspend: boolean },
) => string;

/** When everything runs next, as sentences for a preview. */
export function announcements(context: ScheduleContext, now: Date): string[] {
  const { schedule, reference, names, args } = context;
  const line: Line = (what, object, when) => {
    if (isSuspended(context, when)) {
      const why = reference.hibernated ? ` while instance ${reference.name} is hibernated` : "";
      return `${what} is suspended${why}.`;
    }
    const resolved = resolveSchedule(when.schedule, seed(reference, object));
    return `${what} ${describeSchedule(resolved, now, when.timeZone)}.`;
  };
  return [
    ...schedule.full.map(entry =>
      line(`schedules.${entry.name} (full)`, entryName(reference.name, entry.name), entry),
    ),
    ...schedule.incremental.map(entry =>
      line(`schedules.${entry.name} (incremental)`, names.incremental[entry.name] ?? "", entry),
    ),
    ...schedule.dumps.map(entry => line(`dumps.${entry.name}`, dumpName(reference.name, entry.name), entry)),
    ...drillLines(context, line),
    ...(schedule.needsStore
      ? [
          line("Retention", names.keeper, {
            schedule: hourly(),
            timeZone: schedule.timeZone,
            suspend: args.suspend ?? false,
          }),
        ]
      : []),
  ];
}

function drillLines({ schedule, reference }: ScheduleContext, line: Line): string[] {
  const { drill } = schedule;
  if (drill === undefined) return [];
  if (drill.schedule === undefined) return ["drill has no schedule: drills run on demand only."];
  const { timeZone = schedule.timeZone, suspend = false } = drill;
  return [line("drill", drillNames(reference.name).drill, { schedule: drill.schedule, timeZone, suspend })];
}
