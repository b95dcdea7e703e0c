import { MiB, settingText } from "./amount";
import { autovacuumMemory, memoryParts, type MemoryUse, safeShare, sumParts } from "./memory-use";
import { leastConnections } from "./workload-rules";

/** A change of one parameter that saves memory. */
export interface MemoryLever {
  parameter: string;
  /** The value as it is written. */
  to: string;
  /** Memory at full load after the change, bytes. */
  total: number;
}

/** A parameter that can be lowered. */
interface Candidate {
  parameter: string;
  /** Round values below the present one, greatest first, down to the least that still makes sense. */
  values(use: MemoryUse, memory: number): number[];
  lower(use: MemoryUse, value: number): MemoryUse;
  text(value: number): string;
}

const candidates: readonly Candidate[] = [
  {
    parameter: "max_connections",
    values: ({ maxConnections }) => roundCounts(maxConnections, leastConnections),
    lower: (use, maxConnections) => ({ ...use, maxConnections }),
    text: String,
  },
  {
    parameter: "work_mem",
    values: ({ workMem }) => roundSizes(workMem, MiB),
    lower: (use, workMem) => ({ ...use, workMem }),
    text: settingText,
  },
  {
    parameter: "shared_buffers",
    values: ({ sharedBuffers }, memory) => roundSizes(sharedBuffers, Math.max(32 * MiB, memory / 8)),
    lower: (use, sharedBuffers) => ({ ...use, sharedBuffers }),
    text: settingText,
  },
  {
    parameter: "autovacuum_work_mem",
    values: use => roundSizes(autovacuumMemory(use), 8 * MiB),
    lower: (use, autovacuumWorkMem) => ({ ...use, autovacuumWorkMem }),
    text: settingText,
  },
  {
    parameter: "max_parallel_workers",
    values: ({ parallelWorkers }) => [...roundCounts(parallelWorkers, 1), 0],
    lower: (use, parallelWorkers) => ({ ...use, parallelWorkers }),
    text: String,
  },
];

/**
 * Ways to bring full load to 85 % of the limit: each alone, those that could save most first; where none
 * suffices alone, the fewest together. None when not even all of them suffice.
 */
export function findLevers(
  use: MemoryUse,
  memory: number,
  share: number,
): { levers: MemoryLever[]; together: boolean } {
  const total = (after: MemoryUse): number => sumParts(memoryParts(after, memory, share));
  const least = (candidate: Candidate, before: MemoryUse): MemoryUse => {
    const value = candidate.values(before, memory).at(-1);
    return value === undefined ? before : candidate.lower(before, value);
  };
  const byGain = (before: MemoryUse, list: readonly Candidate[]): Candidate[] =>
    [...list].sort((a, b) => total(least(a, before)) - total(least(b, before)));
  const suffices = (candidate: Candidate, before: MemoryUse): MemoryLever | undefined => {
    const value = candidate
      .values(before, memory)
      .find(choice => total(candidate.lower(before, choice)) <= safeShare * memory);
    return value === undefined
      ? undefined
      : {
          parameter: candidate.parameter,
          to: candidate.text(value),
          total: total(candidate.lower(before, value)),
        };
  };

  const alone = byGain(use, candidates).flatMap(candidate => suffices(candidate, use) ?? []);
  if (alone.length > 0) return { levers: alone, together: false };

  const levers: MemoryLever[] = [];
  let [before, left] = [use, byGain(use, candidates)];
  while (left.length > 0) {
    const last = left.flatMap(candidate => suffices(candidate, before) ?? [])[0];
    if (last !== undefined) return { levers: [...levers, last], together: true };
    const [strongest, ...others] = left as [Candidate, ...Candidate[]];
    const value = strongest.values(before, memory).at(-1);
    if (value !== undefined) {
      before = strongest.lower(before, value);
      levers.push({ parameter: strongest.parameter, to: strongest.text(value), total: total(before) });
    }
    left = byGain(before, others);
  }
  return { levers: [], together: false };
}

/** Sizes of 1 and 1.5 times a power of two MiB below a size, greatest first. */
function roundSizes(below: number, least: number): number[] {
  const sizes: number[] = [];
  for (let size = MiB; size < below; size *= 2) {
    sizes.push(size);
    if (size > MiB && 1.5 * size < below) sizes.push(1.5 * size);
  }
  return sizes.filter(size => size >= least).reverse();
}

/** Counts below a count in steps that read well, greatest first. */
function roundCounts(below: number, least: number): number[] {
  const counts: number[] = [];
  for (let count = roundCount(below - 1); count >= least; count = roundCount(count - 1)) counts.push(count);
  return counts;
}

function roundCount(count: number): number {
  const step = count > 500 ? 50 : count > 100 ? 10 : count > 20 ? 5 : 1;
  return count - (count % step);
}
