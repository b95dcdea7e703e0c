import * as assert from "node:assert/strict";
import fc from "fast-check";
import { grantStatements } from "../../../src/application/grants";
import { identifierProblem, sqlIdentifier } from "../../../src/sql-identifier";
import { sqlLiteral } from "../../../src/sql-literal";

const plan = {
  database: "shop",
  owner: "shop_user",
  groups: { readOnly: "shop_readonly", readWrite: "shop_readwrite" },
  schemas: ["public", "sales"],
};

/** Names that try to get out of their quotes. */
const hostile = fc.oneof(
  fc.string({ minLength: 1, maxLength: 63, unit: "grapheme" }),
  fc.constantFrom(
    `"; DROP ROLE postgres; --`,
    `'; DROP ROLE postgres; --`,
    `$$; DROP ROLE postgres; $$`,
    `\\'; DROP ROLE postgres; --`,
    `x" TO public; --`,
    "select",
    "user",
    `""`,
    `''`,
    "/*",
    "ä".repeat(31),
    "%I %s %1$L",
  ),
);

/**
 * The statement with every quoted part taken out, as the server's scanner finds them: what is left is what the statement does.
 * @throws Error where a quote is left open
 */
function skeleton(sql: string): { bare: string; quoted: string[] } {
  const quoted: string[] = [];
  let bare = "";
  for (let at = 0; at < sql.length; at++) {
    const quote = sql[at] ?? "";
    if (quote !== '"' && quote !== "'") {
      bare += quote;
      continue;
    }
    let text = "";
    for (at++; ; at++) {
      if (at >= sql.length) throw new Error(`open quote in ${sql}`);
      if (sql[at] === quote && sql[at + 1] === quote) text += sql[++at] ?? "";
      else if (sql[at] === quote) break;
      else text += sql[at] ?? "";
    }
    quoted.push(text);
    bare += quote === '"' ? "<name>" : "<text>";
  }
  return { bare, quoted };
}

describe("the grants of a database", () => {
  it("take everything from PUBLIC, and give each group exactly its rights", () => {
    const text = grantStatements(plan).join(";\n");
    assert.match(text, /REVOKE ALL ON DATABASE "shop" FROM PUBLIC/);
    assert.match(text, /GRANT CONNECT ON DATABASE "shop" TO "shop_readonly"/);
    assert.match(text, /GRANT SELECT ON TABLES TO "shop_readonly"/);
    assert.match(text, /GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "shop_readwrite"/);
    assert.doesNotMatch(text, /GRANT [^;]*(INSERT|UPDATE|DELETE|CREATE|TEMPORARY)[^;]*"?shop_readonly/);
    assert.doesNotMatch(text, /GRANT [^;]*(CREATE|TRUNCATE|TRIGGER)\b/);
  });

  it("do the same whatever the names are", () => {
    const usual = grantStatements(plan).map(sql => skeleton(sql).bare);
    fc.assert(
      fc.property(
        fc.record({
          database: hostile,
          owner: hostile,
          groups: fc.record({ readOnly: hostile, readWrite: hostile }),
          schemas: fc.tuple(hostile, hostile),
        }),
        names => {
          const statements = grantStatements({ ...names, schemas: [...names.schemas] });
          assert.deepEqual(
            statements.map(sql => skeleton(sql).bare),
            usual,
          );
          for (const sql of statements.filter(text => text.startsWith("DO "))) {
            const [body = ""] = skeleton(sql).quoted;
            // Inside, names are literals again, and those are quoted by the server.
            const inner = skeleton(body);
            assert.doesNotMatch(inner.bare, /DROP ROLE/);
            for (const schema of names.schemas) assert.ok(inner.quoted.includes(schema));
          }
        },
      ),
    );
  });
});

describe("names and texts of SQL", () => {
  it("mean themselves, whatever is in them", () => {
    fc.assert(
      fc.property(hostile, name => {
        assert.deepEqual(skeleton(sqlIdentifier(name)), { bare: "<name>", quoted: [name] });
        assert.deepEqual(skeleton(sqlLiteral(name)), { bare: "<text>", quoted: [name] });
      }),
    );
  });

  it("are refused as names where PostgreSQL would change or refuse them", () => {
    assert.match(identifierProblem("") ?? "", /empty/);
    assert.match(identifierProblem("a\u0000b") ?? "", /control/);
    assert.match(identifierProblem("a\nb") ?? "", /control/);
    assert.match(identifierProblem("\ud800") ?? "", /Unicode/);
    assert.match(identifierProblem("ä".repeat(32)) ?? "", /64 bytes/);
    assert.equal(identifierProblem("ä".repeat(31)), undefined);
    assert.equal(identifierProblem('select "x"; --'), undefined);
  });
});
