import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { privileges } from "../../../../src/application/access";
import type { DatabasePlan } from "../../../../src/application/plan";
import {
  databaseArguments,
  extensionArguments,
  providerProblems,
  schemaArguments,
} from "../../../../src/application/provider/contents";
import { databaseGrants, defaultPrivileges, schemaGrants } from "../../../../src/application/provider/grant";
import { groupRoles, loginRole, ownerRole } from "../../../../src/application/provider/role";
import { login, shop } from "./plans";

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 63 });

const plans: fc.Arbitrary<DatabasePlan> = fc.uniqueArray(name, { minLength: 4, maxLength: 8 }).chain(names =>
  fc.record({
    database: fc.constant(names[0] as string),
    owner: fc.constant(names[1] as string),
    groups: fc.constant({ readOnly: names[2] as string, readWrite: names[3] as string }),
    schemas: fc.subarray(["public", ...names.slice(4)]),
    extensions: fc.subarray(["citext", "postgis"]),
    connectionLimit: fc.integer({ min: -1, max: 100 }),
    reclaim: fc.constantFrom("retain", "delete"),
  }),
);

describe("database through the provider: its plan as resources", () => {
  it("has an owner that logs in and groups that do not", () => {
    assert.deepEqual(ownerRole(shop), { name: "shop_owner", login: true });
    assert.deepEqual(groupRoles(shop), {
      readOnly: { name: "shop_read_only", login: false },
      readWrite: { name: "shop_read_write", login: false },
    });
  });

  it("has schemas of the owner, and extensions", () => {
    const of = { database: "shop", owner: "shop_owner" };
    assert.deepEqual(schemaArguments(shop), [
      { name: "public", ...of },
      { name: "audit", ...of },
    ]);
    assert.deepEqual(extensionArguments(shop), [{ name: "citext", database: "shop" }]);
  });

  it("says of the locale what the provider can say, and refuses the rest", () => {
    const locale = { template: "template1", encoding: "UTF8", locale: "de_DE.UTF-8", localeProvider: "libc" };
    assert.deepEqual(databaseArguments({ ...shop, locale }), {
      name: "shop",
      owner: "shop_owner",
      connectionLimit: 40,
      template: "template1",
      encoding: "UTF8",
      lcCollate: "de_DE.UTF-8",
      lcCtype: "de_DE.UTF-8",
    });
    assert.deepEqual(providerProblems({ ...shop, locale }), []);
    const icu = providerProblems({ ...shop, locale: { localeProvider: "icu", icuLocale: "de" } });
    assert.deepEqual(
      icu.map(({ argument }) => argument),
      ["locale.icuLocale", "locale.localeProvider"],
    );
  });

  it("takes everything from PUBLIC, and lets those connect who read everything", () => {
    const on = { database: "shop", objectType: "database" };
    assert.deepEqual(databaseGrants(shop).slice(0, 2), [
      ["public-database", { role: "public", ...on, privileges: [] }],
      ["readers-database", { role: "pg_read_all_data", ...on, privileges: ["CONNECT"] }],
    ]);
    assert.deepEqual(schemaGrants(shop, "public")[0], [
      "public-schema",
      { role: "public", database: "shop", schema: "public", objectType: "schema", privileges: [] },
    ]);
    assert.ok(!schemaGrants(shop, "audit").some(([, { role }]) => role === "public"), "nobody had any there");
  });

  it("gives each group exactly its privileges, on everything there is and on what comes later", () => {
    fc.assert(
      fc.property(plans, plan => {
        for (const access of ["readOnly", "readWrite"] as const) {
          const role = plan.groups[access];
          const given = [
            ...databaseGrants(plan),
            ...plan.schemas.flatMap(schema => schemaGrants(plan, schema)),
          ].flatMap(([, args]) => (args.role === role ? [args] : []));
          assert.deepEqual(
            given.map(({ objectType, schema }) => [objectType, schema]),
            [
              ["database", undefined],
              ...plan.schemas.flatMap(schema => ["schema", "table", "sequence"].map(type => [type, schema])),
            ],
          );
          const later = plan.schemas
            .flatMap(schema => defaultPrivileges(plan, schema))
            .flatMap(([, args]) => (args.role === role ? [args] : []));
          assert.deepEqual(
            later.map(({ objectType, schema, owner }) => [objectType, schema, owner]),
            plan.schemas.flatMap(schema => ["table", "sequence"].map(type => [type, schema, plan.owner])),
          );
          for (const { objectType, privileges: those } of [...given, ...later])
            assert.deepEqual(those, privileges[access][objectType]);
        }
      }),
    );
  });

  it("gives no resource the name of another", () => {
    fc.assert(
      fc.property(plans, plan => {
        const inSchemas = plan.schemas.flatMap(schema => [
          ...schemaGrants(plan, schema),
          ...defaultPrivileges(plan, schema),
        ]);
        const suffixes = [...databaseGrants(plan), ...inSchemas].map(([suffix]) => suffix);
        assert.equal(new Set(suffixes).size, suffixes.length);
      }),
    );
  });

  it("makes a login a member of its group; one that may do everything acts as the owner", () => {
    assert.deepEqual(loginRole(shop, login()), {
      name: "report",
      login: true,
      connectionLimit: 5,
      roles: ["shop_read_only"],
    });
    const owning = loginRole(shop, login({ memberOf: "shop_owner" }));
    assert.deepEqual([owning.roles, owning.assumeRole], [["shop_owner"], "shop_owner"]);
    const alone = loginRole(shop, { role: "shop_owner", connectionLimit: -1 });
    assert.deepEqual(alone, { name: "shop_owner", login: true, connectionLimit: -1 });
  });
});
