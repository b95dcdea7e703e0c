import { changeProblems } from "./change-problems";
import { ParameterCategory } from "./definition";
import type { ParameterFinding } from "./finding";
import { merge, patched } from "./held-parameters";
import { type ComparedParameters, compareParameters, type ParameterChange } from "./parameter-change";
import { restartClass } from "./restart-class";
import type { ServerFacts } from "./server-facts";
import {
  PrimaryRestart,
  primaryRestart,
  RestartOrder,
  type WriteInterruption,
  writeInterruption,
} from "./server-restart";

export { followerSensitive, type ParameterChange } from "./parameter-change";
export { describePlan } from "./plan-text";
export type { ServerFacts } from "./server-facts";
export { PrimaryRestart, RestartOrder, type WriteInterruption } from "./server-restart";

/** What a change of parameters needs of the servers. */
export const PlannedAction = {
  /** No value changes, or what changes waits. */
  None: "none",
  /** The configuration is reloaded; no session notices more than the new values. */
  Reload: "reload",
  Restart: "restart",
} as const;
export type PlannedAction = (typeof PlannedAction)[keyof typeof PlannedAction];

/** A change of the major in the same update. */
export interface MajorChange {
  from: number;
  to: number;
}

/** What an update does to the servers because of changed parameters. */
export interface ChangePlan {
  /** Every parameter with another value in effect, also those that wait. */
  changes: ParameterChange[];
  /** Names that take effect by a reload, with this update. */
  reloads: string[];
  /** Names that restart the servers, with this update. */
  restarts: string[];
  /** Those of `reloads` that hold for new sessions only. */
  newSessions: string[];
  /** Names of changed parameters that a standby must not have lower than its primary. */
  followerSensitive: string[];
  action: PlannedAction;
  /** Number of servers that restart. */
  restartsOfServers: number;
  order: RestartOrder;
  primary: PrimaryRestart;
  /** Absent when writes go on. */
  writeInterruption?: WriteInterruption;
  /** Names that wait for a time of their own, if any; absent when restarts are not held back. */
  held?: string[];
  /** A new major: every server stops for the upgrade and starts with the new values, so nothing else is planned. */
  majorChange?: MajorChange;
  /** Names that only one of the majors has; absent without a change of the major. */
  uncompared?: string[];
  /** What is refused, then what ought to be known. */
  problems: ParameterFinding[];
}

/**
 * What changing the parameters does to the servers.
 * @param held whether restarts wait for a time of their own
 */
export function planChange(before: ServerFacts, after: ServerFacts, held = false): ChangePlan {
  const all = compareParameters(before, after);
  if (before.major !== after.major) return upgradePlan(before, after, held, all);
  const now = held ? compareParameters(before, interim(before, after)).changes : all.changes;
  const { restarts } = effects(now);
  const waiting = all.changes
    .map(({ name }) => name)
    .filter(name => !now.some(change => change.name === name));
  return {
    ...effects(now),
    followerSensitive: all.changes.filter(change => change.followerSensitive).map(({ name }) => name),
    changes: all.changes,
    ...restartPlan(now, before, after),
    ...(held ? { held: waiting } : {}),
    problems: changeProblems({ ...all, before, after, held, restartsNow: restarts }),
  };
}

/**
 * The parameters with which the servers run while what restarts them is held back. They can need more memory than either map.
 * @param before what the servers run with
 */
export function interimParameters(before: ServerFacts, after: ServerFacts): Record<string, string> {
  const restarts = restartClass(after.major, after.sharedPreloadLibraries);
  return patched(before.parameters, merge(before.parameters, after.parameters, false, restarts));
}

function interim(before: ServerFacts, after: ServerFacts): ServerFacts {
  return { ...after, parameters: interimParameters(before, after) };
}

type Effects = Pick<ChangePlan, "reloads" | "restarts" | "newSessions">;

function effects(changes: ParameterChange[]): Effects {
  const reloading = [ParameterCategory.Dynamic, ParameterCategory.Reload] as const;
  return {
    reloads: namesOf(changes, reloading),
    restarts: namesOf(changes, [ParameterCategory.Restart]),
    newSessions: namesOf(
      changes.filter(({ newSessions }) => newSessions),
      reloading,
    ),
  };
}

function namesOf(changes: ParameterChange[], categories: readonly ParameterCategory[]): string[] {
  return changes.filter(({ category }) => categories.includes(category)).map(({ name }) => name);
}

type RestartPlan = Pick<
  ChangePlan,
  "action" | "restartsOfServers" | "order" | "primary" | "writeInterruption"
>;

const noRestart = { restartsOfServers: 0, order: RestartOrder.None, primary: PrimaryRestart.None } as const;

function restartPlan(changes: ParameterChange[], before: ServerFacts, after: ServerFacts): RestartPlan {
  const { reloads, restarts } = effects(changes);
  if (restarts.length === 0) {
    return { action: reloads.length > 0 ? PlannedAction.Reload : PlannedAction.None, ...noRestart };
  }
  // Servers that are added start with the new values, and those that are given up are gone before.
  const servers = Math.min(before.instances, after.instances);
  const lowers = changes.some(({ followerSensitive, lowered }) => followerSensitive && lowered);
  const first = lowers ? RestartOrder.PrimaryFirst : RestartOrder.StandbysFirst;
  const primary = primaryRestart(after, lowers);
  const pause = writeInterruption(primary, after);
  return {
    action: PlannedAction.Restart,
    restartsOfServers: servers,
    order: servers > 1 ? first : RestartOrder.None,
    primary,
    ...(pause === undefined ? {} : { writeInterruption: pause }),
  };
}

function upgradePlan(
  before: ServerFacts,
  after: ServerFacts,
  held: boolean,
  { changes, uncompared }: ComparedParameters,
): ChangePlan {
  return {
    ...effects(changes),
    followerSensitive: changes.filter(change => change.followerSensitive).map(({ name }) => name),
    changes,
    action: PlannedAction.None,
    ...noRestart,
    majorChange: { from: before.major, to: after.major },
    uncompared,
    problems: changeProblems({ changes, uncompared, before, after, held, restartsNow: [] }),
  };
}
