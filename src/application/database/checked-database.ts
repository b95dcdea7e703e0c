import type { InstanceReference } from "../../instance/reference";
import { refuse } from "../../report";
import { claim } from "../claims";
import type { DatabaseArgs } from "./args";
import { countedConnections, type ResolvedDatabase, resolveDatabase } from "./resolve";
import { referenceProblems } from "./validate";

/**
 * The database with every default filled in. What it takes of the instance is noted, so that nothing of the program takes it too.
 * @throws ArgumentError when the instance does not have what is asked for, or another component has it
 */
export function checkedDatabase(
  resource: string,
  args: DatabaseArgs,
  instance: InstanceReference,
): ResolvedDatabase {
  const resolved = resolveDatabase(resource, args, instance);
  const { plan, namespace, secret, ofInstance } = resolved;
  refuse([
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
  ]);
  return resolved;
}
