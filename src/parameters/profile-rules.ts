import { amountText, MiB, settingText } from "./amount";
import { DiskKind, Workload } from "./profile-args";
import type { PodSize } from "./pod-size";
import type { ServerSizes } from "./sizes";
import { walRoom, walShare } from "./wal-sizes";
import { leastConnections, type SizedWorkload, workloadRules } from "./workload-rules";

/** What a rule knows when it gives a value and its reason. */
export interface RuleInput {
  workload: SizedWorkload;
  disk: DiskKind;
  pod: PodSize;
  sizes: ServerSizes;
}

/** The value of one parameter, and why it is that: the end of a sentence that begins with the parameter. */
export interface RuleOutput {
  value: string;
  reason: string;
}

/** One parameter that profiles set. */
interface Rule {
  name: string;
  /** Workloads it is set for. Default: all that have rules. */
  workloads?: readonly SizedWorkload[];
  give(input: RuleInput): RuleOutput;
}

/** Names of the sizes that profiles set or depend on, as the server has them. */
export const sizeNames: Readonly<Record<keyof ServerSizes, string>> = {
  sharedBuffers: "shared_buffers",
  walBuffers: "wal_buffers",
  maxConnections: "max_connections",
  maxWorkerProcesses: "max_worker_processes",
  maxWalSenders: "max_wal_senders",
  maxPreparedTransactions: "max_prepared_transactions",
  maxLocksPerTransaction: "max_locks_per_transaction",
  autovacuumSlots: "autovacuum_worker_slots",
  autovacuumWorkers: "autovacuum_max_workers",
  autovacuumWorkMem: "autovacuum_work_mem",
  maintenanceWorkMem: "maintenance_work_mem",
  parallelWorkers: "max_parallel_workers",
  parallelWorkersPerGather: "max_parallel_workers_per_gather",
  workMem: "work_mem",
  hashMemMultiplier: "hash_mem_multiplier",
  cacheSize: "effective_cache_size",
  logicalDecodingWorkMem: "logical_decoding_work_mem",
  maintenanceWorkers: "max_parallel_maintenance_workers",
  autovacuumCostLimit: "autovacuum_vacuum_cost_limit",
  maxWal: "max_wal_size",
  minWal: "min_wal_size",
  walKeep: "wal_keep_size",
  slotWalKeep: "max_slot_wal_keep_size",
};

const production: readonly SizedWorkload[] = [Workload.Oltp, Workload.Analytics, Workload.GeneralPurpose];
const transactional: readonly SizedWorkload[] = [Workload.Oltp, Workload.GeneralPurpose];

const memoryRules: Rule[] = [
  bytesRule("sharedBuffers", ({ workload, pod }) => {
    const share = workloadRules[workload].sharedBuffers;
    return pod.memoryRequest !== undefined && pod.memoryRequest < share * pod.memory
      ? `the memory request of ${amountText(pod.memoryRequest)}, above which CloudNativePG refuses it`
      : `${percent(share)} of ${theLimit(pod)}`;
  }),
  bytesRule(
    "cacheSize",
    ({ workload, pod }) =>
      `${percent(workloadRules[workload].cache)} of ${theLimit(pod)}: what shared buffers and the page cache hold between them`,
  ),
  bytesRule("workMem", ({ workload, pod, sizes }) => {
    const { workMemParts, mostWorkMem } = workloadRules[workload];
    return (
      `1/${workMemParts} of what shared buffers and the reserve leave for each of ${sizes.maxConnections} connections, ` +
      `as long as full load stays within 85 % of ${theLimit(pod)}; between 1MB and ${settingText(mostWorkMem)}`
    );
  }),
  bytesRule("maintenanceWorkMem", ({ workload, pod }) => {
    const { maintenance, mostMaintenance } = workloadRules[workload];
    return `1/${1 / maintenance} of ${theLimit(pod)}, at most ${settingText(mostMaintenance)}`;
  }),
  bytesRule(
    "autovacuumWorkMem",
    ({ workload, pod }) =>
      `1/64 of ${theLimit(pod)} for each worker, between 8MB and ${settingText(workloadRules[workload].mostAutovacuumWorkMem)}`,
  ),
  bytesRule(
    "logicalDecodingWorkMem",
    ({ pod }) => `1/64 of ${theLimit(pod)} for each subscriber, between 8MB and 64MB`,
  ),
];

const processRules: Rule[] = [
  countRule("maxConnections", ({ workload, pod }) => {
    const { memoryPerConnection, mostConnections } = workloadRules[workload];
    return (
      `one for each ${memoryPerConnection / MiB} MiB of ${theLimit(pod)}, ` +
      `between ${leastConnections} and ${mostConnections}`
    );
  }),
  countRule(
    "maxWorkerProcesses",
    ({ sizes }) =>
      `16 more than max_parallel_workers, which is ${sizes.parallelWorkers}; at least 32, as CloudNativePG has it`,
  ),
  countRule(
    "parallelWorkers",
    ({ pod }) =>
      `one for each whole CPU (limit ${pod.cpu}) and each GiB of memory beyond the first ` +
      `(limit ${amountText(pod.memory)}), at most 64`,
  ),
  countRule(
    "parallelWorkersPerGather",
    ({ workload, pod }) =>
      `half of ${cpuText(pod)}, rounded down, at most ${workloadRules[workload].mostPerGather} and max_parallel_workers`,
  ),
  countRule(
    "maintenanceWorkers",
    ({ workload, pod }) =>
      `half of ${cpuText(pod)}, rounded down, at most ${workloadRules[workload].mostPerMaintenance} and max_parallel_workers`,
  ),
];

const autovacuumRules: Rule[] = [
  {
    ...countRule(
      "autovacuumWorkers",
      ({ workload, pod }) =>
        `a quarter of ${cpuText(pod)}, between 3 and ${workloadRules[workload].mostAutovacuumWorkers}, ` +
        `as far as 3/64 of the memory suffices`,
    ),
    workloads: production,
  },
  {
    ...countRule("autovacuumCostLimit", ({ pod }) => `50 for each of ${cpuText(pod)}, between 200 and 2400`),
    workloads: production,
  },
  choice(
    "autovacuum_vacuum_scale_factor",
    [Workload.Oltp],
    "0.05",
    "dead rows are collected early, in small portions",
  ),
  choice(
    "autovacuum_analyze_scale_factor",
    [Workload.Oltp],
    "0.05",
    "statistics are as fresh as the tables are clean",
  ),
  choice(
    "autovacuum_vacuum_scale_factor",
    [Workload.GeneralPurpose],
    "0.1",
    "dead rows are collected at half the number the server would wait for",
  ),
];

const walRules: Rule[] = [
  bytesRule(
    "maxWal",
    ({ workload, pod }) => `40 % of ${theRoom(pod)}, at most ${settingText(workloadRules[workload].mostWal)}`,
  ),
  bytesRule("minWal", ({ sizes }) => `a quarter of max_wal_size, which is ${settingText(sizes.maxWal)}`),
  bytesRule("walKeep", ({ pod }) => `5 % of ${theRoom(pod)}, at most CloudNativePG's 512MB`),
  bytesRule(
    "slotWalKeep",
    ({ pod }) =>
      `what max_wal_size and wal_keep_size leave of 75 % of ${theRoom(pod)}: ` +
      "a slot that lags further is given up before the volume is full",
  ),
  choice("checkpoint_timeout", transactional, "15min", "fewer full-page images than with the server's 5min"),
  choice("checkpoint_timeout", [Workload.Analytics], "30min", "loads write each page once in half an hour"),
  {
    name: "wal_compression",
    give: ({ pod }) => ({
      value: pod.major < 15 ? "on" : "lz4",
      reason: "full-page images are compressed: less WAL to write, send and archive",
    }),
  },
];

const plannerRules: Rule[] = [
  {
    name: "random_page_cost",
    give: ({ disk }) =>
      disk === DiskKind.Hdd
        ? { value: "4", reason: "a rotating disk has to seek" }
        : { value: "1.1", reason: "an SSD reads random pages nearly as fast as successive ones" },
  },
  {
    name: "effective_io_concurrency",
    workloads: production,
    give: ({ disk }) =>
      disk === DiskKind.Hdd
        ? { value: "2", reason: "a rotating disk serves one read after the other" }
        : { value: "200", reason: "an SSD serves many reads at a time" },
  },
  choice("default_statistics_target", [Workload.Analytics], "500", "finer statistics pay for long queries"),
  choice(
    "jit",
    [Workload.Oltp, Workload.GeneralPurpose, Workload.Development],
    "off",
    "compiling takes longer than short queries gain by it",
  ),
];

const sessionRules: Rule[] = [
  choice(
    "idle_in_transaction_session_timeout",
    [Workload.Oltp],
    "1min",
    "a forgotten transaction holds locks and keeps dead rows",
  ),
  choice(
    "idle_in_transaction_session_timeout",
    [Workload.GeneralPurpose],
    "5min",
    "a forgotten transaction holds locks and keeps dead rows",
  ),
];

const rules: readonly Rule[] = [
  ...memoryRules,
  ...processRules,
  ...autovacuumRules,
  ...walRules,
  ...plannerRules,
  ...sessionRules,
];

const everyWorkload = Object.keys(workloadRules) as SizedWorkload[];

/** The rules of each workload: the same names for every size of pod, so that a change of size reads as changes of values. */
const rulesOf = new Map(
  everyWorkload.map((workload): [SizedWorkload, Rule[]] => [
    workload,
    rules.filter(({ workloads = everyWorkload }) => workloads.includes(workload)),
  ]),
);

/** What the rules of a workload give, in their order. */
export function applyRules(input: RuleInput): Map<string, RuleOutput> {
  return new Map((rulesOf.get(input.workload) ?? []).map(({ name, give }) => [name, give(input)]));
}

function bytesRule(size: keyof ServerSizes, reason: (input: RuleInput) => string): Rule {
  return {
    name: sizeNames[size],
    give: input => ({ value: settingText(input.sizes[size]), reason: reason(input) }),
  };
}

function countRule(size: keyof ServerSizes, reason: (input: RuleInput) => string): Rule {
  return {
    name: sizeNames[size],
    give: input => ({ value: String(input.sizes[size]), reason: reason(input) }),
  };
}

function choice(name: string, workloads: readonly SizedWorkload[], value: string, reason: string): Rule {
  return { name, workloads, give: () => ({ value, reason }) };
}

function theLimit({ memory }: PodSize): string {
  return `the memory limit of ${amountText(memory)}`;
}

function cpuText({ cpu }: PodSize): string {
  return cpu === 1 ? "1 CPU" : `${cpu} CPUs`;
}

function percent(share: number): string {
  return `${share * 100} %`;
}

function theRoom(pod: PodSize): string {
  return pod.walStorage === undefined
    ? `the ${amountText(walRoom(pod))} that WAL may take of the data volume (${percent(walShare)} of ${amountText(pod.storage)})`
    : `the WAL volume of ${amountText(pod.walStorage)}`;
}
