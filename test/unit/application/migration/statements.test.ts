import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { statementsOf } from "../../../../src/application/migration/statements";
import { isOutsideTransaction, transactionControl } from "../../../../src/application/migration/transaction";

const texts = (sql: string): string[] => statementsOf(sql).map(({ text }) => text);

describe("statementsOf", () => {
  it("finds each with its line, and no comment before it", () => {
    const sql =
      "-- first\nCREATE TABLE a (b int);\n\n/* c; /* d; */ e; */ INSERT INTO a\nVALUES (1) ;;\nSELECT 1";
    assert.deepEqual(statementsOf(sql), [
      { text: "CREATE TABLE a (b int)", line: 2, words: ["CREATE", "TABLE", "A"] },
      { text: "INSERT INTO a\nVALUES (1)", line: 4, words: ["INSERT", "INTO", "A", "VALUES"] },
      { text: "SELECT 1", line: 6, words: ["SELECT"] },
    ]);
    assert.deepEqual(statementsOf("-- nothing;\n \t;"), []);
  });

  const whole: [string, string][] = [
    ["a string", "SELECT 'a;''b;'"],
    ["a string with a backslash at its end", "SELECT '\\', 1"],
    ["a string with escapes", "SELECT E'a\\';b''c;'"],
    ["a quoted name", 'SELECT ";" AS "a"";b"'],
    ["a quote of dollars", "SELECT $$a;$b$;$$"],
    [
      "a quote of dollars with a tag",
      "CREATE FUNCTION f() RETURNS void AS $x_1$ BEGIN; $$;$$ END; $x_1$ LANGUAGE plpgsql",
    ],
    ["a name with dollars", "SELECT a$b$c"],
    ["a parameter", "PREPARE p AS SELECT $1, $2"],
    ["brackets", "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)"],
    ["a comment inside", "SELECT 1 -- ; '\n, 2 /* ; ' */"],
    [
      "a body that is SQL",
      "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
    ],
    ["a word END elsewhere", "SELECT CASE WHEN true THEN 1 END"],
  ];
  for (const [name, sql] of whole) {
    it(`keeps ${name} whole`, () =>
      assert.deepEqual(texts(`SELECT 0;${sql};SELECT 3`), ["SELECT 0", sql, "SELECT 3"]));
  }

  it("leaves what is not closed to the server", () => {
    for (const open of ["SELECT 'a;", 'SELECT "a;', "SELECT $a$;$b$;", "SELECT (1;2", "SELECT E'a\\';"])
      assert.deepEqual(texts(`SELECT 0; ${open}`), ["SELECT 0", open]);
    assert.deepEqual(texts("SELECT 0; /* ; "), ["SELECT 0"]);
  });

  it("reads a file from an editor that puts a mark at its beginning", () => {
    assert.deepEqual(texts("\uFEFFSELECT 1;\r\nSELECT 2;\r\n"), ["SELECT 1", "SELECT 2"]);
  });

  it("finds as many as were joined, whatever stands in their strings", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "'", '"', ";", "$", "\\", "-", "/", "*", "(", "\n", "ä"),
    });
    const quoted = text.map(value => `'${value.replaceAll("'", "''")}'`);
    const name = text.map(value => `"${value.replaceAll('"', '""')}"`);
    const escaped = text.map(value => `E'${value.replaceAll(/['\\]/g, "\\$&")}'`);
    const dollars = text.filter(value => !value.includes("$")).map(value => `$q$${value}$q$`);
    const statement = fc.array(fc.oneof(quoted, name, escaped, dollars), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1 }), list => {
        const statements = list.map(parts => `SELECT ${parts.join(" , ")}`);
        assert.deepEqual(texts(statements.join(";\n")), statements);
      }),
    );
  });

  it("reads a megabyte in a moment", () => {
    const begin = Date.now();
    assert.equal(statementsOf("INSERT INTO a VALUES ('x', 1);\n".repeat(33_000)).length, 33_000);
    assert.equal(statementsOf(`INSERT INTO a VALUES ${"('x', b),".repeat(110_000)} (1)`).length, 1);
    assert.ok(Date.now() - begin < 3000);
  });
});

describe("transactionControl", () => {
  const words = (sql: string): string | undefined => transactionControl(statementsOf(sql)[0]!);
  it("knows what begins and ends a transaction", () => {
    for (const sql of ["begin", "COMMIT", "End", "abort", "ROLLBACK", "rollback work"])
      assert.ok(words(sql), sql);
    assert.equal(words("start transaction read only"), "START TRANSACTION");
    assert.equal(words("prepare transaction 'a'"), "PREPARE TRANSACTION");
    for (const sql of [
      "savepoint a",
      "rollback to a",
      "ROLLBACK TRANSACTION TO a",
      "prepare p AS SELECT 1",
      "DO $$begin end$$",
    ])
      assert.equal(words(sql), undefined, sql);
  });
});

describe("isOutsideTransaction", () => {
  it("reads only the first line", () => {
    for (const text of ["-- no-transaction", "--no-transaction \r\nSELECT 1", "\uFEFF-- no-transaction\n"])
      assert.equal(isOutsideTransaction(text), true, text);
    for (const text of ["", "\n-- no-transaction", "-- no-transactions", "SELECT 1 -- no-transaction"])
      assert.equal(isOutsideTransaction(text), false, text);
  });
});
