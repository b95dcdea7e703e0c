import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentProblem } from "../argument-error";
import type { ResolvedInstance } from "../instance/resolve";
import { type SourceFacts, sourceFacts } from "./checked-source";
import { ofSource } from "./follow";

/** What the next update has to know of whom an instance followed. Holds no secret. */
export interface FollowRecord {
  /** `namespace/name` of the source; it may not be known at preview. */
  source: pulumi.Input<string>;
  /** What is compared of the source; it may not be known at preview. Absent from records of older versions. */
  facts?: SourceFacts;
  /** What it is compared with besides what else the record holds: only a record that differs is looked at. */
  asked?: { primary?: string; feed?: string; store: boolean };
  /** It took writes. */
  writes: boolean;
  /** It was promoted for good. */
  promoted: boolean;
  /** Its roles could be exchanged. */
  exchanges: boolean;
}

export function followRecord({ follow, namespace }: ResolvedInstance): FollowRecord | undefined {
  if (follow === undefined) return undefined;
  const { writes, promoted, exchanges, primary, feed, ownStore: store } = follow;
  const source = ofSource(follow, namespace, (named, { name }) => `${named.namespace}/${name}`);
  const asked = { primary, feed, store };
  return { source, facts: sourceFacts(follow), asked, writes, promoted, exchanges };
}

type Problem = Pick<ArgumentProblem, "argument" | "value" | "problem" | "remedy">;

/**
 * What forbids a change of whom an instance follows.
 * @param before undefined for an instance that followed nobody; the same for `now`
 */
export function followChangeProblems(
  before: FollowRecord | undefined,
  now: FollowRecord | undefined,
): Problem[] {
  if (now === undefined) {
    if (before === undefined || before.writes) return [];
    return [
      {
        argument: "follow",
        value: undefined,
        problem:
          "is gone while the instance follows: it would be promoted on its own by that, without being asked.",
        remedy:
          "Promote it first, with follow.promoted or follow.primary, and remove follow in an update after it.",
      },
    ];
  }
  if (before?.promoted === true && !now.promoted) {
    return [
      {
        argument: "follow.promoted",
        value: now.promoted,
        problem: "was true. What was promoted on its own has data of its own, and cannot follow again.",
        remedy: 'Set it back, or add a generation that is copied: generations: { …, "2": {} }.',
      },
    ];
  }
  if (before === undefined) {
    if (now.writes || now.exchanges) return [];
    return [
      {
        argument: "follow",
        value: undefined,
        problem: "is new on an instance that takes writes, and its data is not that of the source.",
        remedy:
          "Make a Replica; or change roles with an instance that follows this one: follow.primary on both sides.",
      },
    ];
  }
  if (before.writes || before.source === now.source || !known(before.source) || !known(now.source)) return [];
  return [
    {
      argument: "follow.source",
      value: now.source,
      problem: `was ${before.source}, of which this is a copy.`,
      remedy:
        "Set it back; for another source make another Replica, or add a generation after this one was promoted.",
    },
  ];
}

/** At preview a source that is made in the same update is not known. */
function known(source: FollowRecord["source"]): source is string {
  return typeof source === "string";
}

/** What forbids that a copy is made with this role. */
export function firstRoleProblems(record: FollowRecord | undefined): Problem[] {
  if (record?.writes !== true) return [];
  return [
    {
      argument: record.promoted ? "follow.promoted" : "follow.primary",
      value: undefined,
      problem: "makes it take writes, and it does not exist yet: a copy follows first.",
      remedy: "Create it as a follower, and promote it with the next update.",
    },
  ];
}

/** What a change of roles does, as sentences for a person who reads the preview. */
export function roleChanges(
  name: string,
  before: FollowRecord | undefined,
  now: FollowRecord | undefined,
): string[] {
  const wrote = before?.writes ?? true;
  if (now === undefined || wrote === now.writes) return [];
  if (now.promoted)
    return [`${name} is promoted on its own, for good: what its source has not sent by then is not in it.`];
  return now.writes
    ? [`${name} takes over: it is promoted when it has replayed everything that the other one wrote.`]
    : [`${name} is demoted: it takes no writes from then on, and follows the other one.`];
}
