import type {
  AddReplicaRequest,
  PlannedReplicas,
  RebuildReplicaRequest,
  RemoveReplicaRequest,
} from "../../operations/replica-changes";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { durationText } from "../figures";
import { emphasised, type Layout, prose } from "../layout";
import { writePlanFile, type WrittenPlan } from "../plan-file";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** Where the argument is written to. */
interface WriteOption {
  /** `Pulumi.<stack>.yaml` or a `.json` file. */
  write?: string;
}

/** Plans more standbys. */
export async function replicaAdd(
  { context, write, ...request }: AddReplicaRequest & Target & WriteOption,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const title = `Looking at the servers of ${request.namespace}/${request.instance}`;
  const planned = await inCluster(title, { context }, surroundings, async around => {
    const { addReplica } = await import("../../operations/replica-changes.js");
    return addReplica(request, around);
  });
  return resultOf(planned, write, layout);
}

/** Plans fewer standbys. */
export async function replicaRemove(
  { context, write, ...request }: RemoveReplicaRequest & Target & WriteOption,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const title = `Looking at the servers of ${request.namespace}/${request.instance}`;
  const planned = await inCluster(title, { context }, surroundings, async around => {
    const { removeReplica } = await import("../../operations/replica-changes.js");
    return removeReplica(request, around);
  });
  return resultOf(planned, write, layout);
}

/** Makes a standby anew. */
export async function replicaRebuild(
  { context, ...request }: RebuildReplicaRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const title = `Making ${request.replica} of ${request.namespace}/${request.instance} anew`;
  const rebuilt = await inCluster(title, { context }, surroundings, async around => {
    const { rebuildReplica } = await import("../../operations/replica-changes.js");
    return rebuildReplica(request, around);
  });
  const { replica, seconds, standby } = rebuilt;
  const text = `${emphasised(replica, "bold", layout)} was cloned anew in ${durationText(seconds)}: ${standby.state}, ${standby.reason}.`;
  return { exitCode: ExitCode.Done, text, json: rebuilt };
}

async function resultOf(
  planned: PlannedReplicas,
  write: string | undefined,
  layout: Layout,
): Promise<CommandResult> {
  const { refused, arguments: planArguments } = planned;
  const written =
    write === undefined || planArguments === undefined
      ? undefined
      : await writePlanFile(write, planArguments);
  return {
    exitCode: refused.length > 0 ? ExitCode.Refused : ExitCode.Done,
    text: [...changeLines(planned, layout), ...endingOf(planned, written, layout)].join("\n"),
    json: { ...planned, ...(written === undefined ? {} : { written }) },
  };
}

function changeLines(
  { namespace, instance, from, to, added, removed }: PlannedReplicas,
  layout: Layout,
): string[] {
  const names = [
    ...(added.length === 0 ? [] : [`makes ${added.join(", ")}`]),
    ...(removed.length === 0 ? [] : [`deletes ${removed.join(", then ")} with its volumes`]),
  ];
  const what = names.length === 0 ? "" : `: CloudNativePG ${names.join(" and ")}`;
  return prose(
    `${emphasised(`${namespace}/${instance}`, "bold", layout)}, from ${from} to ${to} servers${what}.`,
    "",
    layout,
  );
}

function endingOf(planned: PlannedReplicas, written: WrittenPlan | undefined, layout: Layout): string[] {
  const { refused, warnings, instance, to } = planned;
  const cautions = warnings.flatMap(warning => [
    "",
    ...prose(`${emphasised("warning", "yellow", layout)}  ${warning}`, "", layout),
  ]);
  if (refused.length > 0) {
    return refused.flatMap(({ problem, remedy }) => [
      "",
      ...prose(`${emphasised("refused", "red", layout)}  ${problem}`, "", layout),
      ...prose(`→ ${remedy}`, "", layout),
    ]);
  }
  const where =
    written === undefined
      ? []
      : ["", written.changed ? `Written to ${written.file}.` : `${written.file} has it already.`];
  return [
    ...cautions,
    "",
    `Argument of PostgresInstance "${instance}": instances: ${to}`,
    ...where,
    "",
    "pulumi up then carries it out.",
  ];
}
