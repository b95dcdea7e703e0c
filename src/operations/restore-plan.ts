import type { ArchiveSurvey } from "../backup/archive/survey";
import { ownLabels } from "../cnpg/metadata";
import { clusterName, instanceNames } from "../instance/names";
import {
  generationArguments,
  type GenerationArguments,
  type NewInstanceArguments,
  nextGeneration,
  plannedSource,
} from "../restore/arguments";
import { type LocatedMoment, planRestore, type RestorePlan } from "../restore/plan";
import { ratesOf } from "../restore/rates";
import type { RestoreRefusal } from "../restore/refusal";
import type { RestoreTargetArgs } from "../restore/source-args";
import { MomentKind, momentsOf } from "../restore/target";
import type { LocateResult } from "./archive-locate";
import { surveyArchives } from "./archive-surveys";
import { drillHistory } from "./drill-history";
import { findInstance, type FoundInstance } from "./instance";
import { archiveOf } from "./instance-health";
import { kinds } from "./kubernetes";
import { type JobContext, runJobFrom } from "./run-job";
import type { ClusterManifest } from "./settle";

/** What is to be restored, and where to. */
export interface RestorePlanRequest {
  namespace: string;
  /** The instance whose archive is read. */
  instance: string;
  /** Without anything that `targetProblems` finds. */
  target: RestoreTargetArgs;
  /** @default the newest good base backup that ended before the target */
  backupId?: string;
  /** Generation whose archive is read. @default the one that serves clients */
  generation?: string;
  /** Name of the archive that is read, for instance that of a generation that was dropped. @default that of the generation */
  archive?: string;
  /** Name of a new instance that is made of it. @default a new generation of the same instance */
  newInstance?: string;
  /** Name of the archive that the new generation writes. @default the name of its Cluster */
  newArchive?: string;
  /** Seconds each look at the store may take. @default 900 */
  timeoutSeconds?: number;
}

/** A planned restore, or why it cannot be. */
export interface PlannedRestore {
  namespace: string;
  instance: string;
  /** When the archive was looked at, RFC 3339. */
  asOf: string;
  store: string;
  /** The archive that is read, and the generation it belongs to. */
  archive: string;
  generation?: string;
  /** Name of a new instance. */
  newInstance?: string;
  /** The generation that is made. */
  newGeneration: string;
  /** The archive it writes. */
  newArchive: string;
  plan?: RestorePlan;
  /** Empty when there is a plan that can be carried out. */
  refused: RestoreRefusal[];
  /** For `PostgresInstance`; absent when it is refused. */
  arguments?: GenerationArguments | NewInstanceArguments;
}

/**
 * Asks the store how a moment is restored: with which base backup, how much WAL and how long. Changes nothing.
 * @throws Error when the instance or its store cannot be asked
 */
export async function planRestoreOf(
  request: RestorePlanRequest,
  context: JobContext,
): Promise<PlannedRestore> {
  const { namespace, instance: name } = request;
  const instance = await findInstance(context.api, namespace, name);
  const { store } = instance.facts;
  if (store === undefined) {
    throw new Error(
      `${namespace}/${name} does not archive, so there is nothing to restore from. Give it the argument backup: { store } and run pulumi up.`,
    );
  }
  const places = await placesOf(instance, request, context);
  const { timeoutSeconds = 900 } = request;
  const surveys = await surveyArchives(context, {
    namespace,
    instance: name,
    servers: [places.archive, places.newArchive],
    timeoutSeconds,
  });
  const survey = surveys[places.archive] as ArchiveSurvey;
  const reports = await drillHistory(context.api, namespace, name);
  const rates = ratesOf(reports, survey.walSegmentSize);
  const located = await locate(request, { ...places, store: store.name }, survey, context);
  const result = planRestore(
    survey,
    { target: request.target, backupId: request.backupId, located },
    { now: context.clock.now(), ...(rates === undefined ? {} : { rates }) },
  );
  const refused = [
    ...("refused" in result ? [result.refused] : []),
    ...inUse(surveys[places.newArchive] as ArchiveSurvey, places, request),
  ].map(refusal => forInstance(refusal, name));
  return {
    namespace,
    instance: name,
    asOf: survey.asOf,
    store: store.name,
    ...places,
    refused,
    ...("plan" in result ? { plan: result.plan } : {}),
    ...("plan" in result && refused.length === 0
      ? { arguments: argumentsOf(result.plan, places, request) }
      : {}),
  };
}

interface Places {
  archive: string;
  generation?: string;
  newInstance?: string;
  newGeneration: string;
  newArchive: string;
  existing: string[];
}

async function placesOf(
  { cluster }: FoundInstance,
  request: RestorePlanRequest,
  { api }: JobContext,
): Promise<Omit<Places, "existing"> & { existing: string[] }> {
  const { namespace, instance, newInstance } = request;
  const clusters = await api.list<ClusterManifest>(kinds.cluster, namespace, {
    [ownLabels.instance]: instance,
  });
  const existing = clusters.flatMap(({ metadata }) => metadata.labels?.[ownLabels.generation] ?? []);
  const active = cluster.metadata.labels?.[ownLabels.generation];
  const generation = request.archive === undefined ? (request.generation ?? active) : undefined;
  const newGeneration = newInstance === undefined ? nextGeneration(existing) : "1";
  return {
    archive: request.archive ?? archiveOfGeneration(generation, clusters, cluster, request),
    ...(generation === undefined ? {} : { generation }),
    ...(newInstance === undefined ? {} : { newInstance }),
    newGeneration,
    newArchive: request.newArchive ?? clusterName(newInstance ?? instance, newGeneration),
    existing,
  };
}

function archiveOfGeneration(
  generation: string | undefined,
  clusters: readonly ClusterManifest[],
  active: ClusterManifest,
  { namespace, instance }: RestorePlanRequest,
): string {
  const found =
    clusters.find(({ metadata }) => metadata.labels?.[ownLabels.generation] === generation) ??
    (generation === active.metadata.labels?.[ownLabels.generation] ? active : undefined);
  if (found === undefined) {
    const numbers = clusters.flatMap(({ metadata }) => metadata.labels?.[ownLabels.generation] ?? []);
    throw new Error(
      `${namespace}/${instance} has no generation ${generation}; it has ${numbers.join(", ")}. The archive of one that was dropped is named with --archive.`,
    );
  }
  const archive = archiveOf(found);
  if (archive === undefined) {
    throw new Error(
      `Generation ${generation} of ${namespace}/${instance} does not archive. Name the archive it wrote with --archive.`,
    );
  }
  return archive;
}

/** Looks for a transaction or restore point in the WAL; undefined when there is nothing to look for, or not everything was read. */
async function locate(
  { namespace, instance, target, timeoutSeconds = 900 }: RestorePlanRequest,
  { archive, store }: Places & { store: string },
  { baseBackups }: ArchiveSurvey,
  context: JobContext,
): Promise<LocatedMoment | null | undefined> {
  const [kind] = momentsOf(target);
  const isHidden = kind === MomentKind.TransactionId || kind === MomentKind.RestorePoint;
  if (!isHidden || baseBackups.length === 0) return undefined;
  const { transactionId, restorePoint } = target;
  const result = await runJobFrom<LocateResult>(context, {
    namespace,
    cronJob: instanceNames(instance).archive,
    operation: "archive-locate",
    request: {
      store,
      server: archive,
      ...(kind === MomentKind.TransactionId ? { transactionId } : { restorePoint }),
    },
    timeoutSeconds,
  });
  return result.located ?? (result.complete ? null : undefined);
}

/** An archive belongs to one server: a second one would make both useless. */
function inUse(
  survey: ArchiveSurvey,
  { newArchive, newInstance }: Places,
  { namespace }: RestorePlanRequest,
): RestoreRefusal[] {
  const { baseBackups, wal, bytes, store } = survey;
  if (baseBackups.length === 0 && wal.length === 0 && bytes === 0) return [];
  const segments = wal.reduce((sum, range) => sum + range.segments, 0);
  const whose = newInstance === undefined ? "The new generation" : `${namespace}/${newInstance}`;
  return [
    {
      problem: `${whose} would write into archive ${newArchive} of store ${store}, which is in use: it holds ${counted(baseBackups.length, "base backup")} and ${counted(segments, "WAL segment")} of another server.`,
      remedy:
        "Give it another name with --new-archive, which becomes the argument archive of the generation.",
    },
  ];
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

/** Remedies name commands for any instance; a person copies them. */
function forInstance({ problem, remedy }: RestoreRefusal, instance: string): RestoreRefusal {
  return { problem, remedy: remedy.replaceAll("<instance>", instance) };
}

function argumentsOf(
  plan: RestorePlan,
  { archive, generation, newGeneration, newArchive, existing, newInstance }: Places,
  request: RestorePlanRequest,
): GenerationArguments | NewInstanceArguments {
  const isOwn = generation !== undefined && newInstance === undefined;
  const source = plannedSource(plan, isOwn ? { generation } : { archive });
  const own = request.newArchive === undefined ? {} : { archive: newArchive };
  if (newInstance === undefined)
    return generationArguments(existing, newGeneration, { restoredFrom: source, ...own });
  if (request.newArchive === undefined) return { restore: source };
  return generationArguments([], newGeneration, { restoredFrom: source, ...own });
}
