import * as assert from "node:assert/strict";
import fc from "fast-check";
import { jdbcSettings, libpqSettings } from "../../../src/availability/client-settings";
import { connectionData } from "../../../src/instance/render";
import { resolveInstance } from "../../../src/instance/resolve";

const data = (password = "word"): Record<string, string> =>
  connectionData(resolveInstance("orders", { namespace: "shop" }), "app", password);

const parameters = (url: string | undefined): Record<string, string> =>
  Object.fromEntries(new URL((url ?? "").replace(/^jdbc:/, "")).searchParams);

describe("client settings in the connection Secret", () => {
  it("keep away from the URLs of every driver what only some understand", () => {
    for (const key of ["uri", "url", "uri-ro"]) {
      assert.deepEqual(parameters(data()[key]), { sslmode: "require" }, key);
    }
    assert.match(data()["uri-ro"] ?? "", /@orders-ro\.shop\.svc:5432\/app\?/);
  });

  it("are complete in the URL for libpq, and each is a key of its own", () => {
    assert.deepEqual(parameters(data()["libpq-uri"]), { sslmode: "require", ...libpqSettings });
    for (const [name, value] of Object.entries(libpqSettings)) assert.equal(data()[name], value);
  });

  it("have the names of pgjdbc in its URL", () => {
    const { user, password, sslmode, ...rest } = parameters(data("a b&c")["jdbc-uri"]);
    assert.deepEqual([user, password, sslmode], ["app", "a b&c", "require"]);
    assert.deepEqual(rest, { ...jdbcSettings });
  });

  it("leave user, password and database readable whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), password => {
        const keys = data(password);
        for (const key of ["uri", "libpq-uri"]) {
          const { username, password: encoded, pathname, host } = new URL(keys[key] ?? "");
          const read = [username, decodeURIComponent(encoded), pathname, host];
          assert.deepEqual(read, ["app", password, "/app", "orders.shop.svc:5432"]);
        }
      }),
    );
  });

  it("are keys that a Secret may have", () => {
    for (const key of Object.keys(data())) assert.match(key, /^[-._a-zA-Z0-9]+$/);
  });
});
