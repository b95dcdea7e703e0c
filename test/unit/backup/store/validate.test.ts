import * as assert from "node:assert/strict";
import fc from "fast-check";
import { ArgumentError } from "../../../../src/argument-error";
import { BackupStore, type BackupStoreArgs } from "../../../../src/backup";
import { movedWarning } from "../../../../src/backup/store/compare";
import {
  accountProblem,
  azureDestinationProblem,
  containerProblem,
  destinationOf,
  pathProblem,
  s3BucketProblem,
} from "../../../../src/backup/store/destination";
import { storeProblems, storeWarnings } from "../../../../src/backup/store/validate";
import { clientId, connectionString, secrets, stores } from "./samples";

type AzureArgs = NonNullable<BackupStoreArgs["azure"]>;
type S3Args = NonNullable<BackupStoreArgs["s3"]>;
type GoogleArgs = NonNullable<BackupStoreArgs["google"]>;

const azure = (more: Partial<AzureArgs>): BackupStoreArgs => ({
  azure: { account: "shopbackups", container: "backups", credentials: { managedIdentity: {} }, ...more },
});
const s3 = (more: Partial<S3Args>): BackupStoreArgs => ({
  s3: { bucket: "shop-backups", credentials: { iamRole: {} }, ...more },
});
const google = (more: Partial<GoogleArgs>): BackupStoreArgs => ({
  google: { bucket: "shop-backups", credentials: { workloadIdentity: {} }, ...more },
});
const azureAt = (destination: string): BackupStoreArgs =>
  azure({ account: undefined, container: undefined, destination });
const untyped = (args: object): BackupStoreArgs => args as BackupStoreArgs;

/** Arguments, the argument that must be named, and a word of the message. */
type Refusal = [args: BackupStoreArgs, argument: string, message: RegExp];

const refusals: Record<string, Refusal> = {
  "no place": [{}, "azure", /is missing, and so are s3 and google/],
  "two places": [{ ...azure({}), ...s3({}) }, "s3", /given besides azure/],
  "a file share": [
    { file: { path: "/backups" } },
    "file",
    /Logical dumps to a volume.*S3-compatible endpoint/,
  ],
  "a share by NFS": [{ nfs: { path: "nas:/backups" } }, "nfs", /object stores only/],
  "a share in words of others": [untyped({ hostPath: "/backups" }), "hostPath", /object stores only/],
  "a share as destination": [azureAt("file:///mnt/backups"), "azure.destination", /object stores only/],
  "a share of NFS as destination": [
    s3({ bucket: undefined, destination: "nas:/exports/backups" }),
    "s3.destination",
    /S3-compatible endpoint/,
  ],
  "the in-tree way": [untyped({ barmanObjectStore: {} }), "barmanObjectStore", /Barman Cloud plugin/],
  "an unknown argument": [untyped({ ...s3({}), compresion: {} }), "compresion", /Did you mean compression/],
  "a name that is none": [{ ...s3({}), name: "My_Store" }, "name", /DNS label/],
  "a name that is too long": [{ ...s3({}), name: "b".repeat(51) }, "name", /at most 50/],
  "a name like a part of a store": [{ ...s3({}), name: "x-restore" }, "name", /ends in "-restore"/],
  "a namespace that is none": [{ ...s3({}), namespace: "Shop" }, "namespace", /DNS-1123/],
  "an account with a hyphen": [azure({ account: "shop-backups" }), "azure.account", /3 to 24/],
  "an address as account": [
    azure({ account: "shopbackups.blob.core.windows.net" }),
    "azure.account",
    /destination/,
  ],
  "a container with two hyphens": [azure({ container: "back--ups" }), "azure.container", /single hyphens/],
  "no container": [azure({ container: undefined }), "azure.container", /is missing/],
  "an address and its parts": [
    azure({ destination: "https://shopbackups.blob.core.windows.net/backups" }),
    "azure.destination",
    /besides account and container/,
  ],
  "an address without a container": [
    azureAt("https://shopbackups.blob.core.windows.net/"),
    "azure.destination",
    /names no container/,
  ],
  "an address with a signature": [
    azureAt(`https://shopbackups.blob.core.windows.net/backups?${secrets.sasToken}`),
    "azure.destination",
    /credentials\.sasToken/,
  ],
  "an emulator without a connection string": [
    azureAt("http://azurite:10000/shop/backups"),
    "azure.destination",
    /connection string only/,
  ],
  "an emulator without its account": [
    azureAt("http://azurite:10000/backups"),
    "azure.destination",
    /names no container/,
  ],
  "S3 in place of Azure": [
    azureAt("s3://bucket/path"),
    "azure.destination",
    /no address of a blob container/,
  ],
  "a path with a slash in front": [azure({ path: "/production" }), "azure.path", /is no path/],
  "a path upwards": [s3({ path: "a/../b" }), "s3.path", /is no path/],
  "no credentials": [azure({ credentials: {} }), "azure.credentials", /is empty/],
  "credentials left out": [
    untyped({ s3: { bucket: "shop-backups" } }),
    "s3.credentials",
    /accessKey, accessKeyFrom, iamRole/,
  ],
  "two kinds of credentials": [
    azure({ credentials: { connectionString, managedIdentity: {} } }),
    "azure.credentials",
    /connectionString and managedIdentity/,
  ],
  "credentials of another place": [
    untyped({ s3: { bucket: "shop-backups", credentials: { sasToken: "x" } } }),
    "s3.credentials.sasToken",
    /no kind of credentials/,
  ],
  "a connection string that is none": [
    azure({ credentials: { connectionString: "hello" } }),
    "azure.credentials.connectionString",
    /neither AccountName/,
  ],
  "a connection string of another account": [
    azure({ account: "other", credentials: { connectionString } }),
    "azure.credentials.connectionString",
    /another account than "other"/,
  ],
  "an emulator on the own host": [
    azure({ credentials: { connectionString: "UseDevelopmentStorage=true" } }),
    "azure.credentials.connectionString",
    /own host/,
  ],
  "a key that is none": [
    azure({ credentials: { accountKey: "a key" } }),
    "azure.credentials.accountKey",
    /Base64/,
  ],
  "a signature that is none": [
    azure({ credentials: { sasToken: "sp=rwl" } }),
    "azure.credentials.sasToken",
    /has no sig/,
  ],
  "a signature that may only read": [
    azure({ credentials: { sasToken: "sp=rl&sig=x" } }),
    "azure.credentials.sasToken",
    /lacks the permission w/,
  ],
  "an identity without an id": [
    untyped(azure({ credentials: { workloadIdentity: {} as { clientId: string } } })),
    "azure.credentials.workloadIdentity.clientId",
    /is missing/,
  ],
  "an identity that is none": [
    azure({ credentials: { workloadIdentity: { clientId: "backups" } } }),
    "azure.credentials.workloadIdentity.clientId",
    /is no id/,
  ],
  "a Secret without a key": [
    azure({ credentials: { accountKeyFrom: { secret: "azure", key: "" } } }),
    "azure.credentials.accountKeyFrom.key",
    /no key of a Secret/,
  ],
  "half an access key": [
    untyped(s3({ credentials: { accessKey: { id: "AKIA" } as { id: string; secret: string } } })),
    "s3.credentials.accessKey.secret",
    /two parts/,
  ],
  "an access key with a line break": [
    s3({ credentials: { accessKey: { id: "AKIA\n", secret: "x" } } }),
    "s3.credentials.accessKey.id",
    /blanks/,
  ],
  "a bucket in capitals": [s3({ bucket: "Shop" }), "s3.bucket", /3 to 63/],
  "a bucket that is an address": [s3({ bucket: "192.168.1.1" }), "s3.bucket", /no IP address/],
  "an endpoint without a protocol": [s3({ endpoint: "minio:9000" }), "s3.endpoint", /http or https/],
  "an endpoint with a bucket": [
    s3({ endpoint: "https://minio:9000/backups" }),
    "s3.endpoint",
    /more than protocol/,
  ],
  "Azure as endpoint of S3": [
    s3({ endpoint: "https://shop.blob.core.windows.net" }),
    "s3.endpoint",
    /does not speak S3/,
  ],
  "a key of KMS without KMS": [
    s3({ encryption: "AES256", kmsKeyId: "alias/backups" }),
    "s3.kmsKeyId",
    /no effect/,
  ],
  "an unknown encryption": [s3({ encryption: "AES" as "AES256" }), "s3.encryption", /AES256, aws:kms/],
  "a role that is none": [
    s3({ credentials: { iamRole: { roleArn: "backups" } } }),
    "s3.credentials.iamRole.roleArn",
    /no ARN/,
  ],
  "a bucket of Google's own": [google({ bucket: "google-backups" }), "google.bucket", /no name/],
  "S3 in place of Google": [
    google({ bucket: undefined, destination: "s3://bucket" }),
    "google.destination",
    /gs:\/\/bucket\/path/,
  ],
  "a key of Google that is none": [
    google({ credentials: { serviceAccountKey: "{}" } }),
    "google.credentials.serviceAccountKey",
    /no key of a service account/,
  ],
  "a certificate authority for Google": [
    { ...google({}), endpointCA: { secret: "ca", key: "ca.crt" } },
    "endpointCA",
    /no effect with Google/,
  ],
  "zstd for base backups": [
    { ...s3({}), compression: { data: "zstd" as "lz4" } },
    "compression.data",
    /for WAL only/,
  ],
  "an unknown compression": [
    { ...s3({}), compression: { wal: "lz5" as "lz4" } },
    "compression.wal",
    /nearest is "lz4"/,
  ],
  "no uploads": [{ ...s3({}), parallelism: { wal: 0 } }, "parallelism.wal", /from 1 to 32/],
  "memory that is no quantity": [{ ...s3({}), sidecar: { memory: "512MB" } }, "sidecar.memory", /512Mi/],
  "a limit below the request": [
    { ...s3({}), sidecar: { cpuLimit: "50m" } },
    "sidecar.cpuLimit",
    /below the request of 100m/,
  ],
  "an unknown log level": [
    { ...s3({}), sidecar: { logLevel: "verbose" as "debug" } },
    "sidecar.logLevel",
    /error, warning/,
  ],
  "retention without a pause": [
    { ...s3({}), sidecar: { retentionIntervalSeconds: 1 } },
    "sidecar.retentionIntervalSeconds",
    /at least 60/,
  ],
  "a patience that ends before a store can answer": [
    s3({ walTimeoutSeconds: 1 }),
    "s3.walTimeoutSeconds",
    /from 5 to 600/,
  ],
  "a window of no days": [{ ...s3({}), recoveryWindowDays: 0 }, "recoveryWindowDays", /1 to 3650/],
  "a tag with a comma": [{ ...s3({}), tags: { team: "a,b" } }, "tags.team", /every store takes/],
  "too many tags": [
    { ...s3({}), tags: Object.fromEntries([..."abcdefghijk"].map(key => [key, key])) },
    "tags",
    /11 tags/,
  ],
};

describe("arguments of BackupStore", () => {
  for (const [what, [args, argument, message]] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => {
      const problems = storeProblems("backups", args);
      assert.deepEqual([...new Set(problems.map(problem => problem.argument))], [argument]);
      assert.match(new ArgumentError(problems).message, message);
    });
  }

  it("throws before anything is created", () => {
    assert.throws(() => new BackupStore("backups", { file: { path: "/mnt" } }), ArgumentError);
  });

  it("never shows a credential", () => {
    const word = "hunter2";
    const wrong = [
      azure({ account: "other", credentials: { connectionString: `AccountName=x;AccountKey=${word}` } }),
      azure({ credentials: { connectionString: word } }),
      azure({ credentials: { accountKey: `${word}!` } }),
      azure({ credentials: { sasToken: `sp=r&sig=${word}` } }),
      s3({ credentials: { accessKey: { id: `${word} `, secret: ` ${word}`, sessionToken: `${word}\n` } } }),
      google({ credentials: { serviceAccountKey: word } }),
      untyped({ s3: { bucket: "shop-backups", credentials: { sasToken: word } } }),
      untyped({ ...s3({}), credentials: { secret: word } }),
      azure({ credentials: { connectionString: word, accountKey: word } }),
    ];
    for (const args of wrong) {
      const problems = storeProblems("backups", args);
      assert.ok(problems.length > 0);
      assert.ok(!new ArgumentError(problems).message.includes(word), problems[0]?.argument);
    }
  });

  it("admits every kind of place and credentials", () => {
    for (const [name, args] of Object.entries(stores))
      assert.deepEqual(storeProblems("backups", args), [], name);
  });

  it("reads back the account and the container that it wrote", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]{3,24}$/),
        fc.stringMatching(/^[a-z0-9]{3,20}(-[a-z0-9]{1,5}){0,3}$/),
        fc.option(fc.stringMatching(/^[A-Za-z0-9._=-]{3,8}(\/[a-z0-9]{1,8}){0,2}$/), { nil: undefined }),
        (account, container, path) => {
          fc.pre(path === undefined || pathProblem(path) === undefined);
          assert.equal(accountProblem(account), undefined);
          assert.equal(containerProblem(container), undefined);
          const destination = String(destinationOf(azure({ account, container, path })));
          assert.equal(azureDestinationProblem(destination), undefined);
          const url = new URL(destination);
          assert.equal(url.hostname.split(".")[0], account);
          assert.equal(url.pathname, `/${container}${path === undefined ? "" : `/${path}`}`);
        },
      ),
    );
  });

  it("admits no bucket that would change the address", () => {
    fc.assert(
      fc.property(fc.string(), bucket => {
        fc.pre(s3BucketProblem(bucket) === undefined && !bucket.startsWith("arn:"));
        assert.equal(new URL(`s3://${bucket}/path`).hostname, bucket);
      }),
    );
    for (const bad of ["a", "a/b", "a?b", "a@b.cd", "a..b", "-abc", ""]) assert.ok(s3BucketProblem(bad), bad);
  });
});

describe("warnings of BackupStore", () => {
  const warned = (args: BackupStoreArgs): string => storeWarnings(args).join("\n");
  const clear = connectionString.replace("=https", "=http");

  it("are silent about what is as it should be", () => {
    for (const name of [
      "azure-connection-string",
      "azure-sas-token",
      "s3-compatible",
      "google-key",
      "s3-role",
    ])
      assert.equal(warned(stores[name] ?? {}), "", name);
  });

  it("tell of addresses without encryption", () => {
    assert.match(warned(stores.emulator ?? {}), /azure\.destination uses http/);
    assert.match(warned(s3({ endpoint: "http://minio:9000" })), /s3\.endpoint uses http/);
    assert.match(warned(azure({ credentials: { connectionString: clear } })), /connectionString uses http/);
  });

  it("tell of the account that everybody knows", () => {
    const known = connectionString.replace("shopbackups", "devstoreaccount1");
    assert.match(warned(azureAt("http://azurite:10000/devstoreaccount1/backups")), /Azurite's/);
    assert.match(
      warned({ azure: { destination: "http://a:1/x/backups", credentials: { connectionString: known } } }),
      /everybody knows/,
    );
  });

  it("tell what a signature lacks", () => {
    const args = azure({ credentials: { sasToken: "sp=rwl&sig=x" } });
    assert.match(warned(args), /delete/);
    assert.match(warned({ ...args, tags: { a: "b" } }), /tags \(t\)/);
    assert.equal(warned(azure({ credentials: { sasToken: "si=policy&sig=x" } })), "");
  });

  it("tell of more uploads than the memory holds", () => {
    assert.match(warned({ ...s3({}), parallelism: { wal: 16 } }), /2 uploads.*16 of WAL need about 1140Mi/);
    assert.equal(warned({ ...s3({}), parallelism: { wal: 16 }, sidecar: { memory: "2Gi" } }), "");
    assert.equal(warned(azure({ credentials: { workloadIdentity: { clientId } } })), "");
  });

  it("tell that another place is another archive", () => {
    const at = (destinationPath: unknown): object => ({ spec: { configuration: { destinationPath } } });
    assert.match(movedWarning(at("s3://a"), at("s3://b")) ?? "", /from s3:\/\/a to s3:\/\/b.*base backup/);
    assert.equal(movedWarning(at("s3://a"), at("s3://a")), undefined);
    assert.equal(movedWarning(at("s3://a"), at({ unknown: true })), undefined);
    assert.equal(movedWarning(undefined, at("s3://a")), undefined);
  });
});
