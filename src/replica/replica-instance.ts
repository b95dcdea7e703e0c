import type { ArgumentProblem } from "../argument-error";
import { type PostgresInstanceArgs, Spread } from "../instance/args";
import { instanceProblems } from "../instance/validate";
import type { ReplicaArgs } from "./args";
import { Feed, InitialCopy } from "./follow-args";

/** Label of a node with the name of its zone. */
const zoneLabel = "topology.kubernetes.io/zone";

/** Arguments that a replica has in common with its instance, and those that only say whom it follows. */
const shared = [
  "name",
  "namespace",
  "instances",
  "size",
  "resources",
  "storage",
  "walStorage",
  "backup",
  "keepData",
  "maxLagBytes",
] as const satisfies readonly (keyof ReplicaArgs & keyof PostgresInstanceArgs)[];
const following = [
  "source",
  "feed",
  "copy",
  "minApplyDelay",
  "store",
  "connection",
  "primary",
  "promoted",
  "confirmPromotion",
  "serviceTarget",
] as const satisfies readonly (keyof ReplicaArgs)[];

/** Arguments of an instance that a copy has from its source. */
const fromSource = ["follow", "initdb", "restore", "adopt"] as const;

/** The instance that a replica is. */
export function replicaInstance(resource: string, args: ReplicaArgs): PostgresInstanceArgs {
  const { instance = {}, availabilityZone, feed } = args;
  const name = args.name ?? resource;
  const writes = args.promoted === true || args.primary === name;
  const scheduling =
    availabilityZone === undefined
      ? instance.scheduling
      : {
          zoneSpread: Spread.None,
          ...instance.scheduling,
          nodeSelector: { ...instance.scheduling?.nodeSelector, [zoneLabel]: availabilityZone },
        };
  return {
    ...instance,
    ...given(args, shared),
    keepData: args.keepData ?? writes,
    ...(scheduling === undefined ? {} : { scheduling }),
    follow: {
      copy: feed === Feed.Archive ? InitialCopy.Archive : InitialCopy.Stream,
      ...given(args, following),
    } as PostgresInstanceArgs["follow"],
  };
}

/** Everything that is wrong with the arguments of a replica, as far as they alone can tell. */
export function replicaProblems(resource: string, args: ReplicaArgs): ArgumentProblem[] {
  const { instance = {} } = args;
  const twice = [...shared, ...fromSource].filter(
    name => instance[name as keyof PostgresInstanceArgs] !== undefined,
  );
  const misplaced = twice.map(name => ({
    component: "Replica",
    resource,
    argument: `instance.${name}`,
    problem: (fromSource as readonly string[]).includes(name)
      ? "is not for a replica, whose data is that of its source."
      : "stands beside instance, not in it.",
    remedy: (fromSource as readonly string[]).includes(name) ? "Leave it out." : `Write ${name} itself.`,
  }));
  if (misplaced.length > 0) return misplaced;
  return instanceProblems(resource, replicaInstance(resource, args)).map(asReplica);
}

/** A problem of the instance in the words of the replica. */
export function asReplica(problem: ArgumentProblem): ArgumentProblem {
  const own = problem.argument.replace(/^follow\./, "");
  const head = own.split(".")[0] ?? "";
  const named = ([...shared, ...following] as readonly string[]).includes(head) ? own : `instance.${own}`;
  return { ...problem, component: "Replica", argument: named };
}

function given<K extends keyof ReplicaArgs>(args: ReplicaArgs, names: readonly K[]): Pick<ReplicaArgs, K> {
  return Object.fromEntries(
    names.filter(name => args[name] !== undefined).map(name => [name, args[name]]),
  ) as Pick<ReplicaArgs, K>;
}
