import { admittedBytes } from "../admission";
import { amountText, MiB, settingText } from "../amount";
import type { ParameterFinding } from "../finding";
import { type ConflictRule, exceeds } from "./rule";

/** Source of the 40 %: PostgreSQL's documentation of shared_buffers. */
const mostShared = 0.4;

/** CloudNativePG's admission and the kernel refuse buffers that the pod has no memory for. */
const sharedBuffers: ConflictRule = values => {
  const { memory, memoryRequest = memory, hugePages = 0 } = values.around;
  const bytes = values.bytes("shared_buffers");
  if (bytes === undefined || memoryRequest === undefined) return [];
  if (bytes > memoryRequest && bytes > hugePages) {
    return [
      values.refused("shared_buffers", {
        problem: `${values.being("shared_buffers")}more than the memory request of the pod, ${amountText(memoryRequest)}.`,
        remedy: `Write ${quarterOf(memory ?? memoryRequest)}, a quarter of the memory, or raise the memory.`,
      }),
    ];
  }
  if (memory === undefined || bytes <= mostShared * memory || hugePages >= bytes) return [];
  return [
    values.warning("shared_buffers", {
      problem: `${values.being("shared_buffers")}more than 40 % of the memory (${amountText(memory)}), which rarely helps: the kernel's cache gets less.`,
      remedy: `Write ${quarterOf(memory)}, a quarter of the memory.`,
    }),
  ];
};

/** The server counts blocks where CloudNativePG's admission counts MB. */
const sharedBuffersWithoutUnit: ConflictRule = values => {
  const text = values.text("shared_buffers");
  const { memory, memoryRequest = memory, hugePages = 0 } = values.around;
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return [];
  const shown = values.shown("shared_buffers");
  const remedy = `Write ${shown}.`;
  const admitted = admittedBytes(text);
  if (exceeds(admitted, memoryRequest) && exceeds(admitted, hugePages)) {
    const problem = `has no unit: it means ${shown} to the server and ${text}MB to CloudNativePG, which refuses it as more than the memory request.`;
    return [values.refused("shared_buffers", { problem, remedy })];
  }
  return [
    values.warning("shared_buffers", {
      problem: `has no unit, and so counts blocks of 8kB: ${shown}.`,
      remedy,
    }),
  ];
};

/** With huge_pages = on the server does not start without them. */
const hugePages: ConflictRule = values => {
  const { hugePages: available = 0 } = values.around;
  const buffers = values.bytes("shared_buffers");
  const wanted = values.setting("huge_pages");
  if (wanted === "on" && available === 0) {
    return [
      values.refused("huge_pages", {
        problem: "needs huge pages, and the pod has none: the server would not start.",
        remedy: "Write try, or give the container huge pages.",
      }),
    ];
  }
  if (available === 0 || wanted === "off" || !exceeds(withOverhead(buffers), available)) return [];
  const problem = `needs about ${amountText(withOverhead(buffers) ?? 0)} of huge pages for ${values.named("shared_buffers")}, and the pod has ${amountText(available)}`;
  const remedy = "Raise the huge pages or lower shared_buffers.";
  if (wanted === "try") {
    return [values.warning("shared_buffers", { problem: `${problem}: it would use none of them.`, remedy })];
  }
  const finding = { problem: `${problem}: the server would not start.`, remedy };
  return [
    exceeds(buffers, available)
      ? values.refused("huge_pages", finding)
      : values.warning("huge_pages", finding),
  ];
};

/** Shared memory besides the buffers is about a twelfth of them. */
function withOverhead(buffers: number | undefined): number | undefined {
  return buffers === undefined ? undefined : 1.09 * buffers;
}

/** Sizes that kernels on x86-64 and arm64 have. */
const pageSizes: readonly number[] = [0, 2 * MiB, 32 * MiB, 512 * MiB, 1024 * MiB];

const hugePageSize: ConflictRule = values => {
  const size = values.bytes("huge_page_size");
  if (size === undefined || pageSizes.includes(size)) return [];
  return [
    values.refused("huge_page_size", {
      problem: "is no size of huge pages that kernels have.",
      remedy: "Write 2MB, 1GB, or 0 for the kernel's default.",
    }),
  ];
};

const cacheSize: ConflictRule = values => {
  const { memory } = values.around;
  if (memory === undefined || !exceeds(values.bytes("effective_cache_size"), memory)) return [];
  return [
    values.warning("effective_cache_size", {
      problem: `${values.being("effective_cache_size")}more than the memory of the pod, ${amountText(memory)}: the planner takes indexes for cached that are not.`,
      remedy: `Write ${wholeMegabytes(0.7 * memory)}, 70 % of it.`,
    }),
  ];
};

/** Memory reserved at the start for parallel queries. */
const dynamicSharedMemory: ConflictRule = values => {
  const { memory } = values.around;
  if (memory === undefined || !exceeds(values.bytes("min_dynamic_shared_memory"), memory)) return [];
  return [
    values.refused("min_dynamic_shared_memory", {
      problem: `is more than the memory of the pod, ${amountText(memory)}.`,
      remedy: "Leave it out: memory for parallel queries is taken as needed.",
    }),
  ];
};

const sharedMemoryTypes: ConflictRule = values => {
  const findings: ParameterFinding[] = [];
  if (values.setting("shared_memory_type") === "sysv") {
    const problem = "is System V memory, which has limits of its own in containers";
    findings.push(
      values.setting("huge_pages") === "on"
        ? values.refused("shared_memory_type", {
            problem: `${problem} and no huge pages.`,
            remedy: "Write mmap.",
          })
        : values.warning("shared_memory_type", { problem: `${problem}.`, remedy: "Write mmap." }),
    );
  }
  const dynamic = values.setting("dynamic_shared_memory_type");
  if (dynamic === "mmap" || dynamic === "sysv") {
    const problem =
      dynamic === "mmap"
        ? "keeps the memory of parallel queries in files of the data volume."
        : "is System V memory, which has limits of its own in containers.";
    findings.push(values.warning("dynamic_shared_memory_type", { problem, remedy: "Write posix." }));
  }
  return findings;
};

/** The default seccomp profiles of container runtimes forbid io_uring. */
const asynchronousIo: ConflictRule = values => {
  const { seccomp = "RuntimeDefault" } = values.around;
  if (values.setting("io_method") !== "io_uring" || seccomp !== "RuntimeDefault") return [];
  return [
    values.refused("io_method", {
      problem: "is forbidden by the seccomp profile RuntimeDefault: the server would not start.",
      remedy: "Write worker, or give the pod a seccomp profile that allows io_uring.",
    }),
  ];
};

function quarterOf(memory: number): string {
  return wholeMegabytes(memory / 4);
}

function wholeMegabytes(bytes: number): string {
  return settingText(Math.floor(bytes / MiB) * MiB);
}

/** About memory and the ways the server gets at it. */
export const memoryRules: readonly ConflictRule[] = [
  sharedBuffers,
  sharedBuffersWithoutUnit,
  hugePages,
  hugePageSize,
  cacheSize,
  dynamicSharedMemory,
  sharedMemoryTypes,
  asynchronousIo,
];
