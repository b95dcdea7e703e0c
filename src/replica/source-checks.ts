import type { PostgresInstanceArgs } from "../instance/args";
import type { OwnerlessProblem } from "../instance/problem";
import type { ResolvedInstance } from "../instance/resolve";
import { followerSensitive } from "../parameters/change-plan";
import { compareQuantities } from "../quantity";
import { namedSource, readableStore, type ResolvedFollow } from "./follow";
import { Feed, type FollowSource } from "./follow-args";

/** Connections that a copy needs at the source besides the one that follows. */
const copying = 1;

/**
 * What forbids that the instance follows the source, as far as the source is known.
 * @param elsewhere the source is in another Kubernetes cluster
 */
export function sourceProblems(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  source: FollowSource,
  elsewhere: boolean,
): OwnerlessProblem[] {
  const { follow } = instance;
  if (follow === undefined) return [];
  const problems = [...nameProblems(instance, args, source, elsewhere)];
  // What was promoted for good asks nothing of its source any more.
  if (follow.promoted) return problems;
  return [
    ...problems,
    ...identityProblems(instance, source),
    ...serverProblems(instance, follow, source),
    ...senderProblems(follow, source),
    ...feedProblems(instance, args, source),
  ];
}

function nameProblems(
  { name, namespace }: ResolvedInstance,
  { follow }: PostgresInstanceArgs,
  source: FollowSource,
  elsewhere: boolean,
): OwnerlessProblem[] {
  if (source.name === name) {
    const same = !elsewhere && namedSource(source, namespace).namespace === namespace;
    return [
      {
        argument: "follow.source",
        value: source.name,
        problem: same
          ? "is the instance itself."
          : "has the same name, and the two are told apart by their names.",
        remedy: same ? "Name the instance that it follows." : `Give one of them another name.`,
      },
    ];
  }
  const { primary } = follow ?? {};
  if (primary === undefined || primary === name || primary === source.name) return [];
  return [
    {
      argument: "follow.primary",
      value: primary,
      problem: "is neither of the two.",
      remedy: `Choose "${name}" or "${source.name}".`,
    },
  ];
}

/** The data is the source's, so what describes it must be the source's too. */
function identityProblems(instance: ResolvedInstance, source: FollowSource): OwnerlessProblem[] {
  const { database, owner, active } = instance;
  const compared: [argument: string, own: unknown, source: unknown, remedy: string][] = [
    ["version", active.major, source.major, `Set version: "${source.major}".`],
    ["database", database, source.database, `Set database: "${source.database}".`],
    ["owner", owner, source.owner, `Set owner: "${source.owner}".`],
  ];
  return compared.flatMap(([argument, own, theirs, remedy]) =>
    theirs === undefined || own === theirs
      ? []
      : [{ argument, value: own, problem: `is not that of ${source.name}, ${String(theirs)}.`, remedy }],
  );
}

/** Volumes and parameters with which the source's changes can be replayed. */
function serverProblems(
  { active }: ResolvedInstance,
  { exchanges }: ResolvedFollow,
  { name, requirements }: FollowSource,
): OwnerlessProblem[] {
  if (requirements === undefined) return [];
  const problems: OwnerlessProblem[] = [];
  if (compareQuantities(active.storage.size, requirements.storage) < 0) {
    problems.push({
      argument: "storage.size",
      value: active.storage.size,
      problem: `is smaller than the ${requirements.storage} of ${name}, whose data it has to hold.`,
      remedy: `Set storage.size to at least "${requirements.storage}".`,
    });
  }
  for (const parameter of followerSensitive) {
    const [own, needed] = [active.server.parameters[parameter], requirements.parameters[parameter]];
    if (own === undefined || needed === undefined) continue;
    const [has, needs] = [Number(own), Number(needed)];
    if (exchanges ? has === needs : has >= needs) continue;
    problems.push({
      argument: `parameters.${parameter}`,
      value: own,
      problem: exchanges
        ? `is not the ${needed} of ${name}: each of the two follows the other one in turn, and a standby must not have less.`
        : `is lower than the ${needed} of ${name}, and a standby must not have less.`,
      remedy: `Set parameters.${parameter} to "${needed}", or give it the size and profile of ${name}.`,
    });
  }
  return problems;
}

/** Room at the source for its standbys, for this follower and for its copy. */
function senderProblems({ feed }: ResolvedFollow, source: FollowSource): OwnerlessProblem[] {
  const { wal_level: level, max_wal_senders: senders } = source.requirements?.parameters ?? {};
  const problems: OwnerlessProblem[] = [];
  const value = source.name;
  if (level !== undefined && !["replica", "logical"].includes(level)) {
    problems.push({
      argument: "follow.source",
      value,
      problem: `has wal_level = ${level}, with which nobody can follow it.`,
      remedy: 'Set its parameters.wal_level to "replica" or "logical".',
    });
  }
  const needed = (source.instances ?? 1) - 1 + 1 + copying;
  if (feed !== Feed.Archive && senders !== undefined && Number(senders) < needed) {
    problems.push({
      argument: "follow.source",
      value,
      problem: `has max_wal_senders = ${senders}; its standbys, this follower and its copy need ${needed}.`,
      remedy: `Set its parameters.max_wal_senders to at least "${needed}", and two more for every further follower.`,
    });
  }
  return problems;
}

/** What is to be read must be there. */
function feedProblems(
  { namespace, follow }: ResolvedInstance,
  args: PostgresInstanceArgs,
  source: FollowSource,
): OwnerlessProblem[] {
  const problems: OwnerlessProblem[] = [];
  if (source.hibernated === true && follow?.exchanges !== true) {
    problems.push({
      argument: "follow.source",
      value: source.name,
      problem: "is shut down, and sends nothing.",
      remedy: "Start it, or shut this instance down as well.",
    });
  }
  const feed = follow?.feed;
  const reads = feed === Feed.Archive || feed === Feed.Both;
  if (!reads || args.follow?.store !== undefined || readableStore(source, namespace) !== undefined)
    return problems;
  // Of a source that is only named nothing is known, so its archive has to be named too.
  const other = source.store === undefined ? undefined : `${source.store.namespace}/${source.store.name}`;
  problems.push({
    argument: "follow.feed",
    value: feed,
    problem:
      other === undefined
        ? `reads the archive of ${source.name}, and no archive of it is known.`
        : `reads the archive of ${source.name} in ${other}, and the plugin reads no store of another namespace.`,
    remedy: `Make a BackupStore in ${namespace} that points to where ${source.name} archives, and name it: follow.store. Or choose "streaming".`,
  });
  return problems;
}
