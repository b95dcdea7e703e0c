import { clamp, GiB, MiB, roundedDown } from "./amount";
import {
  autovacuumMemory,
  hashFactor,
  processMemory,
  queryShare,
  reserve,
  safeShare,
  sharedMemory,
  slotMemory,
} from "./memory-use";
import type { PodSize } from "./pod-size";
import type { ServerSizes } from "./sizes";
import {
  autovacuumShare,
  mostParallelWorkers,
  type SizedWorkload,
  type WorkloadRules,
  workloadRules,
} from "./workload-rules";

/**
 * An equal part for every connection of what shared buffers and reserve leave, but not more than keeps full
 * load at 85 % of the memory.
 *
 * It must not fall when only memory or CPU grow, so it is reckoned from bounds without steps: shared buffers
 * before rounding, and the parallel and autovacuum workers that the memory allows in place of those that the
 * CPUs allow.
 */
export function workMemory(
  workload: SizedWorkload,
  sizes: ServerSizes,
  { memory }: PodSize,
  given: Partial<ServerSizes>,
): number {
  const rules = workloadRules[workload];
  const sharedBuffers = given.sharedBuffers ?? rules.sharedBuffers * memory;
  const parallel = given.parallelWorkersPerGather === 0 ? 0 : mostWorkers(memory, given);
  const processes = sizes.maxConnections + parallel;
  const others =
    sharedMemory(sizes, sharedBuffers) +
    spareSlots(rules, sizes, memory, given) * slotMemory(sizes) +
    processes * processMemory(sharedBuffers) +
    mostAutovacuum(rules, sizes, memory, given) +
    reserve(memory);
  const usedShare = queryShare(workload) * hashFactor(sizes.hashMemMultiplier);
  const affordable = (safeShare * memory - others) / (processes * usedShare);
  const part = (memory - sharedBuffers - reserve(memory)) / (sizes.maxConnections * rules.workMemParts);
  return roundedDown(clamp(Math.min(part, affordable), MiB, rules.mostWorkMem));
}

/** The number of parallel workers with as many CPUs as can be. */
function mostWorkers(memory: number, given: Partial<ServerSizes>): number {
  return given.parallelWorkers ?? clamp(memory / GiB - 1, 0, mostParallelWorkers);
}

/** Autovacuum workers with as many CPUs as can be. */
function mostAutovacuumWorkers(rules: WorkloadRules, memory: number, given: Partial<ServerSizes>): number {
  const affordable = (autovacuumShare * memory) / rules.mostAutovacuumWorkMem;
  return given.autovacuumWorkers ?? clamp(affordable, 3, rules.mostAutovacuumWorkers);
}

/** Memory of those workers. */
function mostAutovacuum(
  rules: WorkloadRules,
  sizes: ServerSizes,
  memory: number,
  given: Partial<ServerSizes>,
): number {
  const each =
    given.autovacuumWorkMem === undefined
      ? clamp(memory / 64, 8 * MiB, rules.mostAutovacuumWorkMem)
      : autovacuumMemory(sizes);
  return mostAutovacuumWorkers(rules, memory, given) * each;
}

/** Process slots that there would be besides those of `sizes` with as many CPUs as can be. */
function spareSlots(
  rules: WorkloadRules,
  sizes: ServerSizes,
  memory: number,
  given: Partial<ServerSizes>,
): number {
  const workers = given.maxWorkerProcesses ?? Math.max(32, mostWorkers(memory, given) + 16);
  // Before 18 the workers themselves are the slots.
  const following = sizes.autovacuumSlots === sizes.autovacuumWorkers;
  const autovacuum = following ? mostAutovacuumWorkers(rules, memory, given) : sizes.autovacuumSlots;
  return workers - sizes.maxWorkerProcesses + autovacuum - sizes.autovacuumSlots;
}
