import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  migrationConfigMapData,
  migrationFile,
  migrationProblems,
  migrationVersion,
  mostBytes,
} from "../../../../src/application/migration/files";
import { failureText } from "../../../../src/application/migration/failure";
import { MigrationRefusal, pendingMigrations } from "../../../../src/application/migration/history";

const good = {
  "0001_a.sql": "CREATE TABLE a (b int);",
  "0002_b.sql": "-- no-transaction\nCREATE INDEX CONCURRENTLY c ON a (b);",
};

describe("migrationProblems", () => {
  it("finds nothing in good files", () => assert.deepEqual(migrationProblems(good), []));

  const bad: [string, Record<string, string>, RegExp[]][] = [
    ["a name with a slash", { "a/b.sql": "" }, [/cannot be a key of a ConfigMap/]],
    ["a name with a space", { "a b.sql": "" }, [/cannot be a key/]],
    ["a name of two full stops", { "..a.sql": "" }, [/cannot be a key/]],
    ["a name that is too long", { [`${"a".repeat(250)}.sql`]: "" }, [/cannot be a key/]],
    ["another ending", { "0001_a.SQL": "" }, [/does not end in \.sql/]],
    [
      "numbers that do not sort",
      { "10_b.sql": "", "9_a.sql": "" },
      [/^9_a.sql: It would be run after 10_b\.sql/],
    ],
    [
      "COMMIT",
      { "1.sql": "SELECT 1;\ncommit;" },
      [/Line 2 has COMMIT: each file is one transaction already\. Take it out\. SAVEPOINT/],
    ],
    [
      "BEGIN outside",
      { "1.sql": "-- no-transaction\nBEGIN;" },
      [/each statement is a transaction already\. .*into a file without/],
    ],
    ["input that is not there", { "1.sql": "\nCOPY a FROM stdin;" }, [/Line 2 has COPY FROM STDIN.*INSERT/]],
    ["a command of psql", { "1.sql": "\\set a 1\n" }, [/Line 1 has a command of psql/]],
    ["a character of code 0", { "1.sql": "SELECT '\0'" }, [/a character of code 0/]],
    ["too much", { "1.sql": "-", "2.sql": "ä".repeat(mostBytes / 2) }, [/The files have 1048577 bytes/]],
  ];
  for (const [name, files, patterns] of bad) {
    it(`finds ${name}`, () => {
      const found = migrationProblems(files).map(
        ({ file, problem, remedy }) => `${file}: ${problem} ${remedy}`,
      );
      assert.equal(found.length, patterns.length, found.join("\n"));
      for (const [i, pattern] of patterns.entries()) assert.match(found[i] ?? "", pattern);
    });
  }

  it("takes as much as a ConfigMap holds", () => {
    assert.deepEqual(migrationProblems({ "1.sql": `--${"a".repeat(mostBytes - 2)}` }), []);
  });
});

describe("migrationVersion", () => {
  it("depends on every name and text, and not on their order", () => {
    const reversed = Object.fromEntries(Object.entries(good).reverse());
    assert.equal(migrationVersion(reversed), migrationVersion(good));
    assert.deepEqual(Object.keys(migrationConfigMapData(reversed)), Object.keys(good));
    assert.match(migrationVersion(good), /^[0-9a-f]{16}$/);
    const files = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(files, files, (a, b) => {
        const same = JSON.stringify(migrationConfigMapData(a)) === JSON.stringify(migrationConfigMapData(b));
        assert.equal(migrationVersion(a) === migrationVersion(b), same);
      }),
    );
  });
});

describe("pendingMigrations", () => {
  const files = ["1.sql", "2.sql", "3.sql"].map(name => migrationFile(name, name));
  const names = (applied: number): string[] =>
    pendingMigrations(files, files.slice(0, applied)).map(({ name }) => name);

  it("is what was not run, in the order of the names", () => {
    assert.deepEqual(names(0), ["1.sql", "2.sql", "3.sql"]);
    assert.deepEqual(names(2), ["3.sql"]);
    assert.deepEqual(names(3), []);
    assert.deepEqual(pendingMigrations(files.toReversed(), []), files);
  });

  it("refuses what does not continue the history, with all reasons", () => {
    const old = [
      migrationFile("0.sql", ""),
      migrationFile("1.sql", "other"),
      migrationFile("3.sql", "3.sql"),
    ];
    assert.throws(
      () => pendingMigrations(files, old),
      (error: Error) => {
        assert.ok(error instanceof MigrationRefusal);
        assert.match(
          error.message,
          /^Nothing was run: 0\.sql was run in this database and is no longer there\. Put it back as it was\./,
        );
        assert.match(
          error.message,
          / 1\.sql was run in this database and has another text since\. Put the old text back,/,
        );
        assert.match(
          error.message,
          / 2\.sql is new, but sorts before 3\.sql, which was run\. Give it a name/,
        );
        return true;
      },
    );
  });
});

describe("failureText", () => {
  const statement = { text: "SELECT '😀',\n  b\nFROM c", line: 4, words: [] };
  it("names file, line, code and words of the server", () => {
    const error = {
      message: 'column "b" does not exist',
      code: "42703",
      position: "16",
      hint: "Look again.",
    };
    assert.equal(
      failureText("1.sql", statement, error),
      '1.sql, line 5: ERROR 42703: column "b" does not exist. Hint: Look again.',
    );
    // The pair of halves is one character: the line break is the eleventh.
    assert.match(
      failureText("1.sql", statement, { message: "m", position: "12" }),
      /^1\.sql, line 4: ERROR: m\.$/,
    );
    assert.match(failureText("1.sql", statement, { message: "m", position: "13" }), /^1\.sql, line 5:/);
  });
  it("says what to do where the server does not", () => {
    const error = {
      message: "CREATE INDEX CONCURRENTLY cannot run inside a transaction block",
      code: "25001",
    };
    assert.match(failureText("1.sql", statement, error), /^1\.sql, line 4: .* -- no-transaction/);
  });
});
