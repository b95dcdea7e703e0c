import { missingWal } from "../backup/archive/continuity";
import type { ArchiveSurvey } from "../backup/archive/survey";
import { BackupState } from "../backup/known-backup";
import {
  defaultRecoveryWindowDays,
  defaultTimeZone,
  policyProblems,
  type RetentionPolicyArgs,
} from "../backup/retention-policy";
import type { RetentionAction, RetentionDecision } from "../backup/retention";
import type { TierPoint } from "../backup/tiers";
import { instanceLabels } from "../cnpg/metadata";
import { readTimestamp } from "../timestamp";
import { type Archive, openArchive } from "./archive";
import { checkNew, checkOf, type CheckRecord } from "./backup-check";
import { writeKeys } from "./config-map";
import { archivePlace } from "./dump-place";
import { dumpShelf } from "./dumps";
import { EventType, recordEvent, subjectOf } from "./event";
import { findBackups, type InstanceBackups } from "./instance-backups";
import { archiveOf } from "./instance-health";
import { kinds, type KubernetesApi } from "./kubernetes";
import { type Operation, RequestError, type RequestReader } from "./operation";
import { leaveOnJob } from "./result";
import { type DumpShelf, type RetentionOutcome, runRetention } from "./retention-run";
import { type JobContext, runJobFrom } from "./run-job";
import type { Clock } from "./waiting";

/** Request of `backup-keeper`. */
export interface BackupKeeperRequest {
  namespace: string;
  instance: string;
  /** Name of the ObjectStore. */
  store: string;
  /** Names of further archives, besides those of the generations that are there. */
  archives: string[];
  policy: RetentionPolicyArgs;
  /** ConfigMap with what was found and done. */
  configMap: string;
  /** Only plans: nothing is checked, marked, released, pruned or written. */
  dryRun: boolean;
  /** Plans for another time; only with `dryRun`. RFC 3339. @default the present */
  now?: string;
}

/** What became of one backup. Times are RFC 3339 texts. */
export interface KeptBackup {
  id: string;
  kind: string;
  series?: string;
  state: string;
  begin: string;
  end?: string;
  ours?: boolean;
  keep?: { target: string; ours: boolean };
  action: RetentionAction;
  reason: string;
  points: TierPoint[];
}

/** What a run of `backup-keeper` leaves on its Job and in its ConfigMap. */
export interface KeeperResult {
  /** RFC 3339. */
  asOf: string;
  dryRun: boolean;
  timeZone: string;
  policy: RetentionPolicyArgs;
  /** The newest, as many as fit into an annotation. */
  decisions: KeptBackup[];
  /** How many older ones are left out. */
  omitted: number;
  /** What was done, as sentences. */
  done: string[];
  warnings: string[];
  /** What could not be looked at or done. */
  failures: string[];
}

/** What the keeper needs. */
export interface KeeperContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
  /** The archive in the store, opened when first needed. */
  archive: () => Promise<Pick<Archive, "survey" | "check" | "keep" | "release">>;
  dumps?: DumpShelf;
}

/** Bytes of the decisions: annotations may have 256 KiB together. */
const decisionBytes = 180_000;

/** Longest lists of sentences, and of checks. */
const mostSentences = 200;
const mostChecks = 500;

/** Milliseconds after which a gap is looked at again: segments that are archived side by side arrive in any order. */
const gapPause = 20_000;

/**
 * Checks new backups and carries out retention.
 * @returns what was found and done; it has failures where something could not be looked at
 */
export async function keepBackups(
  request: BackupKeeperRequest,
  context: KeeperContext,
): Promise<KeeperResult> {
  const { namespace, instance, dryRun, policy } = request;
  const found = await findBackups(context.api, namespace, instance);
  const archives = archivesOf(found);
  const server = (cluster: string): string => archives.get(cluster) ?? cluster;
  const unchecked = dryRun ? [] : await checkAll(found, server, request, context);
  const now = request.now === undefined ? context.clock.now() : new Date(request.now);
  const outcome = await runRetention(
    {
      ...{ namespace, store: request.store, policy, now, dryRun },
      configMap: configMapOf(request),
      servers: [...new Set([...archives.values(), ...request.archives])],
      backups: found.backups,
      archiveOf: server,
    },
    context,
  );
  const gaps = dryRun ? [] : await alarmGaps(found, outcome.surveys, context);
  const result = resultOf(request, now, outcome, gaps, unchecked);
  if (!dryRun) await writeKeys(context.api, configMapOf(request), { "retention.json": result });
  return result;
}

function configMapOf({ namespace, instance, configMap: name }: BackupKeeperRequest) {
  return { namespace, name, labels: instanceLabels(instance) };
}

/** Archives by Cluster; those that do not archive have none. */
function archivesOf({ clusters }: InstanceBackups): Map<string, string> {
  return new Map(
    clusters.flatMap(cluster => {
      const archive = archiveOf(cluster);
      return archive === undefined ? [] : [[cluster.metadata.name ?? "", archive] as const];
    }),
  );
}

async function checkAll(
  { backups, clusters, unlabelled }: InstanceBackups,
  server: (cluster: string) => string,
  request: BackupKeeperRequest,
  context: KeeperContext,
): Promise<string[]> {
  // By the labels they stay ours when their schedule is gone.
  const change = { metadata: { labels: instanceLabels(request.instance) } };
  for (const name of unlabelled) await context.api.patch(kinds.backup, request.namespace, name, change);
  const failures = await checkNew(backups, clusters, server, context);
  const records = backups.flatMap(backup => {
    const record = checkOf(backup);
    return record === undefined ? [] : [[backup.metadata.name ?? "", record] as const];
  });
  const checks: Record<string, CheckRecord> = Object.fromEntries(records.slice(-mostChecks));
  await writeKeys(context.api, configMapOf(request), { "checks.json": checks });
  return failures;
}

/** A missing segment is no fault of any one backup, but nothing behind it can be restored. */
async function alarmGaps(
  { clusters }: InstanceBackups,
  surveys: readonly ArchiveSurvey[],
  context: KeeperContext,
): Promise<string[]> {
  const alarms: string[] = [];
  for (const { server } of surveys.filter(survey => gapOf(survey) !== undefined)) {
    await context.clock.sleep(gapPause);
    const gap = gapOf(await (await context.archive()).survey(server, { readCommits: false }));
    if (gap === undefined) continue;
    const message = `Archive ${server} lacks ${gap.missing.length === 1 ? "WAL segment" : `${gap.missing.length} WAL segments, the first is`} ${gap.missing[0]}: after base backup ${gap.backup} nothing behind it can be restored. Take another: pulumi-cnpg backup now.`;
    alarms.push(message);
    const cluster = clusters.find(candidate => archiveOf(candidate) === server);
    if (cluster === undefined) continue;
    const about = subjectOf(cluster);
    await recordEvent(context.api, context.clock, {
      about,
      type: EventType.Warning,
      reason: "ArchiveGap",
      message,
    });
  }
  return alarms;
}

/** What is missing since the oldest base backup whose WAL Barman keeps. With a mark it keeps only the WAL that makes a backup consistent. */
function gapOf(survey: ArchiveSurvey): { backup: string; missing: string[] } | undefined {
  const good = survey.baseBackups.filter(({ state, beginWal }) => {
    return state === BackupState.Completed && beginWal !== undefined;
  });
  const base = good.find(({ keep }) => keep === undefined) ?? good.at(-1);
  if (base?.beginWal === undefined) return undefined;
  const missing = missingWal(survey, base.beginWal);
  return missing.length === 0 ? undefined : { backup: base.id, missing };
}

function resultOf(
  request: BackupKeeperRequest,
  now: Date,
  { plan, done, failures }: RetentionOutcome,
  gaps: string[],
  unchecked: string[],
): KeeperResult {
  const decisions = plan.decisions.map(keptBackup);
  const kept = newestThatFit(decisions);
  return {
    asOf: now.toISOString(),
    dryRun: request.dryRun,
    timeZone: plan.timeZone,
    policy: request.policy,
    decisions: decisions.filter(decision => kept.has(decision)),
    omitted: decisions.length - kept.size,
    done: done.slice(0, mostSentences),
    warnings: [...plan.warnings, ...gaps].slice(0, mostSentences),
    failures: [...unchecked, ...failures].slice(0, mostSentences),
  };
}

function keptBackup({ backup, ...decision }: RetentionDecision): KeptBackup {
  const { begin, end, ...facts } = backup;
  return {
    ...facts,
    begin: begin.toISOString(),
    ...(end === undefined ? {} : { end: end.toISOString() }),
    ...decision,
  };
}

function newestThatFit(decisions: readonly KeptBackup[]): Set<KeptBackup> {
  const kept = new Set<KeptBackup>();
  let bytes = 0;
  for (const decision of decisions.toSorted((a, b) => b.begin.localeCompare(a.begin))) {
    bytes += Buffer.byteLength(JSON.stringify(decision)) + 1;
    if (bytes > decisionBytes) break;
    kept.add(decision);
  }
  return kept;
}

/** What the keeper of an instance would do now, and why; carried out by a Job of the cluster, which alone reaches the store. */
export async function planFor(
  {
    namespace,
    instance,
    timeoutSeconds = 600,
  }: { namespace: string; instance: string; timeoutSeconds?: number },
  context: JobContext,
): Promise<KeeperResult> {
  const cronJob = keeperName(instance);
  return runJobFrom(context, { namespace, cronJob, request: { dryRun: true }, timeoutSeconds });
}

/** CronJob, ServiceAccount and ConfigMap of the keeper of an instance. */
export function keeperName(instance: string): string {
  return `${instance}-backups`;
}

export const backupKeeper: Operation<BackupKeeperRequest> = {
  help: `Checks new backups of an instance, and carries out their retention: base backups are marked and released, snapshots and dumps pruned.
Request: namespace, instance, store, archives (further ones), policy {recoveryWindowDays, dailyRetentionDays, weeklyRetentionWeeks,
  monthlyRetentionMonths, yearlyRetentionYears, timeZone}, configMap, dryRun (false), now (with dryRun).
Result: decisions [{id, kind, series, action, reason, …}], done, warnings, failures.`,
  read: readRequest,
  async run(request, context) {
    let opened: Promise<Archive> | undefined;
    const archive = (): Promise<Archive> =>
      (opened ??= openArchive(context, request.namespace, request.store));
    const dumps = dumpShelf(
      async () => archivePlace(await archive()),
      request.instance,
      () => context.clock.now(),
    );
    const result = await keepBackups(request, { ...context, archive, dumps });
    for (const warning of result.warnings) context.say(warning);
    await leaveOnJob(result, context);
    if (result.failures.length > 0) throw new Error(result.failures.join(" "));
  },
};

function readRequest(json: RequestReader): BackupKeeperRequest {
  const now = json.optionalText("now");
  const dryRun = json.boolean("dryRun", false);
  if (now !== undefined && readTimestamp(now) === undefined)
    throw new RequestError("now", "is no time with a zone");
  if (now !== undefined && !dryRun)
    throw new RequestError("now", "needs dryRun: nothing is removed by another time");
  return {
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    store: json.text("store"),
    archives: json.texts("archives"),
    policy: readPolicy(json.optionalObject("policy")),
    configMap: json.text("configMap"),
    dryRun,
    ...(now === undefined ? {} : { now }),
  };
}

function readPolicy(json: RequestReader | undefined): RetentionPolicyArgs {
  if (json === undefined) throw new RequestError("policy", "is missing");
  const policy: RetentionPolicyArgs = {
    recoveryWindowDays: json.integer("recoveryWindowDays", 1, 3650, defaultRecoveryWindowDays),
    dailyRetentionDays: json.integer("dailyRetentionDays", 0, 3650, 0),
    weeklyRetentionWeeks: json.integer("weeklyRetentionWeeks", 0, 520, 0),
    monthlyRetentionMonths: json.integer("monthlyRetentionMonths", 0, 1200, 0),
    yearlyRetentionYears: json.integer("yearlyRetentionYears", 0, 100, 0),
    timeZone: json.optionalText("timeZone") ?? defaultTimeZone,
  };
  const [problem] = policyProblems(policy);
  if (problem !== undefined) throw new RequestError(`policy.${problem.argument}`, problem.problem);
  return policy;
}
