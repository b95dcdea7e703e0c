import { ArgumentError } from "../../argument-error";
import type { InstanceReference } from "../../instance/reference";
import { claim } from "../claims";
import type { DatabaseArgs } from "./args";
import { countedConnections, resolveDatabase } from "./resolve";
import { referenceProblems } from "./validate";

/**
 * What the database takes of the instance is noted, so that nothing of the program takes it too.
 * @throws ArgumentError when the instance does not have what is asked for, or another component has it
 */
export function checkedInstance(
  resource: string,
  args: DatabaseArgs,
  instance: InstanceReference,
): InstanceReference {
  const { plan, namespace, secret, ofInstance } = resolveDatabase(resource, args, instance);
  const problems = [
    ...referenceProblems(resource, args, instance),
    ...claim(instance, {
      component: "Database",
      resource,
      argument: "name",
      roles: [...Object.values(plan.groups), ...(ofInstance ? [] : [plan.owner])] as string[],
      databases: [plan.database],
      secret: `${namespace}/${secret}`,
      connections: countedConnections(args),
    }),
  ];
  if (problems.length > 0) throw new ArgumentError(problems);
  return instance;
}
