import * as assert from "node:assert/strict";
import fc from "fast-check";
import { chooseStore, namesStore } from "../../../../embedded/driver/object-store";

const embedded = {
  endpoint: "http://172.31.1.2:10000/pulumicnpg",
  connectionString: "AccountName=pulumicnpg;AccountKey=hidden",
};

describe("the choice of the object store", () => {
  it("is the embedded cluster's when none is configured", () => {
    const { variables, reason } = chooseStore(embedded, false, {});
    assert.deepEqual(variables, {
      BACKUP_DESTINATION: "http://172.31.1.2:10000/pulumicnpg/backups",
      BACKUP_CONNECTION_STRING: embedded.connectionString,
    });
    assert.match(reason, /Azurite in the embedded cluster/);
  });

  it("leaves a configured store alone, even half of one", () => {
    assert.deepEqual(chooseStore(embedded, true, {}).variables, {});
    for (const name of ["BACKUP_DESTINATION", "BACKUP_CONNECTION_STRING"]) {
      const { variables, reason } = chooseStore(embedded, false, { [name]: "of the user" });
      assert.deepEqual(variables, {});
      assert.ok(reason.includes(name), reason);
    }
  });

  it("takes an empty variable as not given", () => {
    assert.ok(chooseStore(embedded, false, { BACKUP_DESTINATION: "" }).variables.BACKUP_DESTINATION);
  });

  it("is none with a named context", () => {
    const { variables, reason } = chooseStore(undefined, false, {});
    assert.deepEqual(variables, {});
    assert.match(reason, /none is configured/);
  });

  it("never gives half a store, and never tells a key", () => {
    const text = fc.option(fc.constantFrom("", "AccountKey=hidden"), { nil: undefined });
    const given = fc.record({ BACKUP_DESTINATION: text, BACKUP_CONNECTION_STRING: text });
    const cluster = fc.option(fc.constant(embedded), { nil: undefined });
    fc.assert(
      fc.property(cluster, fc.boolean(), given, (store, configured, environment) => {
        const { variables, reason } = chooseStore(store, configured, environment);
        assert.ok([0, 2].includes(Object.keys(variables).length));
        assert.ok(!reason.includes("hidden"));
        if (configured || environment.BACKUP_DESTINATION || environment.BACKUP_CONNECTION_STRING)
          assert.deepEqual(variables, {});
      }),
    );
  });

  it("finds a store in a stack's configuration, in whole or in half", () => {
    const secret = { "pulumi-cnpg:backup_connection_string": { secure: "v1:…" } };
    assert.ok(namesStore(secret, "pulumi-cnpg"));
    assert.ok(namesStore({ "pulumi-cnpg:backup_destination": "https://a/b" }, "pulumi-cnpg"));
    assert.ok(!namesStore({ "pulumi-cnpg:postgres_size": "micro" }, "pulumi-cnpg"));
    assert.ok(!namesStore(secret, "other"));
  });
});
