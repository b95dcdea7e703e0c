import { findDefinition, loadCatalogue, majors, majorsOf } from "../../parameters/catalogue";
import { checkParameter } from "../../parameters/check";
import {
  ParameterCategory,
  ParameterContext,
  type ParameterDefinition,
  ParameterType,
} from "../../parameters/definition";
import { parseValue, showValue } from "../../parameters/value";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { emphasised, type Layout, pairs, prose } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** A parameter and the major it is asked of. */
export interface DescribeRequest {
  name: string;
  major: number;
}

/** Everything known of one parameter. */
export function describe({ name, major }: DescribeRequest, layout: Layout): CommandResult {
  const definition = findDefinition(loadCatalogue(major), name);
  return definition === undefined ? unknown(name, major) : known(name, definition, major, layout);
}

/** A parameter of a running instance. */
export interface DescribeRunningRequest extends Target {
  instance: string;
  name: string;
}

/** The same of a running instance, whose major it takes, with the value there and what is asked for. */
export async function describeRunning(
  request: DescribeRunningRequest,
  layout: Layout,
  around: ClusterSurroundings,
): Promise<CommandResult> {
  const { describeParameter } = await import("../../operations/parameters.js");
  const { instance, namespace, name } = request;
  const title = `Asking the servers of ${namespace}/${instance}`;
  const found = await inCluster(title, request, around, cluster =>
    describeParameter({ namespace, instance, name }, cluster),
  );
  const { definition, major } = found;
  const general = definition === undefined ? undefined : known(name, definition, major, layout).text;
  const rows: [string, string][] = [
    ["value", found.value ?? ""],
    ["from", found.source],
    ["asked for", found.desired ?? ""],
    ["to come", found.pendingValue === undefined ? "" : `${found.pendingValue}, with a restart`],
    ["drift", found.drift ? "the value is not the one asked for" : ""],
    ...Object.entries(found.pods ?? {}).map(([pod, value]): [string, string] => [pod, value]),
  ];
  const text = [
    ...(general === undefined ? [`${name}, PostgreSQL ${major}`, "", found.description] : [general]),
    "",
    `In ${namespace}/${instance}:`,
    ...pairs(
      rows.filter(([, value]) => value !== ""),
      layout,
    ),
  ];
  return { exitCode: ExitCode.Done, text: text.join("\n"), json: found };
}

function unknown(name: string, major: number): CommandResult {
  const elsewhere = majorsOf(name);
  const [finding] = checkParameter(name, "", { major });
  const problem = finding?.problem ?? "is not known.";
  const remedy =
    elsewhere.length > 0 ? `Ask with --major ${nearestMajor(elsewhere, major)}.` : finding?.remedy;
  return {
    exitCode: ExitCode.Refused,
    text: [name, problem, ...(remedy === undefined ? [] : [remedy])].join(" "),
    json: { name, major, problem, remedy, majors: elsewhere },
  };
}

function nearestMajor(list: number[], major: number): number {
  return list.reduce((best, other) => (Math.abs(other - major) < Math.abs(best - major) ? other : best));
}

function known(asked: string, definition: ParameterDefinition, major: number, layout: Layout): CommandResult {
  const available = majorsOf(definition.name);
  const differences = majorDifferences(
    definition,
    available.filter(other => other !== major),
  );
  const isOldName = asked.toLowerCase() !== definition.name.toLowerCase();
  const rows: [string, string][] = [
    ["old name", isOldName ? asked : ""],
    ["type", typeOf(definition)],
    ["values", valuesOf(definition)],
    ["default", readable(definition, definition.default) || "none"],
    ["CloudNativePG sets", readable(definition, definition.operatorDefault)],
    ["a change", changeOf(definition)],
    ["set by", settersOf(definition)],
    ["needs", definition.library === undefined ? "" : `${definition.library} in shared_preload_libraries`],
    ["group", definition.group],
    ["majors", listOf(available)],
    ["since", definition.sinceMinor === undefined ? "" : `${major}.${definition.sinceMinor}`],
    ...differences,
    ["source", definition.source],
  ];
  const text = [
    `${emphasised(definition.name, "bold", layout)}, PostgreSQL ${major}`,
    "",
    ...prose(definition.description, "", layout),
    "",
    ...pairs(
      rows.filter(([, value]) => value !== ""),
      layout,
    ),
  ];
  const json = {
    ...definition,
    major,
    majors: available,
    change: changeOf(definition),
    readable: {
      default: definition.default === undefined ? undefined : readable(definition, definition.default),
      min: definition.min === undefined ? undefined : readable(definition, String(definition.min)),
      max: definition.max === undefined ? undefined : readable(definition, String(definition.max)),
    },
  };
  return { exitCode: ExitCode.Done, text: text.join("\n"), json };
}

const changes: Record<ParameterCategory, string> = {
  [ParameterCategory.Dynamic]:
    "takes effect at once by a reload; open sessions take it over unless they or their role have set their own",
  [ParameterCategory.Reload]: "takes effect at once by a reload",
  [ParameterCategory.Restart]: "restarts the server",
  [ParameterCategory.Immutable]: "is not possible",
};

/** Read at the beginning of a session. */
const sessionStart: readonly ParameterContext[] = [
  ParameterContext.Backend,
  ParameterContext.SuperuserBackend,
];

function changeOf({ category, context }: ParameterDefinition): string {
  return category === ParameterCategory.Dynamic && sessionStart.includes(context)
    ? "takes effect by a reload, for new sessions"
    : changes[category];
}

/** Who may set it, besides the configuration. */
const sessionContexts: Partial<Record<ParameterContext, string>> = {
  [ParameterContext.SuperuserBackend]: "a superuser at the beginning of a session",
  [ParameterContext.Backend]: "any role at the beginning of a session",
  [ParameterContext.Superuser]: "a superuser within a session",
  [ParameterContext.User]: "any role within a session",
};

function settersOf({ context, ownedByOperator, sessionOnly }: ParameterDefinition): string {
  if (context === ParameterContext.Internal) return "nobody: the server computes it";
  if (ownedByOperator !== undefined) return `only CloudNativePG. ${ownedByOperator}`;
  const session = sessionContexts[context];
  const configuration =
    context === ParameterContext.Postmaster
      ? "the configuration, read when the server starts"
      : "the configuration";
  if (sessionOnly === true) return `${session ?? "a session"}; it cannot stand in the configuration`;
  return session === undefined ? configuration : `${configuration}; ${session}`;
}

function typeOf({ type, unit }: ParameterDefinition): string {
  return unit === undefined ? type : `${type}, in units of ${unit}`;
}

function valuesOf(definition: ParameterDefinition): string {
  const { type, values, hiddenValues = [], min, max } = definition;
  if (type === ParameterType.Bool) return "on, off";
  if (values !== undefined) {
    const also = hiddenValues.length === 0 ? "" : ` (also ${hiddenValues.join(", ")})`;
    return values.join(", ") + also;
  }
  if (min === undefined && max === undefined) return "";
  const [least, most] = [min, max].map(bound =>
    bound === undefined ? "" : readable(definition, String(bound)),
  );
  return `${least} to ${most}`;
}

/** A value as SHOW prints it, for example `64MB`; the text itself when it cannot be read. */
function readable(definition: ParameterDefinition, text: string | undefined): string {
  if (text === undefined) return "";
  const parsed = parseValue(definition, text);
  return parsed.ok ? showValue(definition, parsed.base) : text;
}

/** What differs in other majors: another kind of change, default or range decides how an upgrade goes. */
function majorDifferences(definition: ParameterDefinition, others: number[]): [string, string][] {
  const alike = new Map<string, number[]>();
  for (const other of others) {
    const there = findDefinition(loadCatalogue(other), definition.name);
    if (there === undefined) continue;
    const differing = facts
      .filter(([, of]) => of(there) !== of(definition))
      .map(([title, of]) => `${title} ${of(there)}`)
      .join("; ");
    if (differing !== "") alike.set(differing, [...(alike.get(differing) ?? []), other]);
  }
  return [...alike].map(([text, list]) => [`in ${listOf(list)}`, text]);
}

const facts: [title: string, of: (definition: ParameterDefinition) => string][] = [
  ["default", definition => readable(definition, definition.default)],
  ["values", valuesOf],
  ["a change", changeOf],
  ["type", typeOf],
];

/** `14 to 16, 18`. */
function listOf(list: number[]): string {
  const spans: [number, number][] = [];
  for (const major of list) {
    const last = spans.at(-1);
    if (last !== undefined && majors.indexOf(major) === majors.indexOf(last[1]) + 1) last[1] = major;
    else spans.push([major, major]);
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(", ");
}
