import { GiB, MiB } from "./amount";
import { Workload } from "./profile-args";

/** Workloads that have rules. */
export type SizedWorkload = Exclude<Workload, typeof Workload.Custom | typeof Workload.Mixed>;

/** What tells one workload from another. Memory in bytes. */
export interface WorkloadRules {
  /** Below it the parts of a server leave no room for queries. */
  leastMemory: number;
  /** Share of the memory for shared buffers. */
  sharedBuffers: number;
  /** Share of the memory the planner may expect to cache files. */
  cache: number;
  /** Memory for which there is one more connection. */
  memoryPerConnection: number;
  mostConnections: number;
  /** Parts of `work_mem` in what shared buffers and reserve leave for each connection. */
  workMemParts: number;
  mostWorkMem: number;
  /** Share of the memory for a maintenance command. */
  maintenance: number;
  mostMaintenance: number;
  mostAutovacuumWorkMem: number;
  mostAutovacuumWorkers: number;
  /** Greatest number of parallel workers of one query. */
  mostPerGather: number;
  /** Greatest number of parallel workers of a maintenance command. */
  mostPerMaintenance: number;
  mostWal: number;
}

/** Fewest connections that leave some beside those the operator keeps for itself. */
export const leastConnections = 15;
/** Most parallel workers of a server. */
export const mostParallelWorkers = 64;

/** Share of the memory in which all autovacuum workers together may collect dead rows. */
export const autovacuumShare = 3 / 64;

const gibibytes = (amount: number): number => amount * GiB;

/** Starting points, compared with other tools in docs/decisions/profiles-and-memory-budget.md; not measured optima. */
export const workloadRules: Readonly<Record<SizedWorkload, WorkloadRules>> = {
  oltp: {
    leastMemory: 512 * MiB,
    sharedBuffers: 0.25,
    cache: 0.7,
    memoryPerConnection: 32 * MiB,
    mostConnections: 400,
    workMemParts: 3,
    mostWorkMem: 64 * MiB,
    maintenance: 1 / 16,
    mostMaintenance: gibibytes(2),
    mostAutovacuumWorkMem: 256 * MiB,
    mostAutovacuumWorkers: 8,
    mostPerGather: 2,
    mostPerMaintenance: 4,
    mostWal: gibibytes(8),
  },
  analytics: {
    leastMemory: gibibytes(1),
    sharedBuffers: 0.25,
    cache: 0.75,
    memoryPerConnection: 160 * MiB,
    mostConnections: 60,
    workMemParts: 2.5,
    mostWorkMem: gibibytes(1),
    maintenance: 1 / 8,
    mostMaintenance: gibibytes(4),
    mostAutovacuumWorkMem: 256 * MiB,
    mostAutovacuumWorkers: 8,
    mostPerGather: 8,
    mostPerMaintenance: 8,
    mostWal: gibibytes(16),
  },
  generalPurpose: {
    leastMemory: 512 * MiB,
    sharedBuffers: 0.25,
    cache: 0.7,
    memoryPerConnection: 64 * MiB,
    mostConnections: 200,
    workMemParts: 4,
    mostWorkMem: 128 * MiB,
    maintenance: 1 / 16,
    mostMaintenance: gibibytes(2),
    mostAutovacuumWorkMem: 256 * MiB,
    mostAutovacuumWorkers: 8,
    mostPerGather: 4,
    mostPerMaintenance: 4,
    mostWal: gibibytes(4),
  },
  development: {
    leastMemory: 512 * MiB,
    sharedBuffers: 0.125,
    cache: 0.5,
    memoryPerConnection: 32 * MiB,
    mostConnections: 30,
    workMemParts: 4,
    mostWorkMem: 8 * MiB,
    maintenance: 1 / 16,
    mostMaintenance: 64 * MiB,
    mostAutovacuumWorkMem: 16 * MiB,
    mostAutovacuumWorkers: 3,
    mostPerGather: 1,
    mostPerMaintenance: 1,
    mostWal: gibibytes(1),
  },
};
