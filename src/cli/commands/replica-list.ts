import type { ListedReplicas, ListReplicasRequest } from "../../operations/replicas";
import type { Follower } from "../../standby/replication";
import type { Standby } from "../../standby/standby";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { bytesText, counted, timeText } from "../figures";
import { emphasised, type Layout, prose, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** The standbys of an instance. */
export async function replicaList(
  { context, ...request }: ListReplicasRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const title = `Asking the servers of ${request.namespace}/${request.instance}`;
  const listed = await inCluster(title, { context }, surroundings, async around => {
    const { listReplicas } = await import("../../operations/replicas.js");
    return listReplicas(request, around);
  });
  return { exitCode: ExitCode.Done, text: textOf(listed, layout).join("\n"), json: listed };
}

function textOf(listed: ListedReplicas, layout: Layout): string[] {
  const { replicas, followers, primaryUnread, source } = listed;
  return [
    ...heading(listed, layout),
    ...(primaryUnread === undefined
      ? []
      : prose(`${emphasised("warning", "yellow", layout)}  No lag is known: ${primaryUnread}`, "", layout)),
    ...(source === undefined ? [] : ["", ...prose(sourceText(source), "", layout)]),
    ...(replicas.length === 0 ? [] : ["", ...standbyTable(replicas, layout)]),
    ...(followers.length === 0
      ? []
      : [
          "",
          `${counted(followers.length, "other follower")} of the primary`,
          "",
          ...table(followerColumns, followers.map(followerRow), layout),
        ]),
  ];
}

function heading(
  {
    namespace,
    instance,
    cluster,
    primary,
    primaryLsn,
    timeline,
    replicas,
    asOf,
    maxLagBytes,
  }: ListedReplicas,
  layout: Layout,
): string[] {
  const count = replicas.length === 0 ? "no standbys" : counted(replicas.length, "standby");
  const position = primaryLsn === undefined ? "" : ` at ${primaryLsn}, timeline ${timeline}`;
  const limit = maxLagBytes === undefined ? "" : `, lag limit ${bytesText(maxLagBytes)}`;
  const name = emphasised(`${namespace}/${instance}`, "bold", layout);
  return prose(
    `${name} (Cluster ${cluster}), ${count}${limit}, primary ${primary ?? "none"}${position}, as of ${timeText(asOf)}`,
    "",
    layout,
  );
}

function sourceText({
  streaming,
  host,
  lagBytes,
  lagMs,
  overLagLimit,
  replayedLsn = "?",
}: NonNullable<ListedReplicas["source"]>): string {
  if (!streaming)
    return `It follows another instance and receives nothing now: it has replayed ${replayedLsn}, from the archive as far as that reaches.`;
  const tooMuch = overLagLimit ? " (too much)" : "";
  return `It follows ${host ?? "another instance"}: ${bytesOf(lagBytes)}${tooMuch} and ${delayText(lagMs)} behind.`;
}

/** Where no zone is known there is no column of zones. */
function standbyTable(replicas: readonly Standby[], layout: Layout): string[] {
  const hasZones = replicas.some(({ zone }) => zone !== undefined);
  const shown = standbyColumns.map(({ title }) => hasZones || title !== "zone");
  const chosen = <T>(cells: T[]): T[] => cells.filter((_, i) => shown[i]);
  return table(
    chosen(standbyColumns),
    replicas.map(standby => chosen(standbyRow(standby))),
    layout,
  );
}

const standbyColumns = [
  { title: "standby", emphasis: "bold" as const },
  { title: "state" },
  { title: "sync" },
  { title: "lag", right: true },
  { title: "delay", right: true },
  { title: "zone" },
  { title: "node" },
  { title: "can become primary" },
];

function standbyRow(standby: Standby): string[] {
  const { id, state, syncState = "", lagBytes, lagMs, zone = "", node = "", eligible, reason } = standby;
  const lag = bytesOf(lagBytes);
  return [
    id,
    state,
    syncState,
    standby.overLagLimit ? `${lag} (too much)` : lag,
    delayText(lagMs),
    zone,
    node,
    eligible ? "yes" : `no: ${reason}`,
  ];
}

const followerColumns = [
  { title: "name", emphasis: "bold" as const },
  { title: "state" },
  { title: "sync" },
  { title: "lag", right: true },
  { title: "delay", right: true },
  { title: "address" },
];

function followerRow({ name, state, syncState, lagBytes, lagMs, address = "" }: Follower): string[] {
  return [name, state, syncState, bytesOf(lagBytes), delayText(lagMs), address];
}

function bytesOf(bytes: number | undefined): string {
  return bytes === undefined ? "unknown" : bytesText(bytes);
}

function delayText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "unknown";
  return milliseconds < 10_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1000)} s`;
}
