import { ServiceSelector } from "../cnpg/cluster";
import type { ResolvedInstance } from "../instance/resolve";
import { connectionBudget } from "../pooler/size";
import type { SheetConnections } from "./sheet";

/** How many connections there can be at one time. */
export function sheetConnections({ active, pooler }: ResolvedInstance): SheetConnections {
  const { most, reserved } = connectionBudget(active.major, active.server.parameters);
  const direct = most - reserved;
  if (pooler?.types.includes(ServiceSelector.primary) !== true)
    return { most, reserved, applications: direct };
  const poolerClients = pooler.instances * Number(pooler.parameters.max_client_conn);
  return { most, reserved, applications: poolerClients, poolerClients };
}
