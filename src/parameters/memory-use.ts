import { MiB } from "./amount";
import { Workload } from "./profile-args";

/** Values of a server that decide how much memory it uses at full load. Sizes in bytes. */
export interface MemoryUse {
  sharedBuffers: number;
  /** -1: 1/32 of the shared buffers, at most one WAL segment. */
  walBuffers: number;
  maxConnections: number;
  maxWorkerProcesses: number;
  maxWalSenders: number;
  maxPreparedTransactions: number;
  maxLocksPerTransaction: number;
  /** Processes that autovacuum may have: its workers, or from 18 on the slots kept for them. */
  autovacuumSlots: number;
  autovacuumWorkers: number;
  /** -1: `maintenanceWorkMem`. */
  autovacuumWorkMem: number;
  maintenanceWorkMem: number;
  parallelWorkers: number;
  parallelWorkersPerGather: number;
  workMem: number;
  hashMemMultiplier: number;
}

/** The parts of a server's memory at full load, in bytes. */
export interface MemoryParts {
  shared: number;
  connections: number;
  queries: number;
  parallel: number;
  autovacuum: number;
  reserve: number;
}

/** Share of the limit above which a budget is warned of: what is left is the page cache and one maintenance command. */
export const safeShare = 0.85;

/**
 * The shared memory segment, bytes: an upper bound of `shared_memory_size` as PostgreSQL 15.18, 17.11 and
 * 18.6 report it, for shared buffers of 48MB to 64GB and 15 to 5,000 connections. It is at most 20 % above
 * it, where many connections meet small buffers.
 */
export function sharedMemory(use: MemoryUse, sharedBuffers = use.sharedBuffers): number {
  return (
    1.03 * sharedBuffers + walBuffers(use, sharedBuffers) + 6 * MiB + processSlots(use) * slotMemory(use)
  );
}

/** WAL buffers, bytes. Source: src/backend/access/transam/xlog.c, XLOGChooseNumBuffers. */
export function walBuffers(use: MemoryUse, sharedBuffers = use.sharedBuffers): number {
  return use.walBuffers < 0 ? Math.min(16 * MiB, Math.max(64 * 1024, sharedBuffers / 32)) : use.walBuffers;
}

/** Processes and prepared transactions the segment has room for. */
export function processSlots(use: MemoryUse): number {
  const { maxConnections, maxWorkerProcesses, maxWalSenders, maxPreparedTransactions, autovacuumSlots } = use;
  return maxConnections + maxWorkerProcesses + maxWalSenders + maxPreparedTransactions + autovacuumSlots;
}

/** Shared memory of one of them: its entries in the process, lock and I/O tables. Measured like {@link sharedMemory}. */
export function slotMemory(use: Pick<MemoryUse, "maxLocksPerTransaction">): number {
  return (56 + 0.42 * use.maxLocksPerTransaction) * 1024;
}

/**
 * Memory of one server process, without what its queries sort and hash in. Measured with pgbench and prepared
 * statements on 15.18: 3.3 MiB of its own. The rest of the 8 MiB is for the catalogue caches of larger
 * schemas. Every page table of 4 KiB maps 2 MiB of shared buffers, and random access soon needs them all,
 * which is 1/512 of the buffers for each process; huge pages would save it, but a pod cannot count on them.
 */
export function processMemory(sharedBuffers: number): number {
  return Math.max(8 * MiB, 4 * MiB + sharedBuffers / 512);
}

/**
 * Parallel workers that run at the same time when every connection asks for them. Each is a process with a
 * `work_mem` of its own (PostgreSQL manual, max_parallel_workers_per_gather: "roughly the same impact on the
 * system as an additional user session").
 */
export function parallelProcesses(use: MemoryUse): number {
  return Math.min(
    use.parallelWorkers,
    use.maxWorkerProcesses,
    use.maxConnections * use.parallelWorkersPerGather,
  );
}

/**
 * How much of `work_mem` a process uses at full load, on average: many short transactions use none, a long query
 * uses several areas. Design values.
 */
export function queryShare(workload: Workload | undefined): number {
  return workload === Workload.Oltp ? 0.5 : workload === Workload.Analytics ? 1 : 0.75;
}

/** Hash tables may take `hash_mem_multiplier` times `work_mem`; the share is meant for the default of 2. */
export function hashFactor(hashMemMultiplier: number): number {
  return Math.max(1, hashMemMultiplier / 2);
}

/** What one autovacuum worker may collect dead rows in. */
export function autovacuumMemory(use: MemoryUse): number {
  return use.autovacuumWorkMem < 0 ? use.maintenanceWorkMem : use.autovacuumWorkMem;
}

/**
 * Kept for what no parameter sizes: the instance manager (18 MiB of its own and a binary of 45 MiB that ought
 * to stay in the cache), the server's own processes and the kernel. An idle pod of CloudNativePG 1.30 was
 * seen with 25 to 30 MiB besides shared memory.
 */
export function reserve(memory: number): number {
  return Math.max(96 * MiB, 0.06 * memory);
}

/** What a server uses at full load in a pod with so much memory. */
export function memoryParts(use: MemoryUse, memory: number, share: number): MemoryParts {
  const parallel = parallelProcesses(use);
  const process = processMemory(use.sharedBuffers);
  return {
    shared: sharedMemory(use),
    connections: use.maxConnections * process,
    queries: (use.maxConnections + parallel) * use.workMem * share * hashFactor(use.hashMemMultiplier),
    parallel: parallel * process,
    autovacuum: Math.min(use.autovacuumWorkers, use.autovacuumSlots) * autovacuumMemory(use),
    reserve: reserve(memory),
  };
}

export function sumParts(parts: MemoryParts): number {
  return parts.shared + parts.connections + parts.queries + parts.parallel + parts.autovacuum + parts.reserve;
}
