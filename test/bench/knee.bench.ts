import * as assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { AvailabilityClass, type HealthMonitorArgs, PostgresInstance } from "../../src";
import { burners, keepCpusBusy } from "../e2e/cpu-load";
import { harness, type SpecStack } from "../e2e/harness";
import { small } from "../e2e/orders";
import { keepResult } from "./result";

/** Seconds of full CPU load. */
const seconds = Number(process.env.BENCH_SECONDS ?? 600);
/** What they ask for. A pod of the instances asks for 20m, so in a crush it gets a fiftieth of theirs. */
const burnerCpu = "1";

/** Times of checks that are compared, the shipped ones among them. */
const settings: Record<string, HealthMonitorArgs | undefined> = {
  shipped: undefined,
  "one-by-three": { checkInterval: 1, failureThreshold: 3, checkTimeout: 1 },
  "one-by-one": { checkInterval: 1, failureThreshold: 1, checkTimeout: 1 },
};

/** What became of an instance under load. */
interface Outcome {
  setting: HealthMonitorArgs | undefined;
  /** Readiness probes that failed, of all its servers. */
  failedChecks: number;
  /** Changes of the primary. */
  failovers: number;
}

describe("checks of servers while every CPU is busy", function () {
  this.timeout(60 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  before(async () => {
    stack = await bench.stackFor("bench-knee", async namespace => {
      const provider = new kubernetes.Provider("kubernetes", { enableSecretMutable: true });
      let former: PostgresInstance | undefined;
      for (const [name, healthMonitor] of Object.entries(settings)) {
        // One after the other: on two cores all at once take longer than an update waits.
        former = new PostgresInstance(
          name,
          {
            ...small,
            namespace,
            availability: AvailabilityClass.Standard,
            instances: 2,
            scheduling: { hostSpread: "none", zoneSpread: "none" },
            healthMonitor,
          },
          { provider, dependsOn: former === undefined ? [] : [former] },
        );
      }
    });
    await stack.up();
  });

  interface Counts {
    timeline: number;
    failedChecks: number;
  }

  async function read(): Promise<Record<string, Counts>> {
    const counts = Object.keys(settings).map(async (name): Promise<[string, Counts]> => {
      return [name, { timeline: await timeline(name), failedChecks: await failedChecks(name) }];
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  const timeline = async (name: string): Promise<number> =>
    Number(
      await bench.field(stack.namespace, `clusters.postgresql.cnpg.io/${name}-g1`, ".status.timelineID"),
    );

  async function failedChecks(name: string): Promise<number> {
    const found = await bench.kubectl(
      ...["get", "events", "-n", stack.namespace, "--field-selector", "reason=Unhealthy", "-o", "json"],
    );
    const { items } = JSON.parse(found) as {
      items: { involvedObject: { name: string }; message: string; count?: number }[];
    };
    return items
      .filter(({ involvedObject }) => involvedObject.name.startsWith(`${name}-g1-`))
      .filter(({ message }) => message.startsWith("Readiness"))
      .reduce((sum, { count }) => sum + (count ?? 1), 0);
  }

  it(`the shipped times fail over nobody in ${seconds} s; shorter ones show where the knee is`, async () => {
    const before = await read();
    await keepCpusBusy(bench, { namespace: stack.namespace, seconds, cpu: burnerCpu });
    const after = await read();
    const outcomes = Object.fromEntries(
      Object.entries(settings).map(([name, setting]): [string, Outcome] => {
        const grown = (figure: keyof Counts): number =>
          (after[name]?.[figure] ?? NaN) - (before[name]?.[figure] ?? NaN);
        return [name, { setting, failedChecks: grown("failedChecks"), failovers: grown("timeline") }];
      }),
    );
    const file = keepResult("knee", { seconds, burners, burnerCpu, outcomes });
    bench.note(`${JSON.stringify(outcomes)}; ${file}`);
    assert.equal(outcomes.shipped?.failovers, 0);
  });
});
