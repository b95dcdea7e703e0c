import * as assert from "node:assert/strict";
import * as ts from "typescript";
import { type PostgresInstanceArgs } from "../../../src/instance";
import { instanceProblems } from "../../../src/instance/validate";
import { type Remains, revivalArguments, tombstoneText } from "../../../src/restore/tombstone";

const remains: Remains = {
  name: "orders",
  namespace: "shop",
  store: "backups",
  archive: "orders-g2",
  generations: ["1", "10", "2"],
  backupId: "20261120T020003",
  end: "2026-11-20T02:00:10Z",
  arguments: { version: "17", storage: { size: "20Gi" }, parameters: { "pg_stat_statements.max": "100" } },
};

describe("what brings a deleted instance back", () => {
  const store = { name: "backups", namespace: "shop", secrets: [], recoveryWindowDays: 7 };
  const args = { ...revivalArguments(remains), backup: { store } } as PostgresInstanceArgs;

  it("restores its archive into a generation that never was, whose archive is free", () => {
    assert.deepEqual(args.generations, {
      "11": {
        restoredFrom: { archive: "orders-g2", backupId: "20261120T020003", target: { latest: true } },
      },
    });
    assert.equal(args.activeGeneration, "11");
    assert.equal(args.version, "17");
  });

  it("is accepted as it stands", () => {
    assert.deepEqual(instanceProblems("orders", args), []);
  });

  it("is a program with the same arguments", () => {
    const text = tombstoneText(remains);
    const compiled = ts.transpileModule(text, { reportDiagnostics: true });
    assert.deepEqual(compiled.diagnostics, []);
    let given: unknown[] = [];
    class PostgresInstance {
      constructor(...all: unknown[]) {
        given = all;
      }
    }
    new Function("PostgresInstance", "store", compiled.outputText)(PostgresInstance, { reference: store });
    assert.deepEqual(given, ["orders", args]);
    assert.match(text, /20261120T020003 in archive orders-g2/);
  });
});
