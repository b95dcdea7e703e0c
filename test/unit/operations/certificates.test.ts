import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPublicKey, X509Certificate } from "node:crypto";
import * as fc from "fast-check";
import type { Manifest } from "../../../src/cnpg";
import {
  certificateAction,
  certificateData,
  type CertificateRequest,
  certificates,
  type CertificatesRequest,
} from "../../../src/operations/certificates";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { newKey, readCertificate, renewalDue } from "../../../src/operations/x509";
import { skip } from "../../skip";
import { context, FakeApi, FakeClock } from "./fakes";

const day = 86_400_000;
const now = new Date();
const inDays = (days: number): Date => new Date(now.getTime() + days * day);

const authority: CertificateRequest = {
  kind: "ca",
  secret: "orders-ca",
  configMap: "orders-ca",
  commonName: "orders",
  dnsNames: [],
  validDays: 100,
  renewBeforeDays: 30,
};
const leaf: CertificateRequest = {
  ...authority,
  kind: "tls",
  secret: "server",
  configMap: undefined,
  commonName: "barman-cloud",
  dnsNames: ["barman-cloud"],
};

const first = (pem: string): X509Certificate => new X509Certificate(pem);
const second = (pem: string): X509Certificate =>
  new X509Certificate(pem.slice(pem.indexOf("-----END CERTIFICATE-----") + 26));

describe("renewalDue", () => {
  it("is true from the day on, never before", () => {
    assert.deepEqual(
      [29, 30, 31].map(left => renewalDue(inDays(left), now, 30)),
      [true, true, false],
    );
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 4000 }), fc.nat(4000), (left, before) => {
        assert.equal(renewalDue(inDays(left), now, before), left <= before);
      }),
    );
  });
});

describe("certificates", () => {
  before(function () {
    try {
      execFileSync("openssl", ["version"], { stdio: "pipe" });
    } catch {
      skip(this, "the program openssl is not installed");
    }
  });

  it("makes an authority with a SEC1 key on P-256", async () => {
    const data = await certificateData(authority, undefined, now);
    assert.deepEqual(Object.keys(data), ["ca.crt", "ca.key"]);
    assert.match(data["ca.key"]!, /^-----BEGIN EC PRIVATE KEY-----\n/);
    const certificate = first(data["ca.crt"]!);
    assert.equal(certificate.ca, true);
    assert.equal(certificate.subject, "CN=orders");
    assert.equal(certificate.issuer, "CN=orders");
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.ok(certificate.verify(certificate.publicKey));
    const days = (Date.parse(certificate.validTo) - Date.now()) / day;
    assert.ok(days > 99 && days <= 100, String(days));
  });

  it("makes a certificate for servers and clients, its authority behind it", async () => {
    const data = await certificateData(leaf, undefined, now);
    assert.deepEqual(Object.keys(data), ["tls.crt", "tls.key", "ca.crt", "ca.key"]);
    const [certificate, issuer] = [first(data["tls.crt"]!), second(data["tls.crt"]!)];
    assert.equal(certificate.ca, false);
    assert.equal(certificate.checkHost("barman-cloud"), "barman-cloud");
    assert.equal(certificate.checkHost("other"), undefined);
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    assert.equal(issuer.fingerprint256, first(data["ca.crt"]!).fingerprint256);
    assert.ok(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  });

  for (const request of [authority, leaf]) {
    it(`renews ${request.kind} over the same key and name, so that old trust holds`, async () => {
      const before = await certificateData(request, undefined, now);
      const after = await certificateData(request, before, now);
      const [certificate, key] = request.kind === "ca" ? ["ca.crt", "ca.key"] : ["tls.crt", "tls.key"];
      assert.equal(after[key!], before[key!]);
      const [old, renewed] = [first(before[certificate!]!), first(after[certificate!]!)];
      assert.notEqual(renewed.fingerprint256, old.fingerprint256);
      assert.equal(renewed.subject, old.subject);
      assert.ok(
        renewed.verify(
          createPublicKey(first(before["ca.crt"]!).publicKey.export({ type: "spki", format: "pem" })),
        ),
      );
    });
  }

  it("keeps what is young, renews what is old, and what is for other names", async () => {
    const found = await certificateData(leaf, undefined, now);
    const action = (change: Partial<CertificateRequest>, at: Date): string =>
      certificateAction({ ...leaf, ...change }, found, at).action;
    assert.equal(action({}, now), "keep");
    assert.equal(action({}, inDays(69)), "keep");
    assert.equal(action({}, inDays(71)), "renew");
    assert.equal(action({}, inDays(1000)), "renew");
    assert.equal(action({ dnsNames: ["barman-cloud", "other"] }, now), "renew");
    assert.equal(certificateAction(leaf, undefined, now).action, "create");
  });

  describe("that another authority signs", () => {
    const client: CertificateRequest = {
      ...authority,
      kind: "client",
      secret: "orders-west-source",
      configMap: undefined,
      commonName: "streaming_replica",
      authority: { namespace: "shop", secret: "orders-ca" },
    };
    const pair = async (found?: Readonly<Record<string, string>>) => {
      const data = await certificateData(authority, found, now);
      return { certificate: data["ca.crt"]!, key: data["ca.key"]! };
    };

    it("are for its name alone, and the authority's key does not come along", async () => {
      const signer = await pair();
      const data = await certificateData(client, undefined, now, signer);
      assert.deepEqual(Object.keys(data), ["tls.crt", "tls.key", "ca.crt"]);
      const certificate = first(data["tls.crt"]!);
      assert.equal(certificate.subject, "CN=streaming_replica");
      assert.ok(certificate.checkIssued(first(signer.certificate)));
      assert.ok(certificate.verify(first(signer.certificate).publicKey));
      assert.equal(data["ca.crt"], signer.certificate);
    });

    it("are kept until they end soon, or their authority was renewed", async () => {
      const signer = await pair();
      const data = await certificateData(client, undefined, now, signer);
      assert.equal(certificateAction(client, data, now, signer).action, "keep");
      assert.equal(certificateAction(client, data, inDays(71), signer).action, "renew");
      const renewed = await pair({ "ca.crt": signer.certificate, "ca.key": signer.key });
      assert.equal(certificateAction(client, data, now, renewed).action, "renew");
      const after = await certificateData(client, data, now, renewed);
      assert.equal(after["tls.key"], data["tls.key"]);
      assert.equal(after["ca.crt"], renewed.certificate);
    });

    it("are written beside whom they are for, and refused without their authority", async () => {
      const api = new FakeApi();
      const request = { namespace: "west", certificates: [client] };
      await assert.rejects(
        certificates.run(request, context(api)),
        /Secret shop\/orders-ca holds no certificate authority with its key/,
      );
      const { certificate, key } = await pair();
      const data = {
        "ca.crt": Buffer.from(certificate).toString("base64"),
        "ca.key": Buffer.from(key).toString("base64"),
      };
      const metadata = { name: "orders-ca", namespace: "shop" };
      api.add(kinds.secret, { apiVersion: "v1", kind: "Secret", metadata, data } as Manifest);
      await certificates.run(request, context(api));
      const secret = api.objects.get("secrets/west/orders-west-source");
      assert.equal(secret?.type, "kubernetes.io/tls");
    });
  });

  it("gives a certificate an authority that outlives it", async () => {
    const found = await certificateData(leaf, undefined, now);
    const late = inDays(3600);
    const renewed = await certificateData(leaf, found, late);
    assert.notEqual(renewed["ca.crt"], found["ca.crt"]);
    assert.equal(renewed["ca.key"], found["ca.key"]);
    assert.ok(first(renewed["tls.crt"]!).verify(first(found["ca.crt"]!).publicKey));
  });

  it("does not overwrite what is not ours", async () => {
    const found = await certificateData(authority, undefined, now);
    assert.throws(
      () => certificateAction(authority, { "ca.crt": found["ca.crt"]! }, now),
      /Secret orders-ca exists without ca\.key/,
    );
    assert.throws(
      () => certificateAction(authority, { ...found, "ca.crt": "text" }, now),
      /ca\.crt is not a PEM certificate/,
    );
    assert.throws(
      () => certificateAction(authority, { ...found, "ca.key": newKey() }, now),
      /do not belong together/,
    );
  });

  describe("as an operation", () => {
    const owner: Manifest = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "orders", namespace: "shop", uid: "account-uid" },
    };
    const request: CertificatesRequest = {
      namespace: "shop",
      certificates: [authority],
      owner: { apiVersion: "v1", kind: "ServiceAccount", name: "orders" },
    };
    const prepared = (): FakeApi => {
      const api = new FakeApi();
      api.add(kinds.serviceAccount, owner);
      return api;
    };

    it("makes Secret and ConfigMap that go with their owner, and then leaves them alone", async () => {
      const api = prepared();
      await certificates.run(request, context(api, new FakeClock(now.toISOString())));
      assert.deepEqual(api.calls, ["create secrets/shop/orders-ca", "create configmaps/shop/orders-ca"]);
      const secret = api.objects.get("secrets/shop/orders-ca")!;
      const map = api.objects.get("configmaps/shop/orders-ca")!;
      const reference = { apiVersion: "v1", kind: "ServiceAccount", name: "orders", uid: "account-uid" };
      for (const { metadata } of [secret, map]) assert.deepEqual(metadata.ownerReferences, [reference]);
      assert.deepEqual(secret.metadata.labels, {
        "app.kubernetes.io/managed-by": "pulumi-cnpg",
        "cnpg.io/reload": "true",
      });
      assert.equal(secret.type, "Opaque");
      const decoded = Buffer.from((secret.data as Record<string, string>)["ca.crt"]!, "base64").toString();
      assert.deepEqual(map.data, { "ca.crt": decoded });
      const before = structuredClone([...api.objects]);
      api.calls.length = 0;
      await certificates.run(request, context(api, new FakeClock(now.toISOString())));
      assert.deepEqual(api.calls, []);
      assert.deepEqual([...api.objects], before);
    });

    it("renews both when the time has come", async () => {
      const api = prepared();
      await certificates.run(request, context(api, new FakeClock(now.toISOString())));
      const before = structuredClone(
        api.objects.get("secrets/shop/orders-ca")!.data as Record<string, string>,
      );
      api.calls.length = 0;
      await certificates.run(request, context(api, new FakeClock(inDays(80).toISOString())));
      assert.deepEqual(api.calls, ["patch secrets/shop/orders-ca", "patch configmaps/shop/orders-ca"]);
      const after = api.objects.get("secrets/shop/orders-ca")!.data as Record<string, string>;
      assert.notEqual(after["ca.crt"], before["ca.crt"]);
      assert.equal(after["ca.key"], before["ca.key"]);
    });

    it("makes a Secret of type kubernetes.io/tls", async () => {
      const api = prepared();
      await certificates.run({ namespace: "shop", certificates: [leaf] }, context(api));
      assert.equal(api.objects.get("secrets/shop/server")?.type, "kubernetes.io/tls");
      assert.equal(api.objects.get("secrets/shop/server")?.metadata.ownerReferences, undefined);
    });

    it("trusts others too, each with its first certificate, once they are there", async () => {
      const api = prepared();
      const wanted = { ...request, certificates: [{ ...authority, trusted: ["orders-west-ca", "nobody"] }] };
      const clock = new FakeClock(now.toISOString());
      const bundle = (): string => {
        const { data } = api.objects.get("configmaps/shop/orders-ca") as Manifest & {
          data: Record<string, string>;
        };
        return data["ca.crt"] ?? "";
      };
      await certificates.run(wanted, context(api, clock));
      const own = bundle();
      const [peer, stranger] = await Promise.all(
        ["peer", "stranger"].map(commonName => certificateData({ ...authority, commonName }, undefined, now)),
      );
      api.add(kinds.configMap, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "orders-west-ca", namespace: "shop" },
        data: { "ca.crt": peer!["ca.crt"]! + stranger!["ca.crt"]! },
      } as Manifest);
      await certificates.run(wanted, context(api, clock));
      assert.equal(bundle(), own + peer!["ca.crt"]!);
      await certificates.run(request, context(api, clock));
      assert.equal(bundle(), own);
    });

    it("gives what was kept to an owner that was made anew", async () => {
      const api = prepared();
      await certificates.run(request, context(api, new FakeClock(now.toISOString())));
      api.add(kinds.serviceAccount, { ...owner, metadata: { ...owner.metadata, uid: "new-uid" } });
      await certificates.run(request, context(api, new FakeClock(now.toISOString())));
      const { ownerReferences } = api.objects.get("secrets/shop/orders-ca")!.metadata;
      assert.deepEqual(
        ownerReferences?.map(reference => reference.uid),
        ["new-uid"],
      );
    });

    it("fails without its owner", async () => {
      await assert.rejects(
        certificates.run(request, context()),
        /the owner ServiceAccount shop\/orders: 404 does not exist/,
      );
    });

    it("never says a key", async () => {
      const surroundings = context(prepared());
      await certificates.run({ ...request, certificates: [authority, leaf] }, surroundings);
      const keys = [...surroundings.api.objects.values()]
        .flatMap(object => Object.entries((object.data ?? {}) as Record<string, string>))
        .filter(([name]) => name.endsWith(".key"));
      assert.equal(keys.length, 3);
      const spoken = surroundings.said.join("\n");
      for (const [, value] of keys)
        assert.equal(
          spoken.includes(value) || spoken.includes(Buffer.from(value, "base64").toString()),
          false,
        );
    });
  });
});

describe("request of certificates", () => {
  const read = (change: object): CertificatesRequest =>
    certificates.read(
      new RequestReader({
        namespace: "shop",
        certificates: [
          { kind: "tls", secret: "server", dnsNames: ["a.b"], validDays: 90, renewBeforeDays: 15, ...change },
        ],
      }),
    );

  it("names the certificate after its first name, else its Secret", () => {
    assert.equal(read({}).certificates[0]?.commonName, "a.b");
    assert.equal(read({ dnsNames: [] }).certificates[0]?.commonName, "server");
  });

  it("refuses what would break out of the configuration, or make no sense", () => {
    assert.throws(() => read({ commonName: "a\nbasicConstraints=CA:TRUE" }), /is not a DNS name/);
    assert.throws(() => read({ dnsNames: ["a,DNS:b"] }), /is not a DNS name/);
    assert.throws(
      () => read({ renewBeforeDays: 90 }),
      /certificates\[0\]\.renewBeforeDays must be a whole number from 0 to 89/,
    );
    assert.throws(() => read({ kind: "jks" }), /certificates\[0\]\.kind must be one of ca, tls, client/);
  });
});

describe("readCertificate", () => {
  it("throws for anything else", () => assert.throws(() => readCertificate("text")));
});
