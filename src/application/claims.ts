import * as pulumi from "@pulumi/pulumi";
import type { ArgumentProblem } from "../argument-error";
import type { InstanceReference } from "../instance/reference";

/** What one component of the program takes of an instance. */
export interface Claim {
  component: string;
  /** Name of the component. */
  resource: string;
  /** Argument that the names come from. */
  argument: string;
  /** Roles in PostgreSQL. */
  roles: readonly string[];
  /** Databases in PostgreSQL. */
  databases?: readonly string[];
  /** Namespace and name of the Secret of the application. */
  secret: string;
  /** Sessions at most; of a pooler's clients none, because the pooler is counted whole. */
  connections: number;
}

// Every run of a program has a monitor of its own, also where one process runs several programs.
const claims = new WeakMap<object, Map<string, Claim[]>>();

/**
 * Notes what a component takes of an instance.
 * @returns what it cannot have, because another component of the program has it already or the instance has too little
 */
export function claim(instance: InstanceReference, wanted: Claim): ArgumentProblem[] {
  const program = pulumi.runtime.getMonitor();
  if (program === undefined) return [];
  const all = claims.get(program) ?? new Map<string, Claim[]>();
  claims.set(program, all);
  const key = `${instance.namespace}/${instance.name}`;
  const others = (all.get(key) ?? []).filter(
    other => other.resource !== wanted.resource || other.component !== wanted.component,
  );
  const problems = [
    ...takenTwice(others, [...all.values()].flat(), wanted),
    ...connectionProblems(instance, others, wanted),
  ];
  // What is refused takes nothing from the others.
  if (problems.length === 0) all.set(key, [...others, wanted]);
  return problems;
}

/** Pure: names that two components would have. */
export function takenTwice(
  others: readonly Claim[],
  everywhere: readonly Claim[],
  wanted: Claim,
): ArgumentProblem[] {
  const { component, resource, argument } = wanted;
  const about = (other: Claim): string => `${other.component} "${other.resource}"`;
  const problem = (value: string, what: string, other: Claim, at = argument): ArgumentProblem => ({
    component,
    resource,
    argument: at,
    value,
    problem: `${what} belongs to ${about(other)} already.`,
    remedy: "Choose another name, or leave one of the two out.",
  });
  return [
    ...others.flatMap(other => [
      ...wanted.roles
        .filter(role => other.roles.includes(role))
        .map(role => problem(role, `makes the role ${role}, which`, other)),
      ...(wanted.databases ?? [])
        .filter(name => other.databases?.includes(name) === true)
        .map(name => problem(name, `makes the database ${name}, which`, other)),
    ]),
    ...everywhere
      .filter(
        other =>
          other.secret === wanted.secret &&
          (other.resource !== wanted.resource || other.component !== wanted.component),
      )
      .map(other => problem(wanted.secret, "is a Secret that", other, "secretName")),
  ];
}

/** Pure: whether everybody together asks for more sessions than the servers have. */
export function connectionProblems(
  { name, connections, poolerConnections = 0 }: InstanceReference,
  others: readonly Claim[],
  wanted: Claim,
): ArgumentProblem[] {
  if (connections === undefined) return [];
  const { most, reserved, direct } = connections;
  const taken = others.reduce((sum, other) => sum + other.connections, poolerConnections);
  // The share for direct connections is left for CloudNativePG, Jobs and people.
  const left = most - reserved - direct - taken;
  if (wanted.connections <= left) return [];
  const parts = [
    `max_connections of instance ${name} is ${most}`,
    `${reserved} are reserved`,
    `${direct} left for CloudNativePG, Jobs and people`,
    ...(poolerConnections > 0 ? [`${poolerConnections} the pooler's`] : []),
    ...others
      .filter(other => other.connections > 0)
      .map(other => `${other.connections} those of ${other.component} "${other.resource}"`),
  ];
  return [
    {
      component: wanted.component,
      resource: wanted.resource,
      argument: "connections",
      value: wanted.connections,
      problem: `is more than the ${Math.max(0, left)} that are left: ${parts.join(", ")}.`,
      remedy: "Lower connections, raise max_connections, or connect through a pooler.",
    },
  ];
}
