import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { resolveInstance } from "../../../src/instance/resolve";
import { instanceProblems } from "../../../src/instance/validate";
import { loadCatalogue } from "../../../src/parameters/catalogue";
import { effectiveNumber } from "../../../src/parameters/effective";
import { askedFor, connectionBudget, largestPool, podsAtOnce } from "../../../src/pooler/size";

describe("the size of a pool", () => {
  const examples: [string, PostgresInstanceArgs, number][] = [
    ["the smallest server", { size: "micro" }, 2],
    ["the smallest server with standbys, two pods", { size: "micro", instances: 3 }, 1],
    ["a medium server", { size: "medium", instances: 3 }, 18],
    ["more pods, smaller pools", { size: "medium", instances: 3, pooler: { instances: 5 } }, 9],
    ["a given number of connections", { instances: 3, parameters: { max_connections: "60" } }, 8],
    ["connections that are reserved", { instances: 3, parameters: { reserved_connections: "6" } }, 3],
  ];
  for (const [name, args, expected] of examples) {
    it(`follows the server's connections: ${name}`, () => {
      const { pooler } = resolveInstance("orders", { pooler: {}, ...args });
      assert.equal(pooler?.parameters.default_pool_size, String(expected));
      assert.equal(pooler?.parameters.max_db_connections, String(expected));
    });
  }

  const anyPooled = fc.record({
    size: fc.constantFrom("micro" as const, "small" as const, "medium" as const, "large" as const),
    instances: fc.integer({ min: 1, max: 5 }),
    version: fc.constantFrom("14", "16", "18"),
    parameters: fc.record({
      max_connections: fc.integer({ min: 10, max: 400 }).map(String),
      superuser_reserved_connections: fc.integer({ min: 0, max: 9 }).map(String),
    }),
    acceptMemoryRisk: fc.constant(true),
    pooler: fc.record(
      { instances: fc.integer({ min: 1, max: 9 }), poolSize: fc.integer({ min: 1, max: 200 }) },
      { requiredKeys: [] },
    ),
  });

  it("never lets the pods ask for more than the server has for them, whatever is accepted", () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyPooled, args => {
        if (instanceProblems("orders", args).length > 0) return;
        accepted++;
        const { pooler, active } = resolveInstance("orders", args);
        const count = (name: string): number =>
          effectiveNumber(loadCatalogue(active.major), active.server.parameters, name) ?? 0;
        const each = Number(pooler?.parameters.default_pool_size);
        const pods = (pooler?.instances ?? 0) + 1;
        assert.ok(each >= 1);
        assert.ok(
          2 * pods * each < count("max_connections") - count("superuser_reserved_connections"),
          `${pods} pods of ${each} at ${count("max_connections")}`,
        );
      }),
      { numRuns: 150 },
    );
    assert.ok(accepted > 30, `only ${accepted} were accepted`);
  });

  it("is the largest that fits", () => {
    fc.assert(
      fc.property(
        fc.record({
          most: fc.integer({ min: 1, max: 5000 }),
          reserved: fc.integer({ min: 0, max: 20 }),
          direct: fc.integer({ min: 3, max: 500 }),
        }),
        fc.integer({ min: 1, max: 20 }),
        (budget, instances) => {
          const size = largestPool(budget, instances);
          const room = budget.most - budget.reserved - budget.direct;
          if (size >= 1) assert.ok(askedFor(size, instances) <= room);
          assert.ok(askedFor(size + 1, instances) > room);
          assert.equal(podsAtOnce(instances), instances + 1);
        },
      ),
    );
  });

  it("leaves connections to others", () => {
    assert.deepEqual(connectionBudget(18, { max_connections: "200" }), {
      most: 200,
      reserved: 3,
      direct: 20,
    });
    assert.deepEqual(connectionBudget(14, { max_connections: "16" }), { most: 16, reserved: 3, direct: 3 });
  });
});
