import * as assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "pg-connection-string";
import { bindingVolume, credentialsData, environmentOf, SslMode } from "../../../src/application/credentials";

const login = {
  host: "orders.data.svc",
  port: 5432,
  database: "shop",
  username: "shop_user",
  password: "secret word",
  directory: "/bindings/shop",
};

describe("credentials of an application", () => {
  it("mean the same by URL and by single values, whatever is in them", () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" });
    fc.assert(
      fc.property(text, text, text, (username, password, database) => {
        const data = credentialsData({ ...login, username, password, database }, SslMode.VerifyFull);
        const url = new URL(data.DATABASE_URL ?? "");
        assert.equal(decodeURIComponent(url.username), username);
        assert.equal(decodeURIComponent(url.password), password);
        assert.equal(decodeURIComponent(url.pathname.slice(1)), database);
        assert.deepEqual(
          [data.DB_USER, data.DB_PASSWORD, data.DB_NAME, data.username, data.password, data.database],
          [username, password, database, username, password, database],
        );
      }),
    );
  });

  it("are what the driver reads out of the URL, with every printable character", () => {
    const password = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("");
    const data = credentialsData({ ...login, password }, SslMode.Require);
    assert.equal(parse(data.DATABASE_URL ?? "").password, password);
  });

  it("name the certificate among the files of the same folder", () => {
    const data = credentialsData(login, SslMode.VerifyFull);
    assert.match(data.DATABASE_URL ?? "", /\?sslmode=verify-full&sslrootcert=%2Fbindings%2Fshop%2Fca\.crt$/);
    assert.equal(data.PGSSLROOTCERT, "/bindings/shop/ca.crt");
    const { sources } = bindingVolume("shop", "secret", "authority").projected;
    assert.deepEqual(sources.at(-1)?.configMap?.items, [{ key: "ca.crt", path: "ca.crt" }]);
    const files = sources[0]?.secret?.items.map(({ key }) => key) ?? [];
    assert.ok(files.every(key => key in data));
    assert.ok(
      ["type", "provider", "host", "port", "database", "username", "password", "uri"].every(key =>
        files.includes(key),
      ),
    );
  });

  it("are read from the Secret only, by names that can be others", () => {
    const variables = environmentOf("secret", { DATABASE_URL: "DB_URL" });
    assert.deepEqual(variables[0], {
      name: "DB_URL",
      valueFrom: { secretKeyRef: { name: "secret", key: "DATABASE_URL" } },
    });
    assert.ok(variables.some(({ name }) => name === "PGPASSWORD"));
    const data = credentialsData(login, SslMode.VerifyFull);
    assert.ok(variables.every(({ valueFrom }) => valueFrom.secretKeyRef.key in data));
    assert.deepEqual(
      environmentOf("secret", {}, "REPORTS_").map(({ name }) => name),
      [
        "REPORTS_DATABASE_URL",
        "REPORTS_DB_HOST",
        "REPORTS_DB_PORT",
        "REPORTS_DB_NAME",
        "REPORTS_DB_USER",
        "REPORTS_DB_PASSWORD",
      ],
    );
  });
});
