import { extentOf } from "../../failover/suspension";
import type {
  BeginMaintenanceRequest,
  MaintenanceRequest,
  MaintenanceState,
} from "../../operations/maintenance";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { emphasised, type Layout, prose } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** Holds failover back. */
export async function maintenanceOn(
  { context, ...request }: BeginMaintenanceRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const title = `Holding failover of ${request.namespace}/${request.instance} back`;
  const state = await inCluster(title, { context }, surroundings, async around => {
    const { beginMaintenance } = await import("../../operations/maintenance.js");
    return beginMaintenance(request, around);
  });
  return { exitCode: ExitCode.Done, text: onText(state, layout).join("\n"), json: state };
}

/** Lets it fail over again. */
export async function maintenanceOff(
  { context, ...request }: MaintenanceRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const title = `Ending the maintenance of ${request.namespace}/${request.instance}`;
  const state = await inCluster(title, { context }, surroundings, async around => {
    const { endMaintenance } = await import("../../operations/maintenance.js");
    return endMaintenance(request, around);
  });
  const name = emphasised(`${state.namespace}/${state.instance}`, "bold", layout);
  const text = state.unchanged ? `${name} is in no maintenance.` : `${name} fails over by itself again.`;
  return { exitCode: ExitCode.Done, text, json: state };
}

const notHeldBack =
  "Not held back: switchovers that somebody asks for, those before a node is drained and those of an update with primaryUpdateMethod switchover.";

function onText({ namespace, instance, maintenance, warnings }: MaintenanceState, layout: Layout): string[] {
  const name = emphasised(`${namespace}/${instance}`, "bold", layout);
  const extent = maintenance === undefined ? "" : ` ${extentOf(maintenance)}`;
  return [
    ...prose(`${name}: automatic failover is held back${extent}.`, "", layout),
    ...prose(`While it is, nobody can write when the primary stops. ${notHeldBack}`, "", layout),
    ...warnings.flatMap(warning => [
      "",
      ...prose(`${emphasised("warning", "yellow", layout)}  ${warning}`, "", layout),
    ]),
  ];
}
