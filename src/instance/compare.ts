import type { ArgumentProblem } from "../argument-error";
import type { AvailabilityRecord } from "../availability/changes";
import { budgetFinding, memoryBudget } from "../parameters/budget";
import { type ChangePlan, interimParameters, planChange, type ServerFacts } from "../parameters/change-plan";
import { type ParameterFinding, Severity } from "../parameters/finding";
import type { Workload } from "../parameters/profile-args";
import { type FollowRecord, followChangeProblems, followRecord } from "../replica/compare";
import type { PostgresInstanceArgs } from "./args";
import { compareQuantities } from "../quantity";
import { instanceProblem } from "./problem";
import { archiveOf, type ResolvedGeneration, type ResolvedInstance } from "./resolve";

/** What an update needs to know of the arguments of the one before. Holds no secret. */
export interface InstanceRecord {
  name: string;
  namespace: string;
  database: string;
  owner: string;
  activeGeneration: string;
  generations: Record<string, GenerationRecord>;
  /** What a change of parameters of the active generation depends on; absent from records of older versions. */
  server?: ServerRecord;
  /** How available it is; absent from records of older versions. */
  availability?: AvailabilityRecord;
  /** Whether it archives; absent from records of older versions. */
  archives?: boolean;
  /** Whom it followed or could follow. */
  follow?: FollowRecord;
  /** Consents that belong to this update only. */
  confirmReplacement?: string;
  confirmDestructive?: string;
  droppedGenerations?: string[];
}

/** The server of the active generation, and whether its restarts are held back. */
export interface ServerRecord extends ServerFacts {
  held: boolean;
  /** Memory limit, bytes. */
  memory: number;
  workload?: Workload;
  acceptMemoryRisk: boolean;
}

/** What an update needs to know of one generation. */
export interface GenerationRecord {
  major: number;
  storage: string;
  storageClass?: string;
  walStorage?: string;
  /** The `initdb` options or what it was restored from, as JSON. */
  origin: string;
  /** Whether it was restored; absent from records of older versions. */
  restored?: boolean;
  /** Name of its archive; absent from records of older versions. */
  archive?: string;
}

/** Arguments that the record holds as they are, and the one whose presence counts. */
type RecordedArgs = Pick<
  PostgresInstanceArgs,
  "confirmReplacement" | "confirmDestructive" | "droppedGenerations" | "backup"
>;

/**
 * The record of an instance, kept in the state of the stack.
 * @param rollout text that changes when the pods are re-created
 */
export function instanceRecord(
  instance: ResolvedInstance,
  { backup, ...consent }: RecordedArgs,
  rollout?: string,
): InstanceRecord {
  const generations: Record<string, GenerationRecord> = {};
  for (const g of instance.generations) {
    generations[g.generation] = {
      major: g.major,
      storage: g.storage.size,
      storageClass: g.storage.storageClass,
      walStorage: g.walStorage?.size,
      origin: JSON.stringify(originOf(instance, g)),
      restored: g.restoredFrom !== undefined,
      archive: g.archive,
    };
  }
  const { name, namespace, database, owner, active, server, availability } = instance;
  return {
    name,
    namespace,
    database,
    owner,
    activeGeneration: active.generation,
    generations,
    server: { ...server, rollout },
    availability: { instances: availability.instances, lease: availability.lease },
    archives: backup !== undefined,
    follow: followRecord(instance),
    ...consent,
  };
}

/** The same for the same data: a generation that was dropped goes on as the archive that it left. */
function originOf(instance: ResolvedInstance, { restoredFrom, copy, initdb }: ResolvedGeneration): object {
  if (copy !== undefined) return { copied: true };
  if (restoredFrom === undefined) return { initdb };
  const { generation, archive, ...rest } = { ...restoredFrom, store: undefined };
  const from = generation === undefined ? archive : archiveOf(instance, generation);
  return { ...rest, archive: from };
}

/** What this update does to the servers because of changed parameters; undefined when there is nothing to compare with. */
export function parameterPlan(before: InstanceRecord, now: InstanceRecord): ChangePlan | undefined {
  if (before.server === undefined || now.server === undefined) return undefined;
  const same = before.namespace === now.namespace && before.name === now.name;
  if (!same || before.activeGeneration !== now.activeGeneration) return undefined;
  return planChange(before.server, now.server, now.server.held);
}

/** What must not be changed in the way `now` differs from `before`. */
export function changeProblems(
  resource: string,
  before: InstanceRecord,
  now: InstanceRecord,
): ArgumentProblem[] {
  const replaced = before.name !== now.name || before.namespace !== now.namespace;
  if (replaced) return replacementProblems(resource, before, now);
  const problems: ArgumentProblem[] = [];
  for (const what of ["database", "owner"] as const) {
    if (before[what] === now[what]) continue;
    problems.push(
      problem(
        resource,
        what,
        now[what],
        `was "${before[what]}" and is made only once, so the change would do nothing.`,
        `Set it back, and add a database or a role instead.`,
      ),
    );
  }
  for (const [number, old] of Object.entries(before.generations)) {
    const own = now.generations[number];
    problems.push(
      ...(own === undefined
        ? droppedProblems(resource, number, before, now)
        : generationProblems(resource, number, old, own)),
    );
  }
  problems.push(...restoreProblems(resource, before, now));
  problems.push(
    ...followChangeProblems(before.follow, now.follow).map(found => instanceProblem(resource, found)),
  );
  const findings = [...(parameterPlan(before, now)?.problems ?? []), ...interimFindings(before, now)];
  problems.push(...refusals(resource, findings));
  return problems;
}

/** A flip to restored data takes away from clients what was written since, so it must be meant. */
function restoreProblems(resource: string, before: InstanceRecord, now: InstanceRecord): ArgumentProblem[] {
  const { activeGeneration, name, generations } = now;
  if (before.activeGeneration === activeGeneration || generations[activeGeneration]?.restored !== true)
    return [];
  if (now.confirmDestructive === name) return [];
  return [
    problem(
      resource,
      "activeGeneration",
      activeGeneration,
      `was restored, so clients would see its data in place of that of generation ${before.activeGeneration}.`,
      `If that is meant, repeat the name: confirmDestructive: "${name}". Generation ${before.activeGeneration} keeps its data.`,
    ),
  ];
}

/** What a change of the archive means, as sentences. */
export function archiveChanges(before: InstanceRecord, now: InstanceRecord): string[] {
  const { activeGeneration } = now;
  if (before.archives === true && now.archives === false)
    return ["WAL is archived no longer: nothing that is written from now on can be restored."];
  if (before.archives !== true && now.archives === true)
    return [
      "WAL is archived from now on, and the pods restart once for it. A restore needs a base backup after this update.",
    ];
  if (now.archives !== true || before.activeGeneration !== activeGeneration) return [];
  const [old, archive] = [before, now].map(({ generations }) => generations[activeGeneration]?.archive);
  return old === undefined || old === archive
    ? []
    : [
        `The archive changes from ${old} to ${archive}, which begins empty. A restore needs a base backup after this update.`,
      ];
}

/** While restarts are held back, new values that reload meet old ones that restart: together they may need more memory than either. */
function interimFindings(before: InstanceRecord, now: InstanceRecord): ParameterFinding[] {
  const { server } = now;
  if (server?.held !== true || before.server === undefined) return [];
  if (before.activeGeneration !== now.activeGeneration || before.server.major !== server.major) return [];
  const { major, memory, workload, acceptMemoryRisk } = server;
  const budget = memoryBudget(interimParameters(before.server, server), { major, memory, workload });
  const finding = budgetFinding(budget, acceptMemoryRisk);
  return finding === undefined
    ? []
    : [{ ...finding, problem: `while restarts are held back, ${finding.problem}` }];
}

function refusals(resource: string, findings: ParameterFinding[]): ArgumentProblem[] {
  return findings
    .filter(({ severity }) => severity === Severity.Refused)
    .map(({ parameter, value, problem: text, remedy }) =>
      problem(resource, `parameters.${parameter}`, value, text, remedy ?? "Set it back."),
    );
}

function replacementProblems(
  resource: string,
  before: InstanceRecord,
  now: InstanceRecord,
): ArgumentProblem[] {
  const accepted = [before.name, `${before.namespace}/${before.name}`];
  if (now.confirmReplacement !== undefined && accepted.includes(now.confirmReplacement)) return [];
  const [argument, value, old] =
    before.name === now.name
      ? ["namespace", now.namespace, before.namespace]
      : ["name", now.name, before.name];
  return [
    problem(
      resource,
      argument,
      value,
      `was "${old}". A change creates a new and empty instance; the data stays with the old one.`,
      `Set it back, or set confirmReplacement: "${before.name}" if an empty instance is wanted.`,
    ),
  ];
}

function droppedProblems(
  resource: string,
  number: string,
  before: InstanceRecord,
  now: InstanceRecord,
): ArgumentProblem[] {
  if (before.activeGeneration === number && now.activeGeneration === number) return [];
  if (now.droppedGenerations?.includes(number) === true) return [];
  return [
    problem(
      resource,
      "generations",
      Object.keys(now.generations),
      `no longer has generation "${number}", which would be removed with its data.`,
      `Put it back, or repeat it: droppedGenerations: ["${number}"].`,
    ),
  ];
}

function generationProblems(
  resource: string,
  number: string,
  before: GenerationRecord,
  now: GenerationRecord,
): ArgumentProblem[] {
  const problems: ArgumentProblem[] = [];
  const add = (argument: string, value: unknown, text: string, remedy: string): void => {
    problems.push(
      problem(resource, number === "1" ? argument : `generations.${number}.${argument}`, value, text, remedy),
    );
  };
  if (compareQuantities(now.storage, before.storage) < 0) {
    add(
      "storage.size",
      now.storage,
      `is smaller than the ${before.storage} it has, and volumes do not shrink.`,
      "Set it back, or add a generation with the smaller size.",
    );
  }
  if (before.walStorage !== undefined && now.walStorage === undefined) {
    add(
      "walStorage",
      undefined,
      "cannot be removed from an existing generation.",
      "Put it back, or add a generation without it.",
    );
  }
  if (
    before.walStorage !== undefined &&
    now.walStorage !== undefined &&
    compareQuantities(now.walStorage, before.walStorage) < 0
  ) {
    add(
      "walStorage.size",
      now.walStorage,
      `is smaller than the ${before.walStorage} it has, and volumes do not shrink.`,
      "Set it back, or add a generation with the smaller size.",
    );
  }
  if (now.storageClass !== before.storageClass) {
    add(
      "storage.storageClass",
      now.storageClass,
      `was ${before.storageClass ?? "the default class"}, and existing volumes keep their class.`,
      "Set it back, or add a generation with the new class.",
    );
  }
  if (now.major < before.major) {
    add(
      "version",
      String(now.major),
      `is older than ${before.major}; PostgreSQL cannot go back to an older major.`,
      "Set it back, or restore into a new generation.",
    );
  }
  if (now.origin !== before.origin) {
    add(
      before.restored === true || now.restored === true ? "restoredFrom" : "initdb",
      undefined,
      "is read only when the generation is created, so the change would do nothing.",
      "Set it back, or add a generation.",
    );
  }
  return problems;
}

function problem(
  resource: string,
  argument: string,
  value: unknown,
  text: string,
  remedy: string,
): ArgumentProblem {
  return instanceProblem(resource, { argument, value, problem: text, remedy });
}
