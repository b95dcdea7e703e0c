import type { ArgumentProblem } from "../argument-error";
import type { PostgresInstanceArgs } from "../instance/args";
import { instanceProblem, type OwnerlessProblem } from "../instance/problem";
import { type ResolvedInstance, resolveInstance } from "../instance/resolve";
import { isPlain, leafOf } from "../leaf";
import { refuse } from "../report";
import type { ResolvedFollow } from "./follow";
import { Feed, type FollowSource } from "./follow-args";
import { sourceProblems } from "./source-checks";

/** How a problem of an instance is told, by a component that makes one. */
export type Tell = (problem: ArgumentProblem) => ArgumentProblem;

/**
 * The arguments with the way of the changes as far as it is decided. A source that is known already is checked; the others are by
 * {@link lateSourceProblems}. The arguments must have passed their own validation.
 * @param elsewhere the source is in another Kubernetes cluster
 * @throws ArgumentError for what is wrong with a source that is known already
 */
export function withCheckedSource(
  resource: string,
  args: PostgresInstanceArgs,
  elsewhere: boolean,
  tell: Tell,
): PostgresInstanceArgs {
  if (args.follow === undefined) return args;
  // A store of the same namespace and name in another cluster is another store.
  const nearest = elsewhere && args.follow.store === undefined ? Feed.Streaming : undefined;
  const follow = { ...args.follow, feed: args.follow.feed ?? nearest };
  const decided = { ...args, follow };
  if (!isPlain(follow.source)) return decided;
  const found = sourceProblems(resolveInstance(resource, decided), decided, follow.source, elsewhere);
  refuse(found.map(problem => tell(instanceProblem(resource, problem))));
  return decided;
}

/** What of a source is compared with its follower. */
export type SourceFacts = Omit<FollowSource, "host" | "port" | "passwordSecret" | "archive">;

/** What is compared of the source of a follower, known now or when the source is. */
export function sourceFacts({ source }: Pick<ResolvedFollow, "source">): SourceFacts {
  return leafOf(source, ({ name, namespace, generation, major, instances, database, owner, ...rest }) => {
    const { store, hibernated, requirements } = rest;
    return {
      name,
      namespace,
      generation,
      major,
      instances,
      database,
      owner,
      store,
      hibernated,
      requirements,
    };
  });
}

/**
 * What is wrong with a source that became known when the update was under way, or at preview.
 * @param facts what the record has of it; at preview perhaps unknown
 */
export function lateSourceProblems(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  facts: SourceFacts | undefined,
  elsewhere: boolean,
): OwnerlessProblem[] {
  return typeof facts?.name === "string" ? sourceProblems(instance, args, facts, elsewhere) : [];
}
