import { lastSegment } from "../backup/archive/continuity";
import { compareSegments } from "../backup/archive/wal-name";
import type { ArchiveSurvey } from "../backup/archive/survey";
import { DrillTarget } from "../backup/drill/args";
import type { DrillFindings, DrillReport } from "../backup/drill/report";
import {
  bytesAfter,
  chooseBackup,
  type ChosenBackup,
  continuityProblem,
  walToRead,
} from "../backup/drill/target";
import type { Archive } from "./archive";
import { archiveSegment, type ArchivedSegment } from "./archive-segment";
import type { DrillRequest } from "./drill-request";
import { type Execute, sqlOver } from "./execute";
import type { FoundInstance } from "./instance";
import { isAsleep } from "./instance-health";
import { type Clock, describeError } from "./waiting";

/** An archive, as far as drills look at it. */
export type DrilledArchive = Pick<Archive, "survey" | "check">;

/** What a preparation needs. */
export interface PreparationContext {
  clock: Clock;
  execute: Execute;
  say: (sentence: string) => void;
  /** Opens a store of the namespace. */
  open: (namespace: string, store: string) => Promise<DrilledArchive>;
  /** From 0 to 1, 1 excluded. */
  chance: () => number;
}

/** Seconds in which the WAL of a restore point must be in the archive. */
const archivingSeconds = 300;

/** When it began, and under which name. */
export interface DrillIdentity {
  id: string;
  started: Date;
}

/** What is restored, and the proof that the archive has all of it. */
export interface Prepared {
  store: NonNullable<FoundInstance["facts"]["store"]>;
  server: string;
  chosen: ChosenBackup;
  /** A position that replay must pass. */
  least?: string;
}

/** Chooses backup and target and makes sure that the archive has everything between them, before anything is restored. */
export async function prepareDrill(
  request: DrillRequest,
  found: FoundInstance,
  identity: DrillIdentity,
  context: PreparationContext,
  findings: DrillFindings,
): Promise<Prepared> {
  const { store, server } = archiveOf(request, found);
  const archive = await context.open(found.namespace, store.name);
  context.say(`Looking at archive ${server} in store ${store.name}.`);
  const survey = await archive.survey(server);
  const chosen = chooseBackup(survey, request.target, {
    now: identity.started,
    windowDays: store.recoveryWindowDays,
    chance: context.chance(),
  });
  if (chosen.note !== undefined) context.say(chosen.note);
  Object.assign(findings, before(survey, identity.started), { server, backup: drilledBackup(chosen) });
  const look: Look = { found, archive, survey, chosen, context, findings };
  await examine(look);
  const least =
    request.target === DrillTarget.RestorePoint
      ? await toRestorePoint(identity.id, look)
      : await toArchived(look);
  return { store, server, chosen, ...(least === undefined ? {} : { least }) };
}

/** The archive and what was chosen of it. */
interface Look {
  found: FoundInstance;
  archive: DrilledArchive;
  survey: ArchiveSurvey;
  chosen: ChosenBackup;
  context: PreparationContext;
  findings: DrillFindings;
}

/** @throws Error when there is no archive, or no server for a restore point */
function archiveOf(
  { target }: DrillRequest,
  { name, cluster, facts: { store, archive: server } }: FoundInstance,
): Pick<Prepared, "store" | "server"> {
  if (store === undefined || server === undefined) {
    throw new Error(
      `${name} archives nowhere, so there is nothing to restore. Give it the argument backup: { store }.`,
    );
  }
  if (target === DrillTarget.RestorePoint && isAsleep(cluster)) {
    throw new Error(
      `${name} is hibernated, so no restore point can be set. Run the drill with target lastArchived.`,
    );
  }
  return { store, server };
}

/**
 * The end of the archive or a time: the archive must go as far as it can be known to have gone.
 * @returns a position that replay must pass
 */
async function toArchived({ found, survey, chosen, context, findings }: Look): Promise<string | undefined> {
  const { backup, time } = chosen;
  const told = await archivedLast(found, context);
  const last = lastSegment(survey, backup.beginWal);
  // A gap at the end of an archive looks like its end.
  if (told !== undefined && last !== undefined && compareSegments(last, told) < 0) {
    refuseGaps(survey, chosen, told);
  }
  const kind = time === undefined ? DrillTarget.LastArchived : DrillTarget.Random;
  findings.target = { kind, ...(time === undefined ? {} : { time }) };
  readTo(findings, survey, chosen, last);
  return time === undefined ? (survey.lastCommit?.lsn ?? backup.endLsn) : backup.endLsn;
}

/** The segment that the primary archived last; undefined when none runs or answers, because these drills need none. */
async function archivedLast(
  { cluster, namespace }: FoundInstance,
  { execute, say }: PreparationContext,
): Promise<string | undefined> {
  const pod = cluster.status?.currentPrimary;
  if (isAsleep(cluster) || pod === undefined || pod === "") return undefined;
  try {
    const [row] = await sqlOver(execute)(
      namespace,
      pod,
      "SELECT last_archived_wal AS wal FROM pg_stat_archiver",
    );
    return /^[0-9A-F]{24}$/.test(String(row?.wal)) ? String(row?.wal) : undefined;
  } catch (error) {
    say(`The primary does not tell what it archived last: ${describeError(error)}`);
    return undefined;
  }
}

/**
 * A restore point that is set now.
 * @returns its position
 */
async function toRestorePoint(id: string, look: Look): Promise<string> {
  const { archive, survey, chosen, findings } = look;
  const point = await setRestorePoint(id, look);
  // Only the store itself tells that the segment is in it.
  const after = await archive.survey(survey.server);
  if (after.lastCommit?.lsn === survey.lastCommit?.lsn && findings.rpoSeconds !== undefined) {
    // Nothing was committed since, so nothing would have been lost.
    findings.rpoSeconds = 0;
  }
  refuseGaps(after, chosen, point.wal);
  readTo(findings, after, chosen, point.wal);
  return point.lsn;
}

/** What the archive held when the drill began. */
function before({ lastCommit }: ArchiveSurvey, started: Date): Partial<DrillReport> {
  if (lastCommit === undefined) return {};
  const age = started.getTime() - Date.parse(lastCommit.time);
  return { lastCommit: lastCommit.time, rpoSeconds: Math.max(0, Math.round(age / 100) / 10) };
}

function drilledBackup({
  backup: { id, name, end, bytes, clusterBytes },
}: ChosenBackup): DrillReport["backup"] {
  return {
    id,
    end,
    bytes,
    ...(name === undefined ? {} : { name }),
    ...(clusterBytes === undefined ? {} : { clusterBytes }),
  };
}

/** @throws Error when objects of the base backup are missing or damaged as far as a look tells, or WAL behind it is missing */
async function examine({ archive, survey, chosen }: Look): Promise<void> {
  refuseGaps(survey, chosen);
  const problems = await archive.check(survey.server, chosen.backup.id);
  if (problems.length === 0) return;
  throw new Error(
    `Base backup ${chosen.backup.id} in archive ${survey.server} is damaged: ${problems.join(" ")}`,
  );
}

function refuseGaps(survey: ArchiveSurvey, { backup }: ChosenBackup, to?: string): void {
  const problem = continuityProblem(survey, backup, to);
  if (problem !== undefined) throw new Error(problem);
}

function readTo(
  findings: DrillFindings,
  survey: ArchiveSurvey,
  { backup }: ChosenBackup,
  to: string | undefined,
): void {
  if (to === undefined) return;
  findings.wal = walToRead(survey, backup, to);
  findings.bytes = backup.bytes + findings.wal.bytes;
}

/** Sets the restore point on the primary and waits until the primary has archived it. */
async function setRestorePoint(id: string, look: Look): Promise<ArchivedSegment> {
  const { survey, context, findings } = look;
  const { cluster, namespace } = look.found;
  const { backup } = look.chosen;
  const pod = cluster.status?.currentPrimary;
  if (pod === undefined || pod === "") {
    throw new Error(
      `Cluster ${cluster.metadata.name} has no primary to set a restore point on. Run the drill with target lastArchived.`,
    );
  }
  const sql = sqlOver(context.execute);
  const last = lastSegment(survey, backup.beginWal);
  const [row] = await sql(namespace, pod, "SELECT pg_current_wal_lsn()::text AS lsn");
  if (last !== undefined)
    findings.unarchivedBytes = bytesAfter(last, String(row?.lsn), survey.walSegmentSize);
  const request = { namespace, pod, restorePoint: id, timeoutSeconds: archivingSeconds };
  const point = await archiveSegment(request, { ...context, sql });
  findings.target = { kind: DrillTarget.RestorePoint, restorePoint: id, lsn: point.lsn };
  return point;
}
