import { getParameters, type GetParametersResult, type ParameterReading } from "../../operations/parameters";
import type { PendingParameter } from "../../parameters/pending-parameter";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { emphasised, type Layout, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** Which parameters of which instance. */
export interface GetRequest extends Target {
  instance: string;
  /** Only these. Default: all. */
  names: string[];
  /** Only those that are not the server's built-in default, are asked for, wait or differ. */
  changedOnly: boolean;
  failOnDrift: boolean;
}

/** Reads the parameters of a running instance, and compares them with what is asked for. */
export async function get(
  request: GetRequest,
  layout: Layout,
  around: ClusterSurroundings,
): Promise<CommandResult> {
  const { instance, namespace, names, changedOnly, failOnDrift } = request;
  const wanted = { namespace, instance, changedOnly, ...(names.length === 0 ? {} : { names }) };
  const title = `Asking the servers of ${namespace}/${instance}`;
  const result = await inCluster(title, request, around, cluster => getParameters(wanted, cluster));
  return {
    exitCode: failOnDrift && result.drift.length > 0 ? ExitCode.Drift : ExitCode.Done,
    text: textOf(result, layout).join("\n"),
    json: result,
  };
}

const columns = [
  { title: "name", emphasis: "bold" as const },
  { title: "value" },
  { title: "source" },
  { title: "a change" },
  { title: "" },
];

function textOf(result: GetParametersResult, layout: Layout): string[] {
  const { instance, cluster, major, mode, next, parameters, pending, drift, unreachable, asOf } = result;
  const due = next === undefined ? "" : ` from ${next}`;
  const heading = `${instance} (Cluster ${cluster}), PostgreSQL ${major}, changes ${mode}${due}, as of ${asOf}`;
  const rows = parameters.map(reading => [
    reading.name,
    reading.value ?? "",
    reading.source,
    reading.category,
    remarksOf(reading).join("; "),
  ]);
  return [
    heading,
    ...(rows.length === 0 ? [] : ["", ...table(columns, rows, layout)]),
    ...section(
      emphasised("Pending:", "yellow", layout),
      pending.map(change => pendingLine(change)),
    ),
    ...section(emphasised("Drift:", "red", layout), drift),
    ...section(
      emphasised("Not reached:", "red", layout),
      Object.entries(unreachable).map(([pod, reason]) => `${pod}: ${reason}`),
    ),
  ];
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map(line => `  ${line}`)];
}

/** What a reader would not expect of the value. */
function remarksOf({ desired, pendingValue, drift, overrides = [], pods = {} }: ParameterReading): string[] {
  return [
    ...(drift ? [`drift${desired === undefined ? "" : `: ${desired} is asked for`}`] : []),
    ...(pendingValue === undefined ? [] : [`${pendingValue} after a restart`]),
    ...overrides.map(({ scope, value }) => `${value} for ${scope}`),
    ...Object.entries(pods).map(([pod, value]) => `${value} on ${pod}`),
  ];
}

function pendingLine({ name, value = "none", desired = "none", reason }: PendingParameter): string {
  return `${name}: ${value} → ${desired}${reason === undefined ? "" : ` (${reason})`}`;
}
