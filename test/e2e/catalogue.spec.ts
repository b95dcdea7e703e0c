import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { stringify } from "yaml";
import { PostgresInstance, Workload } from "../../src";
import { loadCatalogue } from "../../src/parameters/catalogue";
import { fixedParameters } from "../../src/parameters/fixed";
import { serverBinaries, serverMajors } from "../servers/binaries";
import { crossCheck, type CrossCheck } from "../servers/cross-check";
import { compareDifferences, crossCheckTable, readExplanations } from "../servers/differences";
import { catalogueDrift, type SettingsRow } from "../servers/drift";
import { harness, type SpecStack } from "./harness";
import { small } from "./orders";

describe("parameter catalogues and real servers of every major", function () {
  // The servers are downloaded when they are not in the cache.
  this.timeout(10 * 60_000);
  const checks: CrossCheck[] = [];

  before(async () => {
    for (const major of serverMajors) await serverBinaries(major);
  });

  for (const major of serverMajors) {
    it(`agree on at least 2,000 values of ${major}, or the difference is explained`, async () => {
      const check = await crossCheck(major);
      checks.push(check);
      const { unexplained, gone } = compareDifferences([check], readExplanations());
      assert.deepEqual({ unexplained, gone }, { unexplained: [], gone: [] });
      assert.ok(check.pairs >= 2000, `${check.pairs} pairs`);
      assert.ok(check.shown >= 1000, `${check.shown} settings`);
    });
  }

  after(() => {
    const { explained } = compareDifferences(checks, readExplanations());
    process.stdout.write(`${crossCheckTable(checks, explained)}\n`);
  });
});

describe("parameter catalogues and operand images", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  const majors = ["17", "18"];
  let stack: SpecStack;

  /** Each loads a library whose parameters the catalogue has too. */
  const parameters = {
    "auto_explain.log_level": "log",
    hot_standby_feedback: "on",
    "pg_failover_slots.drop_extra_slots": "on",
    "pg_stat_statements.track": "top",
    "pgaudit.log": "none",
  };

  before(async () => {
    stack = await bench.stackFor("catalogue", async () => ({}));
    await stack.up(async () => {
      const provider = new kubernetes.Provider("kubernetes", { enableSecretMutable: true });
      for (const version of majors) {
        // The operator's own defaults are seen where no profile sets others.
        const profile = { workload: Workload.Custom };
        const plain = { profile, parameters, acceptMemoryRisk: true, storage: { size: "3Gi" } };
        const args = { ...small, ...plain, namespace: stack.namespace, version };
        new PostgresInstance(`orders${version}`, args, { provider });
      }
    });
  });

  const sql = async (version: string, text: string): Promise<string> =>
    bench.superuserSql(stack.namespace, `orders${version}-g1-1`, text);

  for (const version of majors) {
    it(`say the same of every parameter of ${version}`, async () => {
      const release = await sql(version, "SHOW server_version");
      const [, minor] = /^\d+\.(\d+)/.exec(release) ?? assert.fail(release);
      const text = await sql(version, "LOAD 'vector'; LOAD 'plpgsql'; SELECT json_agg(s) FROM pg_settings s");
      const rows = JSON.parse(text) as SettingsRow[];
      assert.deepEqual(catalogueDrift(loadCatalogue(Number(version)), Number(minor), rows), []);
      bench.note(`${release}: ${rows.length} parameters are as the catalogue says.`);
    });
  }

  it("agree with admission on the names that CloudNativePG owns", async () => {
    const refused = await refusedByAdmission(
      Object.fromEntries([...fixedParameters.keys()].map(name => [name, "x"])),
    );
    // Both are overwritten in place of being refused.
    const overwritten = ["allow_alter_system", "archive_mode"];
    const owned = [...fixedParameters.keys()].filter(name => !overwritten.includes(name));
    assert.deepEqual(refused.sort(), owned.sort());
  });

  /** Names in the answer to a Cluster that is not made. */
  async function refusedByAdmission(values: Record<string, string>): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), "catalogue-"));
    try {
      const file = join(folder, "cluster.yaml");
      const cluster = {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name: "fixed", namespace: stack.namespace },
        spec: { instances: 1, storage: { size: "1Gi" }, postgresql: { parameters: values } },
      };
      writeFileSync(file, stringify(cluster));
      const answer = await bench.kubectl("create", "--dry-run=server", "-f", file).then(
        () => "",
        (error: Error) => error.message,
      );
      return [...answer.matchAll(/parameters\.([\w.]+): [^\n]*?fixed configuration parameter/g)].map(
        match => match[1] ?? "",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});
