import type { ListDumpsResult } from "../../operations/dumps";
import type { StartDumpRestoreRequest } from "../../operations/start-dump";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { bytesText, counted, durationText, timeText } from "../figures";
import { emphasised, type Layout, pairs, prose, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** Whose dumps. */
export interface DumpListRequest extends Target {
  instance: string;
  timeoutSeconds?: number;
}

/** The dumps of an instance. */
export async function dumpList(
  { context, ...request }: DumpListRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { namespace, instance } = request;
  const listed = await inCluster(
    `Listing the dumps of ${namespace}/${instance}`,
    { context },
    surroundings,
    async around => {
      const { dumpsOf } = await import("../../operations/start-dump.js");
      return dumpsOf(request, around);
    },
  );
  return {
    exitCode: ExitCode.Done,
    text: listLines(`${namespace}/${instance}`, listed, layout).join("\n"),
    json: { namespace, instance, ...listed },
  };
}

const columns = [
  { title: "dump", emphasis: "bold" as const },
  { title: "database" },
  { title: "begun" },
  { title: "size", right: true },
  { title: "state" },
  { title: "where" },
];

function listLines(name: string, { dumps, omitted }: ListDumpsResult, layout: Layout): string[] {
  const rows = dumps
    .toReversed()
    .map(({ id, database, begin, bytes, state, entry }) => [
      id,
      database,
      timeText(begin),
      bytesText(bytes),
      state,
      entry === undefined ? "store" : `volume of ${entry}`,
    ]);
  if (rows.length === 0) return [`${name} has no dumps.`];
  return [
    `${emphasised(name, "bold", layout)}, ${counted(dumps.length + omitted, "dump")}`,
    "",
    ...table(columns, rows, layout),
    ...(omitted === 0 ? [] : [`and ${counted(omitted, "older one")}`]),
  ];
}

/** A dump to be restored. */
export type DumpRestoreRequest = StartDumpRestoreRequest & Target;

/** Restores a dump, and waits for it. */
export async function dumpRestore(
  { context, ...request }: DumpRestoreRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const { namespace, instance, database } = request;
  const result = await inCluster(
    `Restoring a dump of ${namespace}/${instance}`,
    { context },
    surroundings,
    async around => {
      const { startDumpRestore } = await import("../../operations/start-dump.js");
      return startDumpRestore(request, around);
    },
  );
  const { id, into, created, seconds, bytes, tables, rows, left } = result;
  const made = created ? `${into}, which was made` : into;
  return {
    exitCode: ExitCode.Done,
    text: [
      `${emphasised(`${namespace}/${instance}`, "bold", layout)}, dump ${id} of ${database} restored`,
      "",
      ...pairs(
        [
          ["into", made],
          ["took", `${durationText(seconds)}, ${bytesText(bytes)}`],
          ["restored", `${counted(tables.length, "table")}, ${counted(rows, "row")}`],
        ],
        layout,
      ),
      ...(left.length === 0
        ? []
        : ["", "Not restored:", ...left.flatMap(sentence => prose(sentence, "  ", layout))]),
    ].join("\n"),
    json: result,
  };
}
