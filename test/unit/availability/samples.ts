import fc from "fast-check";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { AvailabilityClass } from "../../../src/availability";
import { checkAvailability } from "../../../src/availability/validate";
import { checkUpdates } from "../../../src/instance/checks/updates";

/** Whole numbers as people write them, seldom a wrong one. */
const number = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1.5, -1, 20) },
);

const names = fc.oneof(
  { weight: 5, arbitrary: fc.constant<string[]>([]) },
  {
    weight: 1,
    arbitrary: fc.uniqueArray(fc.constantFrom("far-1", "far-2", "far 3", ""), { maxLength: 2 }),
  },
);

const lease = fc.oneof(
  {
    weight: 10,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .map(([retryPeriodSeconds, more, longer]) => {
        const renewDeadlineSeconds = Math.floor(1.2 * retryPeriodSeconds) + more;
        return { retryPeriodSeconds, renewDeadlineSeconds, durationSeconds: renewDeadlineSeconds + longer };
      }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { durationSeconds: number, renewDeadlineSeconds: number, retryPeriodSeconds: number },
      { requiredKeys: [] },
    ),
  },
);

/** Arguments about availability, most of them sensible. */
export const anyAvailability: fc.Arbitrary<PostgresInstanceArgs> = fc.record(
  {
    availability: fc.constantFrom(...Object.values(AvailabilityClass)),
    instances: fc.integer({ min: 1, max: 7 }),
    synchronous: fc.record(
      {
        method: fc.constantFrom("any" as const, "first" as const),
        number,
        dataDurability: fc.constantFrom("required" as const, "preferred" as const),
        failoverQuorum: fc.boolean(),
        maxStandbyNamesFromCluster: number,
        standbyNamesPre: names,
        standbyNamesPost: names,
      },
      { requiredKeys: [] },
    ),
    healthMonitor: fc.record(
      {
        checkInterval: number,
        failureThreshold: number,
        checkTimeout: number,
        maxEligibleLagBytes: fc.integer({ min: 1, max: 2 ** 40 }),
        failoverDelay: number,
        lease,
      },
      { requiredKeys: [] },
    ),
    probes: fc.record(
      {
        readiness: fc.record({ type: fc.constant("streaming"), periodSeconds: number }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
    maxLagBytes: number,
  },
  { requiredKeys: [] },
);

/** The arguments of which the checks about availability have nothing to say. */
export const allowedAvailability = anyAvailability.filter(args => {
  const problems: string[] = [];
  const report = (argument: string): void => void problems.push(argument);
  checkAvailability(args, report);
  checkUpdates(args, report);
  return problems.length === 0;
});
