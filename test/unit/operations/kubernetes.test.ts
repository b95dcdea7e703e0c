import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { certificateData } from "../../../src/operations/certificates";
import {
  inClusterEndpoint,
  kinds,
  kubernetesApi,
  type KubernetesApi,
} from "../../../src/operations/kubernetes";
import { skip } from "../../skip";

interface Seen {
  method?: string;
  url?: string;
  authorization?: string;
  contentType?: string;
  body: string;
}

describe("kubernetesApi", () => {
  let server: Server;
  let api: KubernetesApi;
  let seen: Seen[] = [];
  let answer: { status: number; body: string };

  before(async function () {
    try {
      execFileSync("openssl", ["version"], { stdio: "pipe" });
    } catch {
      skip(this, "the program openssl is not installed");
    }
    const request = {
      kind: "tls",
      secret: "s",
      commonName: "localhost",
      dnsNames: ["localhost"],
      validDays: 1,
      renewBeforeDays: 0,
    } as const;
    const data = await certificateData({ ...request, dnsNames: ["localhost"] }, undefined, new Date());
    server = createServer({ key: data["tls.key"], cert: data["tls.crt"] }, (incoming, outgoing) => {
      void collect(incoming).then(entry => {
        seen.push(entry);
        outgoing.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
      });
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    api = kubernetesApi(async () => ({
      host: "localhost",
      port,
      ca: data["ca.crt"]!,
      token: async () => "token\n",
    }));
  });

  beforeEach(() => {
    seen = [];
    answer = { status: 200, body: "{}" };
  });

  after(() => server?.close());

  it("gets an object with its token", async () => {
    answer.body = '{"kind":"Pod","metadata":{"name":"a"}}';
    assert.equal((await api.get(kinds.pod, "shop", "a"))?.metadata.name, "a");
    assert.deepEqual(seen, [
      {
        method: "GET",
        url: "/api/v1/namespaces/shop/pods/a",
        authorization: "Bearer token",
        contentType: undefined,
        body: "",
      },
    ]);
  });

  it("finds nothing where nothing is", async () => {
    answer = { status: 404, body: '{"kind":"Status","message":"not found"}' };
    assert.equal(await api.get(kinds.cluster, "shop", "a"), undefined);
    assert.equal(seen[0]?.url, "/apis/postgresql.cnpg.io/v1/namespaces/shop/clusters/a");
  });

  it("lists by labels, in one namespace or in all", async () => {
    answer.body = '{"items":[{"metadata":{"name":"a"}}]}';
    assert.equal(
      (await api.list(kinds.deployment, undefined, { "app.kubernetes.io/name": "x", b: "c" })).length,
      1,
    );
    await api.list(kinds.pod, "shop", { a: "b" });
    assert.deepEqual(
      seen.map(({ url }) => url),
      [
        "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dx%2Cb%3Dc",
        "/api/v1/namespaces/shop/pods?labelSelector=a%3Db",
      ],
    );
  });

  it("creates, really or as a dry run", async () => {
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "shop" } };
    await api.create(kinds.secret, object);
    await api.create(kinds.secret, object, { dryRun: true });
    assert.deepEqual(
      seen.map(({ url }) => url),
      [
        "/api/v1/namespaces/shop/secrets?fieldManager=pulumi-cnpg-operations",
        "/api/v1/namespaces/shop/secrets?fieldManager=pulumi-cnpg-operations&dryRun=All",
      ],
    );
    assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), object);
  });

  it("merges a change", async () => {
    await api.patch(kinds.job, "shop", "a", { metadata: { annotations: { ä: "ö" } } });
    assert.equal(seen[0]?.method, "PATCH");
    assert.equal(seen[0]?.contentType, "application/merge-patch+json");
    assert.equal(seen[0]?.body, '{"metadata":{"annotations":{"ä":"ö"}}}');
  });

  it("merges under another name, or only asks what would come of it", async () => {
    await api.patch(kinds.cluster, "shop", "a", {});
    await api.patch(kinds.cluster, "shop", "a", {}, { fieldManager: "pulumi-kubernetes", dryRun: true });
    const path = "/apis/postgresql.cnpg.io/v1/namespaces/shop/clusters/a?fieldManager=";
    assert.deepEqual(
      seen.map(({ url }) => url),
      [`${path}pulumi-cnpg-operations`, `${path}pulumi-kubernetes&dryRun=All`],
    );
  });

  it("reads the log of a pod, which is empty before it has begun and after it has gone", async () => {
    answer.body = "one\ntwo\n";
    assert.equal(await api.log("shop", "a"), "one\ntwo\n");
    await api.log("shop", "a", { container: "postgres", lastLines: 5 });
    const path = "/api/v1/namespaces/shop/pods/a/log?limitBytes=1000000";
    assert.deepEqual(
      seen.map(({ url }) => url),
      [path, `${path}&container=postgres&tailLines=5`],
    );
    for (const status of [400, 404]) {
      answer = { status, body: '{"message":"container is waiting to start"}' };
      assert.equal(await api.log("shop", "a"), "");
    }
    answer = { status: 403, body: '{"message":"pods is forbidden"}' };
    await assert.rejects(api.log("shop", "a"), /log of pod shop\/a: 403 pods is forbidden/);
  });

  it("fails with what the server says", async () => {
    answer = { status: 403, body: '{"kind":"Status","message":"pods is forbidden"}' };
    await assert.rejects(api.list(kinds.pod, "shop", {}), /list pods in shop: 403 pods is forbidden/);
    answer = { status: 502, body: "<html>" };
    await assert.rejects(api.get(kinds.pod, "shop", "a"), /get pods shop\/a: 502 <html>/);
  });

  it("trusts only its certificate authority", async () => {
    const { port } = server.address() as AddressInfo;
    const other = await certificateData(
      { kind: "ca", secret: "s", commonName: "other", dnsNames: [], validDays: 1, renewBeforeDays: 0 },
      undefined,
      new Date(),
    );
    const stranger = kubernetesApi(async () => ({
      host: "localhost",
      port,
      ca: other["ca.crt"]!,
      token: async () => "token",
    }));
    await assert.rejects(stranger.get(kinds.pod, "shop", "a"), /certificate/);
    assert.deepEqual(seen, []);
  });
});

describe("inClusterEndpoint", () => {
  it("says that it is not inside a pod", async () => {
    await assert.rejects(inClusterEndpoint({}), /operations run inside a pod of the cluster/);
  });
});

async function collect(incoming: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { authorization } = incoming.headers;
  return {
    method: incoming.method,
    url: incoming.url,
    authorization,
    contentType: incoming.headers["content-type"],
    body: Buffer.concat(chunks).toString("utf8"),
  };
}
