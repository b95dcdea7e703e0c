import * as assert from "node:assert/strict";
import { compare as bcryptMatches } from "bcryptjs";
import * as fc from "fast-check";

import { randomCharacters } from "../../../../embedded/providers/random/characters";
import { RandomProvider } from "../../../../embedded/providers/random/provider";
import { Secret, withoutSecrets } from "../../../../embedded/providers/protocol/property";
import type { PropertyMap } from "../../../../embedded/providers/protocol/property";

const provider = new RandomProvider("0.0.0");
const urn = (type: string): string => `urn:pulumi:dev::project::random:index/random${type}:Random${type}::it`;

async function created(type: string, properties: PropertyMap): Promise<{ id: string; state: PropertyMap }> {
  return provider.create({ urn: urn(type), properties, timeout: 0, preview: false });
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describe("random stand-in", () => {
  it("makes texts of the wanted length and classes", () => {
    const counts = fc.record({
      minLower: fc.nat(5),
      minUpper: fc.nat(5),
      minNumeric: fc.nat(5),
      minSpecial: fc.nat(5),
      more: fc.nat(20),
    });
    fc.assert(
      fc.property(counts, ({ more, ...least }) => {
        const length = Object.values(least).reduce((sum, n) => sum + n, more) || 1;
        const text = randomCharacters({
          length,
          lower: true,
          upper: true,
          numeric: true,
          special: true,
          overrideSpecial: "_-",
          ...least,
        });
        assert.equal(text.length, length);
        assert.match(text, /^[a-zA-Z0-9_-]*$/);
        assert.ok(count(text, /[a-z]/g) >= least.minLower);
        assert.ok(count(text, /[A-Z]/g) >= least.minUpper);
        assert.ok(count(text, /[0-9]/g) >= least.minNumeric);
        assert.ok(count(text, /[_-]/g) >= least.minSpecial);
      }),
    );
  });

  it("makes a secret password with its hash", async () => {
    const { id, state } = await created("Password", { length: 20, special: false });
    assert.equal(id, "none");
    assert.ok(state["result"] instanceof Secret && state["bcryptHash"] instanceof Secret);
    const { result, bcryptHash } = withoutSecrets(state) as { result: string; bcryptHash: string };
    assert.match(result, /^[A-Za-z0-9]{20}$/);
    assert.ok(await bcryptMatches(result, bcryptHash));
  });

  it("never makes the same password twice", async () => {
    const passwords = await Promise.all([1, 2, 3].map(() => created("Password", { length: 16 })));
    assert.equal(new Set(passwords.map(({ state }) => withoutSecrets(state)["result"])).size, 3);
  });

  it("refuses rules that contradict each other", async () => {
    await assert.rejects(
      created("Password", { length: 3, minLower: 2, minUpper: 2 }),
      /length \(3\) must be at least/,
    );
    const none = { length: 3, lower: false, upper: false, numeric: false, special: false };
    await assert.rejects(created("Password", none), /at least one of lower/);
    await assert.rejects(
      created("Integer", { min: 2, max: 1 }),
      /min \(2\) must not be greater than max \(1\)/,
    );
  });

  it("replaces for any argument and keeper, and for nothing else", async () => {
    const oldInputs = { length: 8, keepers: { a: "1" } };
    const diff = (news: PropertyMap, ignoreChanges: string[] = []): Promise<string[]> =>
      provider
        .diff({ id: "none", urn: urn("Password"), oldState: {}, oldInputs, news, ignoreChanges })
        .then(({ replaces }) => replaces);
    assert.deepEqual(await diff(oldInputs), []);
    assert.deepEqual(await diff({ ...oldInputs, special: true }), [], "a default that is written out");
    assert.deepEqual(await diff({ length: 9, keepers: { a: "1" } }), ["length"]);
    assert.deepEqual(await diff({ length: 8, keepers: { a: "2" } }), ["keepers"]);
    assert.deepEqual(await diff({ length: 8, keepers: { a: "2" } }, ["keepers"]), []);
  });

  it("imports a password by its text", async () => {
    const { id, state, inputs } = await provider.read({
      id: "pass:word",
      urn: urn("Password"),
      state: {},
      inputs: {},
    });
    assert.equal(id, "none");
    assert.deepEqual(inputs, { length: 9 });
    assert.deepEqual(state?.["result"], new Secret("pass:word"));
  });

  it("spells one id in four ways", async () => {
    const { id, state } = await created("Id", { byteLength: 4, prefix: "p-" });
    const hex = String(state["hex"]).slice(2);
    assert.match(hex, /^[0-9a-f]{8}$/);
    assert.equal(id, Buffer.from(hex, "hex").toString("base64url"));
    assert.equal(state["dec"], `p-${parseInt(hex, 16)}`);
    assert.equal(state["b64Std"], `p-${Buffer.from(hex, "hex").toString("base64")}`);
  });

  it("makes integers, uuids, pets and shuffles", async () => {
    const integer = await created("Integer", { min: 3, max: 3 });
    assert.deepEqual([integer.id, integer.state["result"]], ["3", 3]);
    assert.match((await created("Uuid", {})).id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.match((await created("Pet", { length: 3, separator: "_" })).id, /^[a-z]+_[a-z]+_[a-z]+$/);
    const { state } = await created("Shuffle", { inputs: ["a", "b", "c"] });
    assert.deepEqual([...(state["results"] as string[])].sort(), ["a", "b", "c"]);
  });

  it("names what it has when asked for something else", async () => {
    await assert.rejects(
      created("Bytes", { length: 1 }),
      /random:index\/randomBytes:RandomBytes is not served .*RandomPassword/,
    );
  });
});
