import type { TimelineSwitch } from "./survey";
import { readLsn } from "./wal-name";

/** A history that PostgreSQL would not read either. */
export class UnreadableHistory extends Error {
  override readonly name = "UnreadableHistory";
}

/**
 * The switches in the history of a timeline, the oldest first: every line says where a timeline was left, and the one after it, or at the
 * end the timeline itself, began there.
 * @param text content of `<timeline>.history`
 * @throws UnreadableHistory naming the line
 */
export function readHistory(timeline: number, text: string): TimelineSwitch[] {
  const left = text
    .split("\n")
    .map(line => line.trim())
    .filter(line => line !== "" && !line.startsWith("#"))
    .map(line => {
      const [, parent, lsn = ""] = /^(\d+)\s+(\S+)/.exec(line) ?? [];
      if (parent === undefined || readLsn(lsn) === undefined)
        throw new UnreadableHistory(
          `The history of timeline ${timeline} has the line "${line}", which names no timeline and position.`,
        );
      return { parent: Number(parent), lsn };
    });
  return left.map(({ parent, lsn }, index) => ({
    timeline: left[index + 1]?.parent ?? timeline,
    parent,
    lsn,
  }));
}

/** One switch for each timeline, in their order, out of several histories. */
export function timelineSwitches(
  histories: Iterable<readonly [timeline: number, text: string]>,
): TimelineSwitch[] {
  const known = new Map<number, TimelineSwitch>();
  // A timeline's own history is right about it; those of its descendants repeat it.
  for (const [timeline, text] of histories)
    for (const change of readHistory(timeline, text))
      if (!known.has(change.timeline) || change.timeline === timeline) known.set(change.timeline, change);
  return [...known.values()].sort((one, other) => one.timeline - other.timeline);
}

/** A part of the way that recovery takes over timelines. */
export interface TimelineStretch {
  timeline: number;
  /** Where it begins; absent for the oldest one that is known. */
  from?: bigint;
  /** Where recovery leaves it; absent for the last one. */
  to?: bigint;
}

/** The way of recovery to a timeline, the oldest stretch first. */
export function timelinePath(switches: readonly TimelineSwitch[], timeline: number): TimelineStretch[] {
  const path: TimelineStretch[] = [];
  let [current, to]: [number, bigint | undefined] = [timeline, undefined];
  // A timeline has a higher number than its parent; anything else would go round for ever.
  for (;;) {
    const change = switches.find(candidate => candidate.timeline === current);
    const from = change === undefined ? undefined : readLsn(change.lsn);
    path.unshift({
      timeline: current,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
    if (change === undefined || change.parent >= current) return path;
    [current, to] = [change.parent, from];
  }
}

/** Whether recovery from a timeline can get to another: the one is the other, or its ancestor. */
export function leadsTo(switches: readonly TimelineSwitch[], from: number, timeline: number): boolean {
  return timelinePath(switches, timeline).some(stretch => stretch.timeline === from);
}
