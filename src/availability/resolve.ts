import { DataDurability, SynchronousMethod, type SynchronousReplication } from "../cnpg/cluster";
import type { PostgresInstanceArgs, Spread } from "../instance/args";
import { AvailabilityClass, type LeaseArgs } from "./args";
import { type CheckTimes, type ClassSettings, classSettings, lagCheck } from "./class";

/** The arguments that decide how available an instance is. */
export type AvailabilityArgs = Pick<
  PostgresInstanceArgs,
  | "availability"
  | "instances"
  | "synchronous"
  | "healthMonitor"
  | "maxLagBytes"
  | "scheduling"
  | "smartShutdownTimeout"
>;

/** How available an instance is, with every default filled in. */
export interface Availability {
  class: AvailabilityClass;
  instances: number;
  synchronous?: SynchronousReplication;
  hostSpread: Spread;
  zoneSpread: Spread;
  /** Times of the readiness probe; those of CloudNativePG when absent. */
  check?: Partial<CheckTimes>;
  /** Lag above which a standby counts as failed, bytes. */
  maxEligibleLagBytes?: number;
  /** Times of the primary's Lease; those of CloudNativePG when absent. */
  lease?: LeaseArgs;
  /** Only when it was given: maintenance writes the field too. */
  failoverDelay?: number;
  smartShutdownTimeout: number;
  /** That of CloudNativePG when absent. */
  switchoverDelay?: number;
  /** Lag that is reported and alerted, bytes. */
  maxLagBytes?: number;
}

/** The class that was asked for, or the one that follows from the number of instances. */
export function availabilityClass({
  availability,
  instances = 1,
}: Pick<AvailabilityArgs, "availability" | "instances">): AvailabilityClass {
  return availability ?? (instances > 1 ? AvailabilityClass.Standard : AvailabilityClass.Single);
}

/** What the class sets; an unknown class, which is refused, sets what `single` does. */
export function settingsOf(args: Pick<AvailabilityArgs, "availability" | "instances">): ClassSettings {
  const name = availabilityClass(args);
  return Object.hasOwn(classSettings, name) ? classSettings[name] : classSettings[AvailabilityClass.Single];
}

/** Number of PostgreSQL servers: as given, or that of the class. */
export function instanceCount(args: Pick<AvailabilityArgs, "availability" | "instances">): number {
  return args.instances ?? settingsOf(args).instances;
}

/** Fills in the defaults of the class. */
export function resolveAvailability(args: AvailabilityArgs): Availability {
  const settings = settingsOf(args);
  const { maxEligibleLagBytes, failoverDelay, switchoverDelay, lease } = args.healthMonitor ?? {};
  return {
    class: availabilityClass(args),
    instances: instanceCount(args),
    synchronous: resolveSynchronous(args),
    hostSpread: args.scheduling?.hostSpread ?? settings.hostSpread,
    zoneSpread: args.scheduling?.zoneSpread ?? settings.zoneSpread,
    check: resolveCheck(args, settings),
    maxEligibleLagBytes,
    lease: settings.lease === undefined && lease === undefined ? undefined : { ...settings.lease, ...lease },
    failoverDelay,
    smartShutdownTimeout: args.smartShutdownTimeout ?? settings.smartShutdownTimeout,
    switchoverDelay: switchoverDelay ?? settings.switchoverDelay,
    maxLagBytes: args.maxLagBytes,
  };
}

function resolveCheck(args: AvailabilityArgs, { check }: ClassSettings): Partial<CheckTimes> | undefined {
  const { checkInterval, failureThreshold, checkTimeout, maxEligibleLagBytes } = args.healthMonitor ?? {};
  const own = defined({ checkInterval, failureThreshold, checkTimeout });
  const base = maxEligibleLagBytes === undefined ? check : lagCheck;
  return base === undefined && Object.keys(own).length === 0 ? undefined : { ...base, ...own };
}

/** Synchronous replication as it was asked for, completed by the class. */
export function resolveSynchronous(args: AvailabilityArgs): SynchronousReplication | undefined {
  const { synchronous: ofClass } = settingsOf(args);
  if (args.synchronous === undefined && ofClass === undefined) return undefined;
  return {
    method: SynchronousMethod.any,
    number: ofClass?.failoverQuorum === true ? confirming(instanceCount(args)) : 1,
    dataDurability: DataDurability.required,
    failoverQuorum: false,
    ...ofClass,
    ...defined(args.synchronous ?? {}),
  };
}

/**
 * Standbys that confirm, for a quorum: as many may be away while writes go on as while a failover is safe, or one fewer. A failover is safe
 * when the standbys that can be promoted and those that confirm are together more than all.
 */
function confirming(instances: number): number {
  return Math.max(1, Math.floor(instances / 2));
}

function defined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as unknown as Partial<T>;
}
