import { readLsn } from "../backup/archive/wal-name";
import { present } from "../present";
import { unfitness } from "../standby/fitness";
import type { CandidateVerdict } from "./plan";
import { FailoverMode } from "./request";
import type { FailoverSurvey, SurveyedServer } from "./survey";

/** What a standby must be like to be chosen. */
export interface Wanted {
  mode: FailoverMode;
  /** The only one that is acceptable. */
  targetReplicaId?: string;
  /** Largest lag, bytes; undefined is any. */
  maxLagBytes?: number;
  /** It may still be catching up, because somebody waits for it. */
  waitForSync: boolean;
}

/** The choice, and what is to be said of every standby. */
export interface Choice {
  /** Absent when none qualifies. */
  chosen?: string;
  /** Every server but the primary, in the order of the survey. */
  candidates: CandidateVerdict[];
}

/**
 * Chooses the standby that becomes primary: of the healthy ones within the limit the one that has most of the primary's WAL. Of equals
 * one in another zone than the primary comes first, then one on another node, then the one that has replayed most, then the first by name.
 */
export function chooseStandby(survey: FailoverSurvey, wanted: Wanted): Choice {
  const standbys = survey.servers.filter(({ name }) => name !== survey.currentPrimary);
  const end = furthestPosition(survey);
  const judged = standbys.map(server => ({ server, hindrance: hindranceOf(server, survey, wanted, end) }));
  const eligible = judged.filter(({ hindrance }) => hindrance === undefined).map(({ server }) => server);
  const ranked = [...eligible].sort(comparing(survey));
  const chosen = ranked.find(
    ({ name }) => wanted.targetReplicaId === undefined || name === wanted.targetReplicaId,
  );
  const candidates = judged.map(({ server, hindrance }) => ({
    id: server.name,
    eligible: hindrance === undefined,
    reason: hindrance ?? reasonFor(server, chosen, wanted),
    ...factsOf(server, end),
  }));
  return { ...(chosen === undefined ? {} : { chosen: chosen.name }), candidates };
}

/** Where the WAL of the instance ends, as far as anybody has told; the primary itself where it answered. */
export function furthestPosition({ servers, currentPrimary }: FailoverSurvey): bigint | undefined {
  const primary = servers.find(({ name }) => name === currentPrimary)?.answer;
  const own = primary?.inRecovery === false ? readLsn(primary.lsn) : undefined;
  if (own !== undefined) return own;
  const told = servers.flatMap(({ answer }) => [
    readLsn(answer?.lsn ?? ""),
    readLsn(answer?.primaryLsn ?? ""),
  ]);
  return greatest(told);
}

/** Up to where a standby has WAL: by its own word or the primary's, whichever is newer. */
export function receivedPosition({ answer, replication }: SurveyedServer): bigint | undefined {
  if (answer === undefined) return undefined;
  return greatest([answer.lsn, answer.replayedLsn, replication?.flushedLsn].map(text => readLsn(text ?? "")));
}

/** Bytes of the primary's WAL that a standby lacks; undefined when it does not say where it is. */
export function lagOf(server: SurveyedServer, end: bigint | undefined): number | undefined {
  const received = receivedPosition(server);
  if (received === undefined || end === undefined) return undefined;
  // It was asked a little later than the primary.
  return received >= end ? 0 : Number(end - received);
}

/** Why a standby must not become primary; undefined when it may. */
function hindranceOf(
  server: SurveyedServer,
  survey: FailoverSurvey,
  { mode, maxLagBytes, waitForSync }: Wanted,
  end: bigint | undefined,
): string | undefined {
  const { name, answer, replication } = server;
  const fenced = survey.fenced.includes("*") || survey.fenced.includes(name);
  const unfit = unfitness({ ...server, fenced, replayPaused: answer?.replayPaused });
  if (unfit !== undefined) return unfit;
  if (answer === undefined) return `it does not answer: ${server.unanswered ?? "nobody asked it"}`;
  if (!answer.inRecovery) return "it is no standby: its server takes writes by itself";
  const newest = newestTimeline(survey);
  if (answer.timeline < newest) return `it is on timeline ${answer.timeline}, behind ${newest}`;
  if (mode === FailoverMode.Planned) {
    const primary = survey.servers.find(({ name: other }) => other === survey.currentPrimary);
    if (primary?.answer === undefined) return "the primary does not say whether it streams";
    if (replication === undefined) return "the primary sends it nothing";
    const follows = replication.state === "streaming" || (waitForSync && replication.state === "catchup");
    if (!follows) return `it does not stream: the primary calls it "${replication.state}"`;
  }
  const lag = lagOf(server, end);
  if (lag === undefined) return "it does not say how much it has received";
  if (maxLagBytes !== undefined && lag > maxLagBytes)
    return `it is ${lag} bytes behind, more than the limit of ${maxLagBytes}`;
  return undefined;
}

function newestTimeline({ servers }: FailoverSurvey): number {
  return Math.max(...servers.map(({ answer }) => answer?.timeline ?? 0));
}

function reasonFor(server: SurveyedServer, chosen: SurveyedServer | undefined, wanted: Wanted): string {
  if (server.name === wanted.targetReplicaId) return "asked for";
  if (wanted.targetReplicaId !== undefined) return "another one was asked for";
  return server === chosen ? "none has more of the primary's WAL" : "qualifies, but another one comes first";
}

function comparing(survey: FailoverSurvey): (a: SurveyedServer, b: SurveyedServer) => number {
  const primary = survey.servers.find(({ name }) => name === survey.currentPrimary);
  const apart = (part: "zone" | "node", server: SurveyedServer): number =>
    primary?.[part] !== undefined && server[part] !== undefined && server[part] !== primary[part] ? 1 : 0;
  return (a, b) =>
    descending(receivedPosition(a) ?? 0n, receivedPosition(b) ?? 0n) ||
    apart("zone", b) - apart("zone", a) ||
    apart("node", b) - apart("node", a) ||
    descending(readLsn(a.answer?.replayedLsn ?? "") ?? 0n, readLsn(b.answer?.replayedLsn ?? "") ?? 0n) ||
    (a.name < b.name ? -1 : 1);
}

function descending(a: bigint, b: bigint): number {
  return a === b ? 0 : a > b ? -1 : 1;
}

function factsOf(server: SurveyedServer, end: bigint | undefined): Partial<CandidateVerdict> {
  const { answer, replication, node, zone } = server;
  return present({
    lagBytes: lagOf(server, end),
    receivedLsn: answer?.lsn,
    replayedLsn: answer?.replayedLsn,
    syncState: replication?.syncState,
    node,
    zone,
  });
}

function greatest(positions: readonly (bigint | undefined)[]): bigint | undefined {
  const known = positions.filter(position => position !== undefined);
  return known.reduce<bigint | undefined>(
    (most, next) => (most === undefined || next > most ? next : most),
    undefined,
  );
}
