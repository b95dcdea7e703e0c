import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { exitCodeOf, psqlCommand, readRows } from "../../../src/operations/execute";
import { chooseContext, kubeconfigFiles, openCluster } from "../../../src/operations/kubeconfig";
import { kinds } from "../../../src/operations/kubernetes";

describe("kubeconfigFiles", () => {
  it("takes those that KUBECONFIG names and that exist, else the one at home", () => {
    const env = { KUBECONFIG: ["/a", "", "/b"].join(delimiter), HOME: "/home/me" };
    assert.deepEqual(
      kubeconfigFiles(env, () => true),
      ["/a", "/b"],
    );
    assert.deepEqual(
      kubeconfigFiles(env, file => file === "/b"),
      ["/b"],
    );
    assert.deepEqual(
      kubeconfigFiles({ HOME: "/home/me" }, () => true),
      [join("/home/me", ".kube", "config")],
    );
  });

  it("says where it looked", () => {
    const none = (): boolean => false;
    assert.throws(
      () => kubeconfigFiles({ KUBECONFIG: "/a" }, none),
      /KUBECONFIG names \/a, which does not exist/,
    );
    assert.throws(
      () => kubeconfigFiles({ HOME: "/home/me" }, none),
      /\.kube.config is looked for.*get-credentials/,
    );
  });
});

describe("chooseContext", () => {
  it("takes the one that is asked for", () => {
    assert.equal(chooseContext(["a", "b"], "b"), "b");
  });

  const wrong: [string[], string | undefined, RegExp][] = [
    [["production", "staging"], "stagging", /has no context "stagging"\. Did you mean "staging"\?/],
    [["production", "staging"], "embedded", /has no context "embedded"\. It has production, staging\./],
    [["production"], undefined, /has no current context\. Name one\. It has production\./],
    [[], "a", /has no context "a"\. It has none\./],
  ];
  for (const [known, asked, expected] of wrong) {
    it(`refuses ${asked} of ${known.join(", ") || "none"}`, () => {
      assert.throws(() => chooseContext(known, asked), expected);
    });
  }
});

describe("exitCodeOf", () => {
  it("reads what the API server says at the end", () => {
    assert.equal(exitCodeOf({ status: "Success" }), 0);
    const causes = [{ reason: "ExitCode", message: "3" }];
    assert.equal(exitCodeOf({ status: "Failure", details: { causes } }), 3);
  });

  it("fails when the command did not run", () => {
    assert.throws(() => exitCodeOf({ status: "Failure", message: "no such container" }), /no such container/);
    assert.throws(() => exitCodeOf({ status: "Failure" }), /could not be run/);
  });
});

describe("psql", () => {
  it("is asked for rows as JSON, without what a person configured", () => {
    const command = psqlCommand(" SELECT 1 AS one; ");
    assert.ok(command.includes("-X"));
    assert.equal(command.at(-1), "SELECT coalesce(json_agg(t), '[]') FROM (SELECT 1 AS one) t");
  });

  it("answers with rows or with its own words", () => {
    assert.deepEqual(readRows({ stdout: '[{"one":1}]\n', stderr: "", exitCode: 0 }, "shop/a"), [{ one: 1 }]);
    assert.throws(
      () => readRows({ stdout: "", stderr: "ERROR:  permission denied\n", exitCode: 1 }, "shop/a"),
      /psql in shop\/a ended with 1: ERROR: {2}permission denied/,
    );
  });
});

describe("openCluster", () => {
  let directory: string;
  let server: Server;
  let address: string;
  let seen: { url?: string; authorization?: string }[] = [];
  let status = 200;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    server = createServer((incoming, outgoing) => {
      seen.push({ url: incoming.url, authorization: incoming.headers.authorization });
      outgoing.writeHead(status).end('{"kind":"Pod","metadata":{"name":"a"}}');
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    seen = [];
    status = 200;
  });
  after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  function kubeconfig(
    name: string,
    of: { server: string; token: string; current?: string; namespace?: string },
  ): string {
    const file = join(directory, name);
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server: of.server, "insecure-skip-tls-verify": true } }],
      users: [{ name, user: { token: of.token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: of.namespace } }],
      "current-context": of.current,
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  it("sends requests with the credentials of the context, below the server's path", async () => {
    const file = kubeconfig("one", {
      server: `${address}/clusters/one/`,
      token: "secret",
      current: "one",
      namespace: "shop",
    });
    const { api, context, namespace } = await openCluster({ env: { KUBECONFIG: file } });
    assert.deepEqual({ context, namespace }, { context: "one", namespace: "shop" });
    assert.equal((await api.get(kinds.pod, "shop", "a"))?.metadata.name, "a");
    assert.deepEqual(seen, [
      { url: "/clusters/one/api/v1/namespaces/shop/pods/a", authorization: "Bearer secret" },
    ]);
  });

  it("merges files as kubectl does: the first one wins", async () => {
    const first = kubeconfig("two", { server: address, token: "first" });
    const again = join(directory, "again");
    writeFileSync(
      again,
      JSON.stringify({
        clusters: [{ name: "two", cluster: { server: "http://nowhere.invalid" } }],
        users: [{ name: "two", user: { token: "second" } }],
        contexts: [{ name: "two", context: { cluster: "two", user: "two" } }],
        "current-context": "two",
      }),
    );
    const { api, context } = await openCluster({ env: { KUBECONFIG: [first, again].join(delimiter) } });
    assert.equal(context, "two");
    await api.get(kinds.pod, "shop", "a");
    assert.equal(seen[0]?.authorization, "Bearer first");
  });

  it("says that the credentials are not accepted", async () => {
    const file = kubeconfig("three", { server: address, token: "old", current: "three" });
    status = 401;
    const { api } = await openCluster({ env: { KUBECONFIG: file } });
    await assert.rejects(
      api.get(kinds.pod, "shop", "a"),
      /does not accept the credentials of context "three"\. Log in anew/,
    );
  });

  it("says that the API server cannot be reached", async () => {
    const file = kubeconfig("four", { server: "http://127.0.0.1:1", token: "a", current: "four" });
    const { api, execute } = await openCluster({ env: { KUBECONFIG: file } });
    await assert.rejects(
      api.get(kinds.pod, "shop", "a"),
      /The API server http:\/\/127\.0\.0\.1:1 of context "four" cannot be reached: connect ECONNREFUSED/,
    );
    await assert.rejects(
      execute("shop", "a", "postgres", ["true"]),
      /A command in shop\/a could not be begun: .*ECONNREFUSED/,
    );
  });

  it("says which file it cannot read", async () => {
    const file = join(directory, "broken");
    writeFileSync(file, "clusters: [");
    await assert.rejects(openCluster({ env: { KUBECONFIG: file } }), /kubeconfig .*broken cannot be read: /);
  });
});
