import { ArgumentError, type ArgumentProblem } from "../argument-error";
import type { PostgresInstanceArgs } from "../instance/args";
import { resolveInstance } from "../instance/resolve";
import { leafOf } from "../leaf";
import { Feed, type FollowSource } from "./follow-args";
import { sourceProblems } from "./source-checks";

/**
 * The arguments with a source that is checked as soon as it is known: at once, or at preview when its reference arrives. The arguments must
 * have passed their own validation.
 * @param elsewhere the source is in another Kubernetes cluster
 * @param told how a problem is told
 * @throws ArgumentError for what is wrong with a source that is known already
 */
export function withCheckedSource(
  resource: string,
  args: PostgresInstanceArgs,
  elsewhere: boolean,
  told: (problem: ArgumentProblem) => ArgumentProblem = problem => problem,
): PostgresInstanceArgs {
  if (args.follow === undefined) return args;
  // A store of the same namespace and name in another cluster is another store.
  const nearest = elsewhere && args.follow.store === undefined ? Feed.Streaming : undefined;
  const follow = { ...args.follow, feed: args.follow.feed ?? nearest };
  const decided = { ...args, follow };
  const instance = resolveInstance(resource, decided);
  const check = (source: FollowSource): FollowSource => {
    const problems = sourceProblems(instance, decided, source, elsewhere);
    if (problems.length === 0) return source;
    throw new ArgumentError(
      problems.map(problem => told({ component: "PostgresInstance", resource, ...problem })),
    );
  };
  return { ...decided, follow: { ...follow, source: leafOf(follow.source, check) } };
}
