import * as assert from "node:assert/strict";
import { PassThrough, Readable, type Writable } from "node:stream";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { openArchive } from "../../../src/operations/archive";
import { ArchiveError } from "../../../src/operations/archive-error";
import { archiveCheck } from "../../../src/operations/archive-check";
import { archiveSurvey } from "../../../src/operations/archive-survey";
import { fromFrames, toFrames } from "../../../src/operations/frames";
import { RequestReader } from "../../../src/operations/operation";
import { type RunProgram, runProgram } from "../../../src/operations/program";
import type { BarmanConfiguration } from "../../../src/cnpg/object-store";
import type { BarmanArchive } from "../../../src/backup/archive/barman-archive";
import { ownAnnotations } from "../../../src/cnpg/metadata";
import { madeCommit, madeOther, madeRestorePoint, writtenWal } from "../backup/archive/wal-file";
import { context as fakeContext, FakeApi } from "./fakes";

const namespace = "shop";
const connectionString =
  "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=c2VjcmV0LWtleQ==;EndpointSuffix=core.windows.net";

function apiWith(configuration: Partial<BarmanConfiguration> = {}): FakeApi {
  const api = new FakeApi();
  api.add(kinds.objectStore, {
    apiVersion: "barmancloud.cnpg.io/v1",
    kind: "ObjectStore",
    metadata: { name: "backups", namespace },
    spec: {
      configuration: {
        destinationPath: "https://shop.blob.core.windows.net/backups/team",
        ...(Object.keys(configuration).some(key => key.endsWith("Credentials"))
          ? {}
          : { azureCredentials: { connectionString: { name: "credentials", key: "connection" } } }),
        ...configuration,
      },
    },
  });
  const secrets = {
    connection: connectionString,
    id: "the-id",
    key: "the-secret-key",
    ca: "PEM",
    json: "{}",
  };
  api.add(kinds.secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "credentials", namespace },
    data: Object.fromEntries(
      Object.entries(secrets).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    ),
  });
  return api;
}

interface Call {
  args: string[];
  env: Readonly<Record<string, string>>;
  input: string;
}

type Answer = string | { fails: object | string } | ((output: Writable, input: string) => void);

/** A program that answers by the first word, and remembers how it was called. */
function fakeProgram(answers: Record<string, Answer>): { program: RunProgram; calls: Call[] } {
  const calls: Call[] = [];
  const program: RunProgram = async (_command, args, { env = {}, input, output } = {}) => {
    const [, , word = ""] = args;
    const chunks: Buffer[] = [];
    if (typeof input === "string") chunks.push(Buffer.from(input));
    else if (input !== undefined) for await (const chunk of input) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("latin1");
    calls.push({ args: args.slice(2), env, input: text });
    const answer = answers[word.split(":")[0] ?? ""] ?? "";
    if (typeof answer === "function") answer(output ?? new PassThrough(), text);
    if (typeof answer === "object") {
      const stderr = typeof answer.fails === "string" ? answer.fails : JSON.stringify(answer.fails);
      return { stdout: "", stderr: `warning\n${stderr}\n`, exitCode: 1 };
    }
    return { stdout: typeof answer === "string" ? answer : "", stderr: "", exitCode: 0 };
  };
  return { program, calls };
}

const archive = (answers: Record<string, Answer>, api = apiWith()) => {
  const { program, calls } = fakeProgram(answers);
  return openArchive({ api, program }, namespace, "backups").then(opened => ({ opened, calls }));
};

describe("access to a store", () => {
  const reached: [what: string, configuration: Partial<BarmanConfiguration>, args: string[], env: object][] =
    [
      [
        "a connection string",
        {},
        ["--cloud-provider", "azure-blob-storage"],
        { AZURE_STORAGE_CONNECTION_STRING: connectionString },
      ],
      [
        "a key of the account",
        {
          azureCredentials: {
            storageAccount: { name: "credentials", key: "id" },
            storageKey: { name: "credentials", key: "key" },
          },
        },
        ["--cloud-provider", "azure-blob-storage"],
        { AZURE_STORAGE_ACCOUNT: "the-id", AZURE_STORAGE_KEY: "the-secret-key" },
      ],
      [
        "a SAS token",
        { azureCredentials: { storageSasToken: { name: "credentials", key: "key" } } },
        ["--cloud-provider", "azure-blob-storage"],
        { AZURE_STORAGE_SAS_TOKEN: "the-secret-key" },
      ],
      [
        "a managed identity",
        { azureCredentials: { inheritFromAzureAD: true } },
        ["--cloud-provider", "azure-blob-storage", "--credential", "managed-identity"],
        {},
      ],
      [
        "the default credential",
        { azureCredentials: { useDefaultAzureCredentials: true } },
        ["--cloud-provider", "azure-blob-storage", "--credential", "default"],
        {},
      ],
      [
        "keys of S3 at another address",
        {
          endpointURL: "https://minio:9000",
          endpointCA: { name: "credentials", key: "ca" },
          s3Credentials: {
            accessKeyId: { name: "credentials", key: "id" },
            secretAccessKey: { name: "credentials", key: "key" },
          },
        },
        ["--endpoint-url", "https://minio:9000", "--cloud-provider", "aws-s3"],
        { AWS_ACCESS_KEY_ID: "the-id", AWS_SECRET_ACCESS_KEY: "the-secret-key", ARCHIVE_CA: "PEM" },
      ],
      ["a role of AWS", { s3Credentials: { inheritFromIAMRole: true } }, ["--cloud-provider", "aws-s3"], {}],
      [
        "an account of Google",
        { googleCredentials: { applicationCredentials: { name: "credentials", key: "json" } } },
        ["--cloud-provider", "google-cloud-storage"],
        { ARCHIVE_GOOGLE_CREDENTIALS: "{}" },
      ],
    ];
  for (const [what, configuration, args, env] of reached)
    it(`by ${what}, which is never an argument`, async () => {
      const { opened, calls } = await archive({ empty: '{"empty": true}' }, apiWith(configuration));
      assert.equal(await opened.isEmpty("orders-g1"), true);
      assert.deepEqual(calls, [
        {
          args: ["empty", ...args, "https://shop.blob.core.windows.net/backups/team", "orders-g1"],
          env,
          input: "",
        },
      ]);
    });

  it("with the settings of the sidecars' libraries", async () => {
    const api = apiWith({ s3Credentials: { inheritFromIAMRole: true } });
    const store = await api.get(kinds.objectStore, namespace, "backups");
    const env = [
      { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
      { name: "https_proxy", value: "http://proxy:3128" },
      { name: "PATH", value: "/nowhere" },
      { name: "AWS_PROFILE", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ];
    Object.assign((store as unknown as { spec: object }).spec, { instanceSidecarConfiguration: { env } });
    const { opened, calls } = await archive({ empty: '{"empty": true}' }, api);
    await opened.isEmpty("orders-g1");
    assert.deepEqual(calls[0]?.env, {
      AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
      https_proxy: "http://proxy:3128",
    });
  });

  it("names what is missing", async () => {
    const absent = { azureCredentials: { connectionString: { name: "other", key: "x" } } };
    const noKey = { azureCredentials: { connectionString: { name: "credentials", key: "x" } } };
    await assert.rejects(archive({}, new FakeApi()), /There is no ObjectStore shop\/backups/);
    await assert.rejects(archive({}, apiWith(absent)), /Secret shop\/other, which does not exist/);
    await assert.rejects(archive({}, apiWith(noKey)), /Secret shop\/credentials, which has no key x/);
  });
});

describe("errors of a store", () => {
  const failing = async (fails: object | string): Promise<ArchiveError> => {
    const { opened } = await archive({ list: { fails } });
    return opened.list("").then(
      () => assert.fail("it did not fail"),
      (error: unknown) => error as ArchiveError,
    );
  };

  it("are sentences with a way out", async () => {
    const told: [kind: string, message: string, expected: RegExp][] = [
      ["container", "x", /^Store backups: the container or bucket in its path does not exist\. Create it/],
      [
        "credential",
        "It failed\nRequestId:1",
        /^Store backups refuses the credentials: It failed\. Correct the Secret/,
      ],
      ["unreachable", "refused", /^Store backups cannot be reached: refused\. Check its address/],
      ["library", "python3-x", /^The jobs image cannot read store backups: python3-x\.$/],
      ["cut", "x", /ended early; nothing was stored\.$/],
      ["of another kind", "so it is", /^Store backups could not be used: so it is\.$/],
    ];
    for (const [kind, message, expected] of told)
      assert.match((await failing({ kind, message })).message, expected);
    assert.equal((await failing({ kind: "missing", message: "x" })).kind, "missing");
    assert.match((await failing("Traceback")).message, /could not be used: Traceback\.$/);
  });

  it("never hold a credential, not even a part of one", async () => {
    const key = "c2VjcmV0LWtleQ==";
    for (const message of [connectionString, `bad key ${key}`, `?sig=${encodeURIComponent(key)}`]) {
      const text = (await failing({ kind: "credential", message })).message;
      assert.ok(!text.includes("c2VjcmV0"), text);
    }
  });
});

describe("frames", () => {
  it("carry a stream as it was, in whatever pieces it comes", async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    for (const piece of [1000, 65_536, 300_000]) {
      const framed = toFrames();
      for (let at = 0; at < content.length; at += piece) framed.write(content.subarray(at, at + piece));
      framed.end();
      const bytes: Buffer[] = [];
      for await (const chunk of framed) bytes.push(chunk as Buffer);
      const found: Buffer[] = [];
      const reader = fromFrames(frame => found.push(Buffer.from(frame)));
      const all = Buffer.concat(bytes);
      for (let at = 0; at < all.length; at += 777) reader.write(all.subarray(at, at + 777));
      assert.equal(found.pop()?.length, 0);
      assert.ok(Buffer.concat(found).equals(content));
    }
  });

  it("have no end when the stream has none", async () => {
    const framed = toFrames();
    framed.write("abc");
    framed.destroy();
    assert.equal(framed.readableEnded, false);
  });
});

describe("objects of a store", () => {
  it("are put whole or not at all", async () => {
    const { opened, calls } = await archive({ put: "" });
    await opened.put("dumps/orders/1/x", Readable.from([Buffer.from("abc")]));
    assert.equal(calls[0]?.input, "\0\0\0\x03abc\0\0\0\0");
    const broken = new Readable({
      read() {
        this.push("abc");
        this.destroy(new Error("pg_dump broke off"));
      },
    });
    const real = await openArchive(
      {
        api: apiWith(),
        program: (_command, _args, options) => runProgram("cat", [], { ...options, env: {} }),
      },
      namespace,
      "backups",
    );
    await assert.rejects(real.put("x", broken), /pg_dump broke off/);
  });

  it("fail with the store's reason, not with that of a pipe, and do not wait for the source", async () => {
    const program: RunProgram = (_command, _args, options) =>
      runProgram("sh", ["-c", `echo '{"kind":"credential","message":"no"}' >&2; exit 1`], {
        ...options,
        env: {},
      });
    const opened = await openArchive({ api: apiWith(), program }, namespace, "backups");
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });
    await assert.rejects(opened.put("x", endless), /refuses the credentials: no\./);
  });

  it("fail with the reason of who takes them", async () => {
    const program: RunProgram = (_command, _args, options) =>
      runProgram("sh", ["-c", "while true; do echo 0123456789; done"], { ...options, env: {} });
    const opened = await openArchive({ api: apiWith(), program }, namespace, "backups");
    const full = new PassThrough();
    setImmediate(() => full.destroy(new Error("the disk is full")));
    await assert.rejects(opened.get("x", full), /the disk is full/);
  });

  it("are listed with their times, and removed by their keys", async () => {
    const listed = [
      { key: "dumps/x", bytes: 3, stored: 1795202681 },
      { key: "dumps/y", bytes: 4, stored: null },
    ];
    const { opened, calls } = await archive({ list: JSON.stringify(listed), remove: "" });
    assert.deepEqual(await opened.list("dumps/"), [
      { key: "dumps/x", bytes: 3, stored: "2026-11-20T19:24:41.000Z" },
      { key: "dumps/y", bytes: 4 },
    ]);
    await opened.remove(["dumps/x", "dumps/y"]);
    await opened.remove([]);
    assert.deepEqual(
      calls.map(({ args, input }) => [args[0], input]),
      [
        ["list", ""],
        ["remove", "dumps/x\ndumps/y\n"],
      ],
    );
  });
});

const size = 2 ** 20;
const id = "20261120T020003";
const noon = (BigInt(Date.UTC(2026, 10, 20, 12)) - BigInt(Date.UTC(2000, 0, 1))) * 1000n;
const segment = (number: number): string => `00000001000000000000000${number}`;

/** Segments 1 to 4 of 1 MiB: the last commit is in segment 2, a restore point in 3, and a commit that was before it in 1. */
const segments = new Map<string, Buffer>();
{
  const records = [
    madeCommit(700, noon),
    madeOther(size),
    madeCommit(701, noon + 5_000_000n),
    madeOther(size),
    madeRestorePoint("before migration", noon + 9_000_000n),
    madeOther(size),
  ];
  const { bytes } = writtenWal(records, BigInt(size), size);
  for (let at = 0; at < bytes.length; at += size)
    segments.set(segment(at / size + 1), bytes.subarray(at, at + size));
}

/** As `archive.py wal` does. */
const walOf =
  (files: ReadonlyMap<string, Buffer>): Answer =>
  (output, input) => {
    const frame = (content: Buffer): void => {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(content.length);
      output.write(header);
      output.write(content);
    };
    for (const name of input.trim().split("\n")) {
      const bytes = files.get(name);
      frame(Buffer.from(JSON.stringify({ name, found: bytes !== undefined })));
      for (let at = 0; at < (bytes?.length ?? 0); at += 100_000)
        frame((bytes ?? Buffer.alloc(0)).subarray(at, at + 100_000));
      frame(Buffer.alloc(0));
    }
  };

const wal = walOf(segments);

const listing = (
  names: Iterable<string> = segments.keys(),
  segmentSize: number | null = size,
): BarmanArchive => ({
  backups: [
    {
      id,
      files: [
        { key: `orders-g1/base/${id}/backup.info`, bytes: 10, stored: null },
        { key: `orders-g1/base/${id}/data.tar.gz`, bytes: 5000, stored: null },
      ],
      info: {
        status: "DONE",
        begin_wal: segment(1),
        end_wal: segment(1),
        begin_xlog: "0/100028",
        xlog_segment_size: segmentSize,
        ...{ begin_time_iso: "2026-11-20T02:00:03+00:00", end_time_iso: "2026-11-20T02:00:09+00:00" },
      },
    },
  ],
  wal: [...names].map(name => ({
    key: `orders-g1/wals/0000000100000000/${name}`,
    bytes: size,
    stored: null,
  })),
  histories: [],
  others: 0,
});

const ends = (tail: Buffer): string =>
  JSON.stringify([
    {
      key: `orders-g1/base/${id}/data.tar.gz`,
      bytes: 5000,
      stored: null,
      head: Buffer.from([0x1f, 0x8b, 8]).toString("base64"),
      tail: tail.toString("base64"),
    },
  ]);

describe("an archive", () => {
  const survey = (found: BarmanArchive): Record<string, Answer> => ({ survey: JSON.stringify(found), wal });

  it("tells its newest commit, however far back that is", async () => {
    const { opened, calls } = await archive(survey(listing()));
    const { lastCommit } = await opened.survey("orders-g1");
    assert.deepEqual([lastCommit?.transactionId, lastCommit?.time], [701, "2026-11-20T12:00:05.000000Z"]);
    assert.deepEqual(
      calls.slice(1).map(({ input }) => input.trim().split("\n")),
      [[segment(4)], [segment(2), segment(3)]],
    );
    assert.equal((await opened.survey("orders-g1", { readCommits: false })).lastCommit, undefined);
  });

  it("finds a commit that goes on in the next segment, where nothing else is", async () => {
    // The header of the commit is cut in two by the end of the first segment.
    const { bytes } = writtenWal(
      [madeOther(size - 40 - 127 * 24 - 20 - 29 - 4), madeCommit(900, noon), madeOther(100_000)],
      BigInt(size),
      size,
    );
    const names = [segment(1), segment(2)];
    const crossing = new Map(
      names.map((name, index) => [name, bytes.subarray(index * size, (index + 1) * size)]),
    );
    const { opened } = await archive({ ...survey(listing(names)), wal: walOf(crossing) });
    assert.equal((await opened.survey("orders-g1")).lastCommit?.transactionId, 900);
  });

  it("looks for the size of segments where no base backup tells", async () => {
    const { opened } = await archive(survey(listing(segments.keys(), null)));
    assert.equal((await opened.survey("orders-g1")).walSegmentSize, size);
  });

  it("notes that its last segment is not legible", async () => {
    const { opened } = await archive({
      survey: JSON.stringify(listing()),
      wal: { fails: { kind: "damaged", message: "Error -3" } },
    });
    const found = await opened.survey("orders-g1");
    assert.match(found.note ?? "", /newest commit: An object in store backups is damaged: Error -3/);
    assert.equal(found.baseBackups.length, 1);
  });

  it("checks a base backup without reading it", async () => {
    const [good, cut] = [Buffer.alloc(8), Buffer.from("12345678")];
    const checked = async (found: BarmanArchive, tail: Buffer, backupId = id): Promise<string[]> =>
      (await archive({ ...survey(found), ends: ends(tail) })).opened.check("orders-g1", backupId);
    assert.deepEqual(await checked(listing(), good), []);
    assert.deepEqual(await checked(listing(), cut), [
      "The object data.tar.gz does not end as gzip does: it is cut off.",
    ]);
    assert.match((await checked(listing([segment(2)]), good))[0] ?? "", /WAL segment \w*1 of those/);
    assert.deepEqual(await checked(listing(), good, "20260101T000000"), [
      "Store backups holds no base backup 20260101T000000 of orders-g1.",
    ]);
  });
});

describe("archive-survey", () => {
  const request = {
    namespace,
    store: "backups",
    servers: ["orders-g1"],
    configMap: "orders-archive",
    instance: "orders",
  };

  async function run(
    more: object,
    api = apiWith(),
    files: ReadonlyMap<string, Buffer> = segments,
  ): Promise<{ result: Record<string, unknown>; api: FakeApi; said: string[] }> {
    api.add(kinds.job, { apiVersion: "batch/v1", kind: "Job", metadata: { name: "job", namespace } });
    const { program } = fakeProgram({
      survey: JSON.stringify(listing(files.keys())),
      ends: ends(Buffer.alloc(8)),
      wal: walOf(files),
    });
    const context = fakeContext(api);
    await archiveSurvey.run(archiveSurvey.read(new RequestReader({ ...request, ...more })), {
      ...context,
      program,
    });
    const { said } = context;
    const job = await api.get(kinds.job, namespace, "job");
    const result = JSON.parse(job?.metadata.annotations?.[ownAnnotations.result] ?? "{}") as Record<
      string,
      unknown
    >;
    return { result, api, said };
  }

  it("keeps what it found beside the surveys of other servers, and says it in short", async () => {
    const api = apiWith();
    const { result, said } = await run({}, api);
    assert.deepEqual(result, {
      configMap: "orders-archive",
      servers: [
        {
          server: "orders-g1",
          asOf: "2026-01-01T00:00:00.000Z",
          baseBackups: 1,
          lastBackup: id,
          lastWal: segment(4),
          lastCommit: "2026-11-20T12:00:05.000000Z",
          bytes: 5010 + 4 * size,
          damaged: [],
        },
      ],
    });
    assert.equal(
      said[0],
      "Archive orders-g1 in store backups: 1 base backup, 4 WAL segments, the newest commit of 2026-11-20T12:00:05.000000Z.",
    );
    await run({ servers: ["orders-g2"] }, api);
    const map = (await api.get(kinds.configMap, namespace, "orders-archive")) as unknown as {
      data: Record<string, string>;
      metadata: { labels: Record<string, string> };
    };
    assert.deepEqual(Object.keys(JSON.parse(map.data["survey.json"] ?? "{}") as object), [
      "orders-g1",
      "orders-g2",
    ]);
    assert.equal(map.metadata.labels["cnpg.pulumi.com/instance"], "orders");
  });

  it("finds restore points behind a base backup, and commits around a time", async () => {
    const { result } = await run({
      scan: { server: "orders-g1", from: id, around: "2026-11-20T13:00:03+01:00" },
    });
    const scan = result.scan as Record<string, unknown>;
    const transaction = (found: unknown): unknown => (found as { transactionId?: number }).transactionId;
    assert.deepEqual(
      (scan.restorePoints as { name: string }[]).map(({ name }) => name),
      ["before migration"],
    );
    assert.deepEqual([transaction(scan.before), transaction(scan.after)], [700, 701]);
    assert.deepEqual([scan.first, scan.last, scan.segments, scan.whole], [segment(1), segment(4), 4, true]);
  });

  it("stops at the first commit that is later, as recovery does, whatever comes behind it", async () => {
    const later = [5n, 9n, 6n].map((second, index) => madeCommit(800 + index, noon + second * 1_000_000n));
    const { bytes } = writtenWal(later, BigInt(size), size);
    const scan = { server: "orders-g1", from: id, around: "2026-11-20T12:00:07Z" };
    const { result } = await run({ scan }, apiWith(), new Map([[segment(1), bytes]]));
    const found = result.scan as Record<string, { transactionId: number }>;
    assert.deepEqual([found.before?.transactionId, found.after?.transactionId], [800, 801]);
  });

  it("does not undo what another Job has written in between", async () => {
    const api = apiWith();
    api.onCreate = object => ({ ...object, metadata: { ...object.metadata, resourceVersion: "1" } });
    await run({}, api);
    const get = api.get.bind(api);
    let looks = 0;
    api.get = async (kind, of, name) => {
      const found = await get(kind, of, name);
      looks += name === "orders-archive" ? 1 : 0;
      if (name === "orders-archive" && looks === 1)
        await api.patch(kind, of, name, { data: { "survey.json": JSON.stringify({ "orders-g7": {} }) } });
      return found as never;
    };
    await run({ servers: ["orders-g2"] }, api);
    assert.equal(looks, 2);
    const map = (await get(kinds.configMap, namespace, "orders-archive")) as unknown as {
      data: Record<string, string>;
    };
    assert.deepEqual(Object.keys(JSON.parse(map.data["survey.json"] ?? "") as object), [
      "orders-g7",
      "orders-g2",
    ]);
    api.onPatch = () => {
      throw new ApiError("patch", 409, "the object has been modified");
    };
    await assert.rejects(run({}, api), /has been modified/);
  });

  it("reads no more segments than it was told, and says so", async () => {
    const { result, said } = await run({ scan: { server: "orders-g1", from: id, most: 2 } });
    const { whole, segments: read, restorePoints } = result.scan as Record<string, unknown>;
    assert.deepEqual([whole, read, restorePoints], [false, 2, []]);
    assert.match(
      said.join("\n"),
      /Read 2 segments of orders-g1, no more than 2 as asked: 0 restore points\./,
    );
  });

  it("refuses a base backup it does not know, and a time without a zone", async () => {
    await assert.rejects(
      run({ scan: { server: "orders-g1", from: "x" } }),
      /holds no base backup x of orders-g1/,
    );
    await assert.rejects(
      run({ scan: { server: "orders-g1", from: id, around: "2026-11-20T13:00:03" } }),
      /is not a time with a zone/,
    );
  });

  it("checks the base backups it was told", async () => {
    const { result } = await run({ check: { server: "orders-g1", backupIds: [id] } });
    assert.deepEqual(result.checks, { [id]: [] });
  });
});

describe("archive-check", () => {
  const request = { namespace, store: "backups", server: "orders-g1", cluster: "orders-g1" };
  const run = (api: FakeApi, answers: Record<string, Answer>): Promise<string[]> => {
    const context = fakeContext(api);
    return archiveCheck
      .run(request, { ...context, program: fakeProgram(answers).program })
      .then(() => context.said);
  };

  it("lets an empty archive be written, and a Cluster its own", async () => {
    assert.deepEqual(await run(apiWith(), { empty: '{"empty":true}' }), [
      "Archive orders-g1 in store backups is free.",
    ]);
    const api = apiWith();
    api.add(kinds.cluster, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: "orders-g1", namespace },
    });
    assert.match((await run(api, {}))[0] ?? "", /archive orders-g1 is its own/);
  });

  it("refuses an archive that holds something, and says what to do", async () => {
    await assert.rejects(
      run(apiWith(), { empty: '{"empty":false}', survey: JSON.stringify(listing()) }),
      new Error(
        `Archive "orders-g1" in store "backups" already holds 1 base backup (the last of 2026-11-20 02:00 UTC) and WAL up to ${segment(4)} of another server. ` +
          'Set `generations.1.archive` to a new name, or restore from it with `restore: { archive: "orders-g1" }`.',
      ),
    );
  });
});
