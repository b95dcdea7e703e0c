import * as assert from "node:assert/strict";
import * as fc from "fast-check";

import type { PropertyMap } from "../../../../embedded/providers/protocol/property";
import * as defaultPrivileges from "../../../../embedded/providers/postgresql/default-privileges";
import { PostgresqlProvider } from "../../../../embedded/providers/postgresql/provider";
import * as grant from "../../../../embedded/providers/postgresql/grant";
import { options } from "../../../../embedded/providers/postgresql/role";
import { identifier, literal } from "../../../../embedded/providers/postgresql/sql";
import { FakePostgres } from "./fake-postgres";

/** What the lexer of PostgreSQL reads as one name, one text with escapes, or one text. */
const quoted = /"((?:[^"]|"")*)"|E'((?:[^'\\]|''|\\.)*)'|'((?:[^']|'')*)'/gsu;

/** A statement without its quoted parts, and those parts as the server reads them. */
function lexed(statement: string): { rest: string; parts: string[] } {
  const parts: string[] = [];
  const rest = statement.replace(quoted, (_all, name?: string, escaped?: string, plain?: string) => {
    if (name !== undefined) parts.push(name.replaceAll('""', '"'));
    else if (escaped !== undefined)
      parts.push(escaped.replace(/''|\\(.)/gsu, (pair, after: string) => after ?? pair[0]));
    else parts.push((plain as string).replaceAll("''", "'"));
    return "?";
  });
  return { rest, parts };
}

/** Names that try to end their quotes: with the characters that matter, words of SQL, and any other. */
const hostile = fc
  .oneof(
    fc.array(fc.constantFrom('"', "'", "\\", ";", "--", "/*", "*/", "$$", "\n", "E'", " ", "ä", "名", "x"), {
      minLength: 1,
      maxLength: 12,
    }),
    fc.constantFrom(["select"], ["public"], ['"; DROP ROLE postgres; --'], ["x".repeat(63)]),
    fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1, maxLength: 3 }),
  )
  .map(parts => parts.join(""))
  .filter(name => !name.includes("\0"));

describe("statements of the postgresql stand-in", () => {
  it("hold names and texts that the server reads back unchanged", () => {
    fc.assert(
      fc.property(hostile, name => {
        assert.deepEqual(lexed(identifier(name)), { rest: "?", parts: [name] });
        assert.deepEqual(lexed(literal(name)), { rest: "?", parts: [name] });
      }),
    );
  });

  it("refuse what would end a statement early", () => {
    assert.throws(() => identifier("a\0b"), /zero byte/);
    assert.throws(() => literal("a\0b"), /zero byte/);
    assert.throws(() => identifier(""), /must not be empty/);
  });

  it("of privileges say the same whatever the names are", () => {
    const objectTypes = fc.constantFrom("database", "schema", "table", "sequence");
    fc.assert(
      fc.property(
        hostile,
        hostile,
        hostile,
        objectTypes,
        fc.boolean(),
        (role, database, schema, objectType, named) => {
          const state = (names: string[], privileges: string[]): PropertyMap => ({
            role: names[0] as string,
            database: names[1] as string,
            owner: names[1] as string,
            schema: names[2] as string,
            objectType,
            privileges,
            ...(named && (objectType === "table" || objectType === "sequence")
              ? { objects: [names[0] as string] }
              : {}),
          });
          const tame = ["a", "b", "c"];
          const names = [role, database, schema];
          const all = ["ALL"];
          assertAlike(grant.grantStatement(state(names, all)), grant.grantStatement(state(tame, all)), names);
          assertAlike(
            grant.revokeStatement(state(names, all)),
            grant.revokeStatement(state(tame, all)),
            names,
          );
          if (objectType !== "table" && objectType !== "sequence") return;
          for (const { grantStatement, revokeStatement } of [defaultPrivileges]) {
            assertAlike(grantStatement(state(names, all)), grantStatement(state(tame, all)), names);
            assertAlike(revokeStatement(state(names, all)), revokeStatement(state(tame, all)), names);
          }
        },
      ),
    );
  });

  it("of roles say the same whatever name and password are", () => {
    fc.assert(
      fc.property(hostile, password => {
        fc.pre(password.toUpperCase() !== "NULL");
        const of = (text: string): string =>
          options({}, { name: "r", password: text, encryptedPassword: true, validUntil: "infinity" }).join(
            " ",
          );
        assertAlike(of(password), of("tame"), [password, "infinity"]);
      }),
    );
  });

  it("that make and drop say the same whatever the names are", async () => {
    const made = async (type: string, properties: PropertyMap): Promise<string[]> => {
      const server = new FakePostgres().answer(/oid::bigint::text/, [{ oid: "1" }]);
      const provider = new PostgresqlProvider("0.0.0", server.client);
      await provider.configure(new Map([["postgresql:config:host", "h"]]));
      const urn = `urn:pulumi:dev::p::postgresql:index/${type.toLowerCase()}:${type}::it`;
      // The server knows nothing, so what was made is not found again.
      await provider.create({ urn, properties, timeout: 0, preview: false }).catch(() => undefined);
      server.answer(/nspowner/, [{ owner: "manager" }]);
      await provider.delete({ id: "x", urn, state: properties, timeout: 0 });
      return server.changes();
    };
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (name, other) => {
        for (const [type, keys] of Object.entries({
          Role: ["name", "assumeRole"],
          Database: ["name", "owner", "encoding", "lcCollate"],
          Schema: ["name", "owner"],
          Extension: ["name", "version"],
        })) {
          const from = (names: string[]): PropertyMap =>
            Object.fromEntries(keys.map((key, i) => [key, names[i % 2] as string]));
          const [hard, easy] = [await made(type, from([name, other])), await made(type, from(["a", "b"]))];
          assert.equal(hard.length, easy.length, type);
          hard.forEach((statement, i) =>
            assertAlike(statement, easy[i], [name, other, "manager", "template0", "UTF8"]),
          );
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** Same words, and nothing within the quotes but what was given. */
function assertAlike(statement: string | undefined, tame: string | undefined, given: string[]): void {
  assert.ok(statement !== undefined && tame !== undefined);
  const { rest, parts } = lexed(statement);
  assert.equal(rest, lexed(tame).rest);
  for (const part of parts) assert.ok(given.includes(part) || part === "infinity", `${part} in ${statement}`);
}
