import * as assert from "node:assert/strict";
import { CheckOutcome } from "../../../src/backup/drill/report";
import type { DrillChecks } from "../../../src/backup/drill/args";
import { checkRestored } from "../../../src/operations/drill-checks";
import { drilledPods, type PodAnswer, sound } from "./drilled-pod";
import { context } from "./fakes";

describe("the checks of a restored instance", () => {
  const check = async (answer: PodAnswer, checks: DrillChecks = {}, major = 18) => {
    const { execute, commands } = drilledPods(answer);
    const around = context();
    const request = { namespace: "shop", pod: "orders-drill-1", major, database: "app", checks };
    const found = await checkRestored(request, { ...around, execute, secondsLeft: () => 60 });
    return { ...found, commands, said: around.said };
  };
  const otherwise =
    (pattern: RegExp, answer: object): PodAnswer =>
    (pod, command) =>
      pattern.test(command.join(" ")) ? answer : sound(pod, command);

  it("pass in a sound one, and count its rows", async () => {
    const { checks, rows } = await check(sound);
    assert.deepEqual(
      checks.map(({ name, outcome, detail }) => [name, outcome, detail]),
      [
        ["checksums", "passed", "200 pages were read without an error, their checksums are right."],
        ["amcheck", "passed", "Tables and B-tree indexes of all databases are sound."],
        ["rowCounts", "passed", "42 rows in 1 tables."],
      ],
    );
    assert.deepEqual(rows, {
      tables: 1,
      rows: 42,
      exact: true,
      largest: [{ database: "app", table: "public.orders", rows: 42, exact: true }],
    });
  });

  it("fail at a page that cannot be read, and name it", async () => {
    const torn = { stdout: '{"pages": 99, "problems": ["orders_gin (main): invalid page in block 5"]}' };
    const { checks } = await check(otherwise(/dbname='app'.*drilled_pages/s, torn));
    assert.equal(checks[0]?.outcome, CheckOutcome.Failed);
    assert.equal(checks[0]?.detail, "app: orders_gin (main): invalid page in block 5");
  });

  it("fail at checksums that the server counted", async () => {
    const counted = { stdout: '[{"setting":"on","failures":3}]' };
    const { checks } = await check(otherwise(/data_checksums/, counted));
    assert.deepEqual([checks[0]?.outcome, checks[0]?.detail], ["failed", "3 pages have a wrong checksum."]);
  });

  it("cannot tell of pages without checksums", async () => {
    const { checks } = await check(
      otherwise(/data_checksums/, { stdout: '[{"setting":"off","failures":0}]' }),
    );
    assert.equal(checks[0]?.outcome, CheckOutcome.Skipped);
    assert.match(checks[0]?.detail ?? "", /data_checksums is off/);
  });

  it("fail at what pg_amcheck complains of, and where the image has none", async () => {
    const torn = { exitCode: 2, stdout: "btree index orders_pkey:\n  item order invariant violated\n" };
    const { checks } = await check(otherwise(/^pg_amcheck/, torn));
    assert.equal(checks[1]?.detail, "btree index orders_pkey: item order invariant violated");
    const missing = await check(otherwise(/^pg_amcheck/, { exitCode: 127 }));
    assert.match(missing.checks[1]?.detail ?? "", /no pg_amcheck.*checks\.amcheck to false/);
  });

  it("look at unique indexes where the major can", async () => {
    const amcheck = async (major: number): Promise<string[]> =>
      (await check(sound, {}, major)).commands.find(([program]) => program === "pg_amcheck") ?? [];
    assert.ok((await amcheck(17)).includes("--checkunique"));
    assert.ok(!(await amcheck(16)).includes("--checkunique"));
  });

  it("want exactly one true from an assertion", async () => {
    const assertions = [{ name: "orders of yesterday", sql: "SELECT count(*) > 3 FROM orders" }];
    const answered = async (answer: object): Promise<string | undefined> => {
      const { checks } = await check(otherwise(/FROM orders$/, answer), { assertions });
      assert.equal(checks[3]?.name, "orders of yesterday");
      return checks[3]?.outcome === CheckOutcome.Passed ? undefined : checks[3]?.detail;
    };
    assert.equal(await answered({ stdout: "t\n" }), undefined);
    assert.match((await answered({ stdout: "f\n" })) ?? "", /returned false/);
    assert.match((await answered({ stdout: "" })) ?? "", /returned no row/);
    assert.match((await answered({ stdout: "t\nt\n" })) ?? "", /returned "t\\nt"/);
    assert.match(
      (await answered({ exitCode: 1, stderr: 'ERROR:  relation "orders" does not exist' })) ?? "",
      /In database app: ERROR: {2}relation/,
    );
  });

  it("tell a failed statement without its surroundings", async () => {
    const stderr =
      "ERROR:  invalid page in block 5\nCONTEXT:  SQL statement\nPL/pgSQL function inline_code_block\n";
    const { checks } = await check(otherwise(/dbname='app'.*drilled_rows/s, { exitCode: 3, stderr }));
    assert.equal(checks[2]?.detail, "In database app: ERROR:  invalid page in block 5");
  });

  it("are left out as asked", async () => {
    const none = { amcheck: false, checksums: false, rowCounts: false };
    const { checks, rows, commands } = await check(sound, none);
    assert.deepEqual([checks, rows, commands], [[], undefined, []]);
  });

  it("go into databases with any name", async () => {
    const { commands } = await check(
      otherwise(/pg_database/, { stdout: JSON.stringify([{ name: "it's a\\b=c" }]) }),
    );
    assert.ok(commands.some(command => command.includes("dbname='it\\'s a\\\\b=c'")));
  });
});
