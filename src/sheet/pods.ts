import { ServiceSelector } from "../cnpg/cluster";
import { type ResourceAmounts, StopMethod } from "../instance/args";
import type { ResolvedGeneration, ResolvedInstance } from "../instance/resolve";
import { defaultJobResources } from "../jobs/job";
import { parseBytes, parseNano } from "../quantity";
import type { SheetAmounts, SheetPods, SheetResources } from "./sheet";
import type { SheetStore } from "./store";

/** Requests and limits of everything that runs for an instance. */
export function sheetResources(instance: ResolvedInstance, store: SheetStore | undefined): SheetResources {
  const items = [...servers(instance, store), ...poolers(instance), ...jobs(instance)];
  const always = items.filter(({ occasional }) => !occasional);
  return {
    items,
    requests: sum(always.map(({ pods, requests }) => times(pods, requests))),
    limits: sum(always.map(({ pods, limits }) => times(pods, limits))),
  };
}

function servers(instance: ResolvedInstance, store: SheetStore | undefined): SheetPods[] {
  const { instances, limits, requests, generations } = instance;
  const running = generations.filter(generation => runs(instance, generation)).length;
  const pods = running * instances;
  const server = item("PostgreSQL", pods, { requests, limits });
  return store === undefined ? [server] : [server, item("archiving, in the same pods", pods, store.sidecar)];
}

/** A fenced generation keeps its pods, a hibernated one has none. */
function runs({ hibernated }: ResolvedInstance, { active, stop }: ResolvedGeneration): boolean {
  return active ? !hibernated : stop === StopMethod.Fence;
}

function poolers({ pooler }: ResolvedInstance): SheetPods[] {
  return (pooler?.types ?? []).map(type =>
    item(
      type === ServiceSelector.primary ? "PgBouncer for the primary" : "PgBouncer for the standbys",
      pooler?.instances ?? 0,
      { requests: pooler?.requests, limits: pooler?.limits },
    ),
  );
}

/** Settling, the connection check and the others follow each other; a hibernated instance has none to wait for. */
function jobs({ hibernated }: ResolvedInstance): SheetPods[] {
  return hibernated ? [] : [{ ...item("a Job, during updates", 1, defaultJobResources), occasional: true }];
}

function item(what: string, pods: number, resources: Amounts): SheetPods {
  return {
    what,
    pods,
    requests: amounts(resources.requests ?? {}),
    limits: amounts(resources.limits ?? {}),
    occasional: false,
  };
}

interface Amounts {
  requests?: ResourceAmounts;
  limits?: ResourceAmounts;
}

function amounts({ cpu, memory }: ResourceAmounts): SheetAmounts {
  return {
    ...(cpu === undefined ? {} : { cpu: cores(cpu) }),
    memoryBytes: memory === undefined ? 0 : bytesOf(memory),
  };
}

function times(count: number, { cpu, memoryBytes }: SheetAmounts): SheetAmounts {
  return {
    ...(cpu === undefined ? (count === 0 ? { cpu: 0 } : {}) : { cpu: fine(count * cpu) }),
    memoryBytes: count * memoryBytes,
  };
}

/** Without a limit of one there is none of all. */
function sum(list: readonly SheetAmounts[]): SheetAmounts {
  const cpus = list.map(({ cpu }) => cpu);
  const unlimited = cpus.some(cpu => cpu === undefined);
  return {
    ...(unlimited ? {} : { cpu: fine(cpus.reduce<number>((total, cpu = 0) => total + cpu, 0)) }),
    memoryBytes: list.reduce((total, { memoryBytes }) => total + memoryBytes, 0),
  };
}

/** To a millionth: sums of decimal fractions end in noise. */
function fine(count: number): number {
  return Math.round(count * 1e6) / 1e6;
}

/** Cores of a quantity of CPU. */
export function cores(quantity: string): number {
  return Number(parseNano(quantity) ?? 0n) / 1e9;
}

/** Bytes of a quantity. */
export function bytesOf(quantity: string): number {
  return Number(parseBytes(quantity) ?? 0n);
}
