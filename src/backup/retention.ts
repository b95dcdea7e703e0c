import { localCalendar, type LocalDayOf } from "./calendar";
import {
  BackupKind,
  BackupState,
  KeepTarget,
  type KnownBackup,
  nameOf,
  refuseUnusable,
  seriesName,
} from "./known-backup";
import {
  byBegin,
  byCompletion,
  type GoodBackup,
  lastBegun,
  neededByWindow,
  recoveryWindow,
  windowBegin,
} from "./recovery-window";
import {
  defaultRecoveryWindowDays,
  defaultTimeZone,
  policyProblems,
  type RetentionPolicyArgs,
} from "./retention-policy";
import { type Tier, type TierPoint, tierPoints, tiersOf } from "./tiers";
import { timestampText } from "../timestamp";

/** What becomes of a backup. */
export const RetentionAction = {
  /** It stays, and nothing has to be done for it. */
  Keep: "keep",
  /** It stays, and for that is marked with Barman's annotation `keep`, target `standalone`. */
  Mark: "mark",
  /** Our mark is taken away; Barman's own retention then removes it. */
  Release: "release",
  /** Barman's own retention removes it; nothing has to be done. */
  Expire: "expire",
  /** It is removed: a snapshot or dump of ours. */
  Prune: "prune",
  /** It is none of our business: made or marked by somebody else, running, or failed and Barman's. */
  Leave: "leave",
} as const;
export type RetentionAction = (typeof RetentionAction)[keyof typeof RetentionAction];

/** What becomes of one backup, and why. */
export interface RetentionDecision {
  backup: KnownBackup;
  action: RetentionAction;
  /** The reason, as the beginning of a sentence. */
  reason: string;
  /** The tiers' points it is or was, the one that is kept longest first. */
  points: TierPoint[];
}

/** What becomes of all backups. */
export interface RetentionPlan {
  now: Date;
  timeZone: string;
  /** In the order of kinds, series and begin. */
  decisions: RetentionDecision[];
  /** What ought to be known besides, as sentences. */
  warnings: string[];
}

/**
 * Decides what becomes of each backup: which base backups are marked against Barman's recovery window and which of our marks are released,
 * which snapshots and dumps are pruned. The same backups, policy and time give the same plan, and a plan that was carried out is followed
 * by one that does nothing.
 *
 * Never removed are: the last good backup of a series, what a moment in the recovery window needs, what somebody else made or marked, what
 * is running. Failed and running backups count for nothing. While a backup is younger than `now`, the clock is wrong and nothing is removed.
 * @param timeZone whose days, weeks, months and years count
 * @throws RangeError for a wrong policy or time
 * @throws UnusableBackups for backups it cannot judge
 */
export function planRetention(
  backups: readonly KnownBackup[],
  policy: RetentionPolicyArgs,
  now: Date,
  timeZone: string = policy.timeZone ?? defaultTimeZone,
): RetentionPlan {
  refuseUnusable(backups);
  refuseWrong({ ...policy, timeZone }, now);
  const all = seriesOf(backups);
  const ahead = all.flat().find(({ begin, end }) => begin > now || (end !== undefined && end > now));
  const around: Surroundings = {
    now,
    timeZone,
    windowDays: policy.recoveryWindowDays ?? defaultRecoveryWindowDays,
    tiers: tiersOf(policy),
    dayOf: localCalendar(timeZone),
    ...(ahead === undefined ? {} : { ahead }),
  };
  return {
    now,
    timeZone,
    decisions: all.flatMap(series => decideSeries(series, around)),
    warnings: [...clockWarnings(around), ...all.flatMap(emptyWarnings)],
  };
}

/** A number that is none compares false with every age, so that everything would be too old. */
function refuseWrong(policy: RetentionPolicyArgs, now: Date): void {
  if (Number.isNaN(now.getTime())) throw new RangeError("There is no plan without a valid time.");
  const [first] = policyProblems(policy);
  if (first === undefined) return;
  throw new RangeError(
    `${first.argument} = ${JSON.stringify(first.value)}: ${first.problem} ${first.remedy}`,
  );
}

interface Surroundings {
  now: Date;
  timeZone: string;
  windowDays: number;
  tiers: Tier[];
  dayOf: LocalDayOf;
  /** A backup younger than `now`. */
  ahead?: KnownBackup;
}

const kindOrder: readonly BackupKind[] = [BackupKind.Base, BackupKind.Snapshot, BackupKind.Dump];

/** Backups of one kind of the same thing, in the order of their begin. */
function seriesOf(backups: readonly KnownBackup[]): KnownBackup[][] {
  const groups = new Map<string, KnownBackup[]>();
  for (const backup of backups) {
    // The digit orders the kinds; whatever has no series comes first.
    const key = `${kindOrder.indexOf(backup.kind)} ${backup.series ?? ""} ${backup.series === undefined ? 0 : 1}`;
    groups.set(key, [...(groups.get(key) ?? []), backup]);
  }
  const keys = [...groups.keys()].sort();
  return keys.map(key => (groups.get(key) ?? []).sort(byBegin));
}

function isGood(backup: KnownBackup): backup is GoodBackup {
  return backup.state === BackupState.Completed;
}

/** Somebody else may drop it at any time: so it is neither ours to remove nor a point to rely on. */
function isForeign({ kind, ours, keep }: KnownBackup): boolean {
  if (kind !== BackupKind.Base) return ours !== true;
  // We never set `full`: such a mark was set over ours.
  return keep !== undefined && !(keep.ours && keep.target === KeepTarget.Standalone);
}

/** What the decisions about one series are taken from. */
interface Judgement extends Surroundings {
  points: ReadonlyMap<KnownBackup, TierPoint[]>;
  /** What Barman's recovery window keeps; of other kinds, what such a window would. */
  window: ReadonlySet<KnownBackup>;
  windowBegin: Date;
  /** Among them always the last good one. */
  needed: ReadonlySet<KnownBackup>;
  last: KnownBackup | undefined;
}

function decideSeries(series: readonly KnownBackup[], around: Surroundings): RetentionDecision[] {
  const good = series.filter(isGood);
  const held = good.filter(backup => !isForeign(backup)).sort(byCompletion);
  const isBase = series[0]?.kind === BackupKind.Base;
  // Barman's window holds on to the backups of others too; snapshots and dumps of others can go at any time.
  const reliable = isBase ? good : held;
  const last = lastBegun(reliable);
  const asOf = last === undefined || last.end > around.now ? around.now : last.end;
  // Barman goes by the clock.
  const window = recoveryWindow(reliable, windowBegin(around.windowDays, isBase ? around.now : asOf));
  const judgement: Judgement = {
    ...around,
    points: tierPoints(held, around.tiers, asOf, around.dayOf),
    window: window.kept,
    windowBegin: window.begin,
    needed: neededByWindow(reliable, window),
    last,
  };
  return series.map(backup => {
    const points = judgement.points.get(backup) ?? [];
    const sorted = points.toSorted((a, b) => b.keptUntil.localeCompare(a.keptUntil));
    return { backup, ...decide(backup, sorted, judgement), points: sorted };
  });
}

type Verdict = Pick<RetentionDecision, "action" | "reason">;

function decide(backup: KnownBackup, points: TierPoint[], judgement: Judgement): Verdict {
  if (backup.state === BackupState.Running)
    return { action: RetentionAction.Leave, reason: "not known to have ended" };
  return backup.kind === BackupKind.Base
    ? decideBase(backup, points, judgement)
    : decideOwn(backup, points, judgement);
}

function decideBase(backup: KnownBackup, points: TierPoint[], judgement: Judgement): Verdict {
  if (!isGood(backup))
    return { action: RetentionAction.Leave, reason: "failed, so it counts for nothing; Barman leaves it" };
  if (isForeign(backup))
    return { action: RetentionAction.Leave, reason: `kept (${backup.keep?.target}) by somebody else` };
  const marked = backup.keep !== undefined;
  const current = currentPoints(points, judgement);
  if (current !== undefined)
    return { action: marked ? RetentionAction.Keep : RetentionAction.Mark, reason: current };
  const former = formerPoints(points, judgement);
  if (!marked && !judgement.window.has(backup))
    return { action: RetentionAction.Expire, reason: `${former}; Barman's recovery window drops it` };
  const hindrance = hindranceOf(backup, judgement);
  if (hindrance === undefined)
    return { action: RetentionAction.Release, reason: `${former}; Barman's recovery window then drops it` };
  const mark = marked ? "; its mark is released later" : "";
  return { action: RetentionAction.Keep, reason: `${hindrance}${mark}` };
}

function decideOwn(backup: KnownBackup, points: TierPoint[], judgement: Judgement): Verdict {
  if (isForeign(backup)) return { action: RetentionAction.Leave, reason: "made by somebody else" };
  if (!isGood(backup)) return decideFailed(backup, judgement);
  const kept = currentPoints(points, judgement) ?? hindranceOf(backup, judgement);
  return kept === undefined
    ? { action: RetentionAction.Prune, reason: formerPoints(points, judgement) }
    : { action: RetentionAction.Keep, reason: kept };
}

/** What a failed backup left is of use only to find the cause, and no longer once backups have succeeded for a whole window. */
function decideFailed(backup: KnownBackup, { ahead, last, windowBegin: begin }: Judgement): Verdict {
  const ended = backup.end ?? backup.begin;
  return ahead === undefined && last !== undefined && ended < begin && backup.begin < begin
    ? { action: RetentionAction.Prune, reason: "failed, and older than the recovery window" }
    : { action: RetentionAction.Keep, reason: "failed; left for a while to find the cause" };
}

/** Why a good backup stays without being a point of a tier; undefined when nothing speaks for it. */
function hindranceOf(backup: KnownBackup, judgement: Judgement): string | undefined {
  const { needed, windowBegin: begin, windowDays, last, ahead } = judgement;
  if (!needed.has(backup))
    return ahead === undefined ? undefined : `nothing is removed while the clock is behind ${nameOf(ahead)}`;
  if (backup === last) return `the last good ${seriesName(backup)}`;
  const length = counted(windowDays, "day");
  const isOlder = (backup.end ?? backup.begin) < begin;
  if (backup.kind === BackupKind.Base)
    return isOlder
      ? `base of the recovery window of ${length}, which begins ${timestampText(begin)}`
      : `in the recovery window of ${length}`;
  return isOlder
    ? `the newest from before the recovery window of ${length}, counted from the last good one`
    : `in the recovery window of ${length}, counted from the last good one`;
}

/** `weekly point of 2026-W07 (Europe/Berlin), kept until 2026-03-22`. */
function currentPoints(points: TierPoint[], { timeZone }: Judgement): string | undefined {
  const current = points.filter(point => point.current);
  const [longest] = current;
  if (longest === undefined) return undefined;
  return `${pointsText(current)} (${timeZone}), kept until ${longest.keptUntil}`;
}

function formerPoints(points: TierPoint[], { timeZone, tiers }: Judgement): string {
  const [longest] = points;
  if (longest !== undefined)
    return `${pointsText(points)} (${timeZone}), was kept until ${longest.keptUntil}`;
  return tiers.some(({ length }) => length > 0)
    ? "no point of any tier, and older than the recovery window"
    : "older than the recovery window";
}

function pointsText(points: TierPoint[]): string {
  const texts = points.map(({ tier, period }) => `${tier} point of ${period}`);
  return texts.length === 1 ? (texts[0] ?? "") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

function clockWarnings({ ahead, now }: Surroundings): string[] {
  if (ahead === undefined) return [];
  return [
    `${nameOf(ahead)} is younger than ${timestampText(now)}: one of the clocks is or was wrong, so nothing is released or pruned.`,
  ];
}

function emptyWarnings(series: KnownBackup[]): string[] {
  const [first] = series;
  if (first === undefined || series.some(isGood)) return [];
  return [`There is no good ${seriesName(first)}.`];
}
