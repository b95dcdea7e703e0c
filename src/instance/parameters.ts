import { standbyParameters } from "../availability/parameters";
import { preloadLibraries } from "../cnpg/versions";
import { loadCatalogue } from "../parameters/catalogue";
import { followerSensitive } from "../parameters/change-plan";
import { effectiveValue } from "../parameters/effective";
import { judgeParameters, type JudgedParameters } from "../parameters/judge";
import type { PodSize } from "../parameters/profile";
import type { ParameterSurroundings } from "../parameters/surroundings";
import { parseBytes, parseNano } from "../quantity";
import type { PostgresInstanceArgs } from "./args";

/** What the parameters of one generation depend on, besides the arguments they have in common. */
export interface ServerShape {
  major: number;
  instances: number;
  /** Limits and requests as quantities. */
  limits: { cpu: string; memory: string };
  requests: { memory: string };
  /** Size of the data volume, as a quantity. */
  storage: string;
  /** Size of the WAL volume, as a quantity; absent when WAL is on the data volume. */
  walStorage?: string;
  /** Size of a WAL segment, MiB. */
  walSegmentSize?: number;
  /** Memory limit of the sidecars, as a quantity. */
  sidecarMemory?: string;
}

/** Libraries to preload: those given and those the extensions need. */
export function sharedPreloadLibraries(args: PostgresInstanceArgs): string[] {
  return [...new Set([...(args.sharedPreloadLibraries ?? []), ...preloadLibraries(args.extensions ?? [])])];
}

/** The complete parameters of one generation, why they are so, and what is to be said about them. */
export function serverParameters(args: PostgresInstanceArgs, shape: ServerShape): JudgedParameters {
  const judged = judgeParameters({
    profile: args.profile,
    parameters: args.parameters ?? {},
    pod: podSize(shape),
    around: surroundings(args, shape),
    acceptMemoryRisk: args.acceptMemoryRisk ?? false,
  });
  const parameters = {
    ...standbyParameters(args, shape.instances),
    ...followed(shape.major, judged.parameters),
    ...judged.parameters,
  };
  return { ...judged, parameters };
}

/** Parameters that a standby must not have lower than its primary stand in every Cluster: taking one out would crash standbys. */
function followed(major: number, parameters: Record<string, string>): Record<string, string> {
  const catalogue = loadCatalogue(major);
  return Object.fromEntries(
    followerSensitive.flatMap(name => {
      const value = effectiveValue(catalogue, parameters, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function podSize(shape: ServerShape): PodSize {
  return {
    major: shape.major,
    memory: bytes(shape.limits.memory),
    memoryRequest: bytes(shape.requests.memory),
    cpu: Number(parseNano(shape.limits.cpu) ?? 0n) / 1e9,
    storage: bytes(shape.storage),
    ...(shape.walStorage === undefined ? {} : { walStorage: bytes(shape.walStorage) }),
    ...(shape.walSegmentSize === undefined ? {} : { walSegment: shape.walSegmentSize * 2 ** 20 }),
    ...(shape.sidecarMemory === undefined ? {} : { sidecarMemory: bytes(shape.sidecarMemory) }),
  };
}

function surroundings(args: PostgresInstanceArgs, shape: ServerShape): ParameterSurroundings {
  const raw = args.overrides?.cluster?.spec as RawSpec | undefined;
  return {
    major: shape.major,
    instances: shape.instances,
    memory: bytes(shape.limits.memory),
    memoryRequest: bytes(shape.requests.memory),
    hugePages: hugePages(raw),
    walVolume: bytes(shape.walStorage ?? shape.storage),
    separateWal: shape.walStorage !== undefined,
    preloadedLibraries: sharedPreloadLibraries(args),
    seccomp: raw?.seccompProfile?.type ?? "RuntimeDefault",
    archiving: true,
    allowUnsafe: args.allowUnsafeParameters ?? [],
  };
}

/** What the overrides may say about the pod. */
interface RawSpec {
  seccompProfile?: { type?: string };
  resources?: { limits?: Record<string, unknown> };
}

function hugePages(raw: RawSpec | undefined): number {
  return Object.entries(raw?.resources?.limits ?? {})
    .filter(([resource]) => resource.startsWith("hugepages-"))
    .reduce((sum, [, amount]) => sum + bytes(String(amount)), 0);
}

function bytes(quantity: string): number {
  return Number(parseBytes(quantity) ?? 0n);
}
