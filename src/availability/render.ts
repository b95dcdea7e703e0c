import { type ClusterSpec, ProbeType, type ProbeWithStrategy } from "../cnpg/cluster";
import type { ProbeArgs, ProbesArgs } from "../instance/args";
import { startupInterval } from "./class";
import type { Availability } from "./resolve";

/** The fields of a Cluster that decide when and to whom it fails over. */
export type AvailabilitySpec = Pick<
  ClusterSpec,
  "probes" | "primaryLease" | "failoverDelay" | "switchoverDelay" | "smartShutdownTimeout"
>;

/**
 * @param probes what was asked for of single probes; it wins
 * @param readyTimeout seconds a server may take to start, where the startup probe was asked for
 */
export function availabilitySpec(
  availability: Availability,
  probes: ProbesArgs | undefined,
  readyTimeout: number,
): AvailabilitySpec {
  const { lease, failoverDelay, switchoverDelay, smartShutdownTimeout } = availability;
  return {
    probes: { startup: startup(probes?.startup, readyTimeout), readiness: readiness(availability, probes) },
    primaryLease: lease && {
      leaseDurationSeconds: lease.durationSeconds,
      renewDeadlineSeconds: lease.renewDeadlineSeconds,
      retryPeriodSeconds: lease.retryPeriodSeconds,
    },
    failoverDelay,
    switchoverDelay,
    smartShutdownTimeout,
  };
}

/** Without a threshold of its own a server may take CloudNativePG's `startDelay`, an hour: a long recovery must not be cut off. */
function startup(given: ProbeArgs | undefined, readyTimeout: number): ProbeWithStrategy {
  const period = given?.periodSeconds ?? startupInterval;
  return {
    ...probe({ ...given, periodSeconds: period }),
    ...(given === undefined
      ? {}
      : { failureThreshold: given.failureThreshold ?? Math.max(30, Math.ceil(readyTimeout / period)) }),
  };
}

function readiness(
  availability: Availability,
  probes: ProbesArgs | undefined,
): ProbeWithStrategy | undefined {
  const { check, maxEligibleLagBytes } = availability;
  const given = probes?.readiness;
  if (check === undefined && given === undefined) return undefined;
  const limited =
    maxEligibleLagBytes === undefined
      ? {}
      : { type: ProbeType.streaming, maximumLag: lagQuantity(maxEligibleLagBytes) };
  return probe({
    periodSeconds: check?.checkInterval,
    failureThreshold: check?.failureThreshold,
    timeoutSeconds: check?.checkTimeout,
    ...limited,
    ...given,
  });
}

function probe(args: ProbeArgs): ProbeWithStrategy {
  return { ...args, type: (args.type ?? ProbeType.pgIsReady) as ProbeType };
}

const units = ["Ki", "Mi", "Gi", "Ti"];

/**
 * Bytes as a quantity with a binary suffix, rounded up. CloudNativePG 1.30 reads the digits of the limit only, and what it writes back
 * has a decimal suffix where the number allows one: 1000000 becomes 1M, which is then read as one byte.
 */
export function lagQuantity(bytes: number): string {
  let amount = Math.ceil(bytes / 1024);
  let unit = 0;
  while (amount % 1024 === 0 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount}${units[unit]}`;
}
