import { amountText, GiB, MiB, percentText, quantityText, settingText } from "./amount";
import { type Catalogue, findDefinition, loadCatalogue } from "./catalogue";
import { effectiveBytes, effectiveNumber } from "./effective";
import { type ParameterFinding, ParameterRule, Severity } from "./finding";
import { findLevers, type MemoryLever } from "./lever";
import {
  autovacuumMemory,
  hashFactor,
  memoryParts,
  type MemoryParts,
  type MemoryUse,
  parallelProcesses,
  processMemory,
  processSlots,
  queryShare,
  safeShare,
  slotMemory,
  sumParts,
  walBuffers,
} from "./memory-use";
import type { Workload } from "./profile-args";

/** One part of the memory at full load. */
export interface MemoryTerm {
  /** For example `connections`. */
  name: string;
  bytes: number;
  /** How it is reckoned, for example `max_connections 100 × 8 MiB`. */
  formula: string;
  /** The parameter that decides most of it. */
  parameter?: string;
}

/** The memory of a server at full load, compared with the limit of its container. Sizes in bytes. */
export interface MemoryBudget {
  /** Memory limit of the PostgreSQL container. */
  limit: number;
  total: number;
  /** `total` by `limit`; above 0.85 it is warned of, above 1 refused. */
  share: number;
  /** The parts of the total. */
  terms: MemoryTerm[];
  /** The change of one parameter that frees most; only above 85 %. */
  lever?: MemoryLever;
  /** Changes that bring the total to 85 %, the one that frees most first; only above 85 %. */
  levers: MemoryLever[];
  /** The levers suffice only together; `total` of each is with those before it. */
  together: boolean;
  /** A memory limit that suffices; only above 85 %, and only where there is one. */
  enough?: number;
  /** Memory limits of the sidecars, which are not part of the total. */
  sidecars: number;
  /** What the pod needs on its node: limit and sidecars. */
  pod: number;
}

/** The pod a budget is for. */
export interface BudgetOptions {
  /** PostgreSQL major, 14 to 18. */
  major: number;
  /** Memory limit of the PostgreSQL container, bytes. */
  memory: number;
  /** How much of `work_mem` sessions use depends on it. Default: as `generalPurpose`. */
  workload?: Workload;
  /** Memory limits of the other containers of the pod, bytes. Default: 0. */
  sidecarMemory?: number;
}

/**
 * Adds up the memory of a server at full load: every connection busy, every parallel and autovacuum worker running.
 * Parameters that are not given have CloudNativePG's default, else the server's.
 */
export function memoryBudget(parameters: Record<string, string>, options: BudgetOptions): MemoryBudget {
  const { memory, workload, sidecarMemory = 0 } = options;
  const use = memoryUse(loadCatalogue(options.major), parameters);
  const share = queryShare(workload);
  const total = (limit: number): number => sumParts(memoryParts(use, limit, share));
  const budget: MemoryBudget = {
    limit: memory,
    total: total(memory),
    share: total(memory) / memory,
    terms: memoryTerms(use, memoryParts(use, memory, share), share),
    levers: [],
    together: false,
    sidecars: sidecarMemory,
    pod: memory + sidecarMemory,
  };
  if (budget.share <= safeShare) return budget;
  const { levers, together } = findLevers(use, memory, share);
  return {
    ...budget,
    lever: levers[0],
    levers,
    together,
    enough: enoughMemory(memory, limit => total(limit) / limit),
  };
}

/** Memory limits to propose: 512Mi, 768Mi, 1Gi, 1536Mi, 2Gi and so on to 12Ti. */
const roundLimits: readonly number[] = Array.from({ length: 15 }, (_, power) => [
  2 ** power * (GiB / 2),
  2 ** power * ((3 * GiB) / 4),
]).flat();

/** The least round limit above the present one that keeps full load within 85 %; undefined when there is none. */
export function enoughMemory(limit: number, share: (limit: number) => number): number | undefined {
  return roundLimits.find(larger => larger > limit && share(larger) <= safeShare);
}

/** The values a server with these parameters runs with, as far as its memory depends on them. */
function memoryUse(catalogue: Catalogue, parameters: Record<string, string>): MemoryUse {
  // A value that the server refuses is a finding of its own; here the default stands for it.
  const count = (name: string): number =>
    effectiveNumber(catalogue, parameters, name) ?? effectiveNumber(catalogue, {}, name) ?? 0;
  const bytes = (name: string): number => {
    if (count(name) < 0) return -1;
    return effectiveBytes(catalogue, parameters, name) ?? effectiveBytes(catalogue, {}, name) ?? 0;
  };
  const slots = "autovacuum_worker_slots";
  return {
    sharedBuffers: bytes("shared_buffers"),
    walBuffers: bytes("wal_buffers"),
    maxConnections: count("max_connections"),
    maxWorkerProcesses: count("max_worker_processes"),
    maxWalSenders: count("max_wal_senders"),
    maxPreparedTransactions: count("max_prepared_transactions"),
    maxLocksPerTransaction: count("max_locks_per_transaction"),
    autovacuumSlots: count(findDefinition(catalogue, slots) === undefined ? "autovacuum_max_workers" : slots),
    autovacuumWorkers: count("autovacuum_max_workers"),
    autovacuumWorkMem: bytes("autovacuum_work_mem"),
    maintenanceWorkMem: bytes("maintenance_work_mem"),
    parallelWorkers: count("max_parallel_workers"),
    parallelWorkersPerGather: count("max_parallel_workers_per_gather"),
    workMem: bytes("work_mem"),
    hashMemMultiplier: count("hash_mem_multiplier"),
  };
}

function memoryTerms(use: MemoryUse, parts: MemoryParts, share: number): MemoryTerm[] {
  const process = amountText(processMemory(use.sharedBuffers));
  const parallel = parallelProcesses(use);
  const hash = hashFactor(use.hashMemMultiplier);
  const buffers = `wal_buffers ${settingText(Math.round(walBuffers(use)))}`;
  const tables =
    processMemory(use.sharedBuffers) > 8 * MiB ? ", page tables of shared_buffers among them" : "";
  const vacuumName = use.autovacuumWorkMem < 0 ? "maintenance_work_mem" : "autovacuum_work_mem";
  return [
    {
      name: "shared memory",
      bytes: parts.shared,
      formula:
        `1.03 × shared_buffers ${settingText(use.sharedBuffers)} + ${buffers} + 6 MiB ` +
        `+ ${processSlots(use)} process slots × ${Math.round(slotMemory(use) / 1024)} KiB`,
      parameter: "shared_buffers",
    },
    {
      name: "connections",
      bytes: parts.connections,
      formula: `max_connections ${use.maxConnections} × ${process}${tables}`,
      parameter: "max_connections",
    },
    {
      name: "query memory",
      bytes: parts.queries,
      formula:
        (parallel > 0
          ? `(max_connections ${use.maxConnections} + parallel workers ${parallel})`
          : `max_connections ${use.maxConnections}`) +
        ` × work_mem ${settingText(use.workMem)} × ${share}` +
        (hash > 1 ? ` × hash_mem_multiplier ${use.hashMemMultiplier} / 2` : ""),
      parameter: "work_mem",
    },
    {
      name: "parallel workers",
      bytes: parts.parallel,
      formula: `${parallel} of max_parallel_workers ${use.parallelWorkers} × ${process}`,
      parameter: "max_parallel_workers",
    },
    {
      name: "autovacuum",
      bytes: parts.autovacuum,
      formula: `autovacuum_max_workers ${use.autovacuumWorkers} × ${vacuumName} ${settingText(autovacuumMemory(use))}`,
      parameter: vacuumName,
    },
    {
      name: "reserve",
      bytes: parts.reserve,
      formula: "instance manager, server processes and kernel: 6 % of the limit, at least 96 MiB",
    },
  ];
}

/**
 * What is to be said about a budget: nothing up to 85 % of the limit, a warning up to 100 %, above it a refusal
 * unless the risk is accepted.
 */
export function budgetFinding(budget: MemoryBudget, accepted: boolean): ParameterFinding | undefined {
  if (budget.share <= safeShare) return undefined;
  const over = budget.share > 1;
  const refused = over && !accepted;
  const sum = budget.terms
    .filter(({ bytes }) => bytes > 0)
    .map(({ name, bytes, formula }) => `${name} ${amountText(bytes)} (${formula})`);
  const risk = over ? "the kernel would kill the server." : "little is left for the page cache.";
  const parameter = budget.lever?.parameter ?? "max_connections";
  return {
    severity: refused ? Severity.Refused : Severity.Warning,
    rule: ParameterRule.Memory,
    parameter,
    problem:
      `together with the other parameters needs ${amountText(budget.total)} at full load, ${percentText(budget.share)} of the ` +
      `limit of ${amountText(budget.limit)}: ${risk} ${sum.join(" + ")} = ${amountText(budget.total)}.`,
    remedy: `${remedies(budget).join(", or ")}${refused ? "; or set acceptMemoryRisk: true" : ""}.`,
  };
}

/** Ways out, the most sensible first. Many times the memory is none while a parameter can be lowered. */
function remedies({ limit, levers, together, enough }: MemoryBudget): string[] {
  const changes = levers.map(({ parameter, to }) => `${parameter} to ${to}`);
  const lower = together ? [changes.join(" and ")] : changes.slice(0, 2);
  const raise = enough !== undefined && (lower.length === 0 || enough <= 8 * limit);
  const ways = [...lower, ...(raise ? [`raise the memory limit to ${quantityText(enough)}`] : [])];
  const [first = "use smaller values", ...others] = ways;
  return lower.length > 0 ? [`Lower ${first}`, ...others] : [`${first[0]?.toUpperCase()}${first.slice(1)}`];
}

/** The budget as a table, one term to a line, with the sum, its share of the limit and what the pod needs on its node. */
export function describeBudget(budget: MemoryBudget): string[] {
  const rows = [
    ...budget.terms.map(({ name, bytes, formula }) => [name, amountText(bytes), formula]),
    [
      "total",
      amountText(budget.total),
      `${percentText(budget.share)} of the limit of ${amountText(budget.limit)}`,
    ],
  ];
  const [first, second] = [0, 1].map(i => Math.max(...rows.map(row => (row[i] as string).length))) as [
    number,
    number,
  ];
  return [
    ...rows.map(
      ([name = "", amount = "", formula = ""]) =>
        `${name.padEnd(first)}  ${amount.padStart(second)}  ${formula}`,
    ),
    budget.sidecars > 0
      ? `The pod needs ${amountText(budget.pod)} on its node: ${amountText(budget.limit)} for PostgreSQL and ` +
        `${amountText(budget.sidecars)} for sidecars, which have limits of their own.`
      : `The pod needs ${amountText(budget.pod)} on its node.`,
  ];
}
