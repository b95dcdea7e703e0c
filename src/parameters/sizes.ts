import { clamp, GiB, MiB, roundedDown, wholeMiB } from "./amount";
import type { MemoryUse } from "./memory-use";
import type { PodSize } from "./pod-size";
import { type WalSizes, walSizes } from "./wal-sizes";
import { workMemory } from "./work-memory";
import {
  autovacuumShare,
  leastConnections,
  mostParallelWorkers,
  type SizedWorkload,
  type WorkloadRules,
  workloadRules,
} from "./workload-rules";

/** Sizes of a server, as they are written: bytes and counts. */
export interface ServerSizes extends MemoryUse, WalSizes {
  cacheSize: number;
  logicalDecodingWorkMem: number;
  maintenanceWorkers: number;
  autovacuumCostLimit: number;
}

/**
 * Sizes for a workload in a pod. What is given stays, and everything that depends on it follows.
 * No size falls when memory or CPU grow, except `workMem`, which also depends on the number of connections.
 */
export function sizeServer(workload: SizedWorkload, pod: PodSize, given: Partial<ServerSizes>): ServerSizes {
  const rules = workloadRules[workload];
  const { memory, cpu, major } = pod;
  const parallelWorkers = given.parallelWorkers ?? affordableWorkers(pod, given);
  const halfOfCpus = Math.min(Math.floor(cpu / 2), parallelWorkers);
  const autovacuumWorkers = given.autovacuumWorkers ?? affordableAutovacuum(rules, pod);
  const wal = walSizes(rules.mostWal, pod, given);
  const sizes: ServerSizes = {
    sharedBuffers:
      given.sharedBuffers ?? wholeMiB(Math.min(rules.sharedBuffers * memory, pod.memoryRequest ?? memory)),
    walBuffers: given.walBuffers ?? -1,
    maxConnections:
      given.maxConnections ??
      clamp(Math.floor(memory / rules.memoryPerConnection), leastConnections, rules.mostConnections),
    maxWorkerProcesses: given.maxWorkerProcesses ?? Math.max(32, parallelWorkers + 16),
    maxWalSenders: given.maxWalSenders ?? 10,
    maxPreparedTransactions: given.maxPreparedTransactions ?? 0,
    maxLocksPerTransaction: given.maxLocksPerTransaction ?? 64,
    autovacuumSlots: given.autovacuumSlots ?? (major < 18 ? autovacuumWorkers : 16),
    autovacuumWorkers,
    autovacuumWorkMem:
      given.autovacuumWorkMem ?? clamp(wholeMiB(memory / 64), 8 * MiB, rules.mostAutovacuumWorkMem),
    maintenanceWorkMem:
      given.maintenanceWorkMem ?? roundedDown(Math.min(rules.maintenance * memory, rules.mostMaintenance)),
    parallelWorkers,
    parallelWorkersPerGather: given.parallelWorkersPerGather ?? Math.min(halfOfCpus, rules.mostPerGather),
    maintenanceWorkers: given.maintenanceWorkers ?? Math.min(halfOfCpus, rules.mostPerMaintenance),
    workMem: given.workMem ?? 0,
    hashMemMultiplier: given.hashMemMultiplier ?? (major < 15 ? 1 : 2),
    cacheSize: given.cacheSize ?? roundedDown(rules.cache * memory),
    logicalDecodingWorkMem: given.logicalDecodingWorkMem ?? clamp(wholeMiB(memory / 64), 8 * MiB, 64 * MiB),
    autovacuumCostLimit: given.autovacuumCostLimit ?? clamp(Math.floor(50 * cpu), 200, 2400),
    maxWal: wal.maxWal,
    minWal: wal.minWal,
    walKeep: wal.walKeep,
    slotWalKeep: wal.slotWalKeep,
  };
  if (given.workMem === undefined) sizes.workMem = workMemory(workload, sizes, pod, given);
  return sizes;
}

/** Parallel workers share CPU and memory with the sessions: one for each whole CPU and each GiB of memory beyond the first. */
function affordableWorkers({ memory, cpu }: PodSize, given: Partial<ServerSizes>): number {
  const most = given.maxWorkerProcesses ?? mostParallelWorkers;
  return clamp(
    Math.min(Math.floor(cpu), Math.floor(memory / GiB - 1)),
    0,
    Math.min(most, mostParallelWorkers),
  );
}

/** One autovacuum worker for four CPUs, as far as the memory for all of them suffices. */
function affordableAutovacuum(rules: WorkloadRules, { memory, cpu }: PodSize): number {
  const affordable = Math.floor((autovacuumShare * memory) / rules.mostAutovacuumWorkMem);
  return clamp(Math.min(Math.floor(cpu / 4), affordable), 3, rules.mostAutovacuumWorkers);
}
