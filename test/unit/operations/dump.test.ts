import * as assert from "node:assert/strict";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { DumpFormat } from "../../../src/backup/dump/args";
import { dumpFolder } from "../../../src/backup/dump/location";
import { BackupState } from "../../../src/backup/known-backup";
import { type DumpContext, dumpDatabases, type DumpRequest } from "../../../src/operations/dump";
import { directoryPlace, type DumpPlace } from "../../../src/operations/dump-place";
import { dumpShelf, findDump, listDumps } from "../../../src/operations/dumps";
import type { ProgramOptions, ProgramResult, RunProgram } from "../../../src/operations/program";
import { runProgram } from "../../../src/operations/program";
import {
  restoreDump,
  type RestoreDumpContext,
  type RestoreDumpRequest,
} from "../../../src/operations/restore-dump";
import { FakeClock } from "./fakes";

const data = Buffer.alloc(3_000_000, "all the rows of the orders ");
const toc = "220; 1259 16390 TABLE public orders app\n3450; 0 16390 TABLE DATA public orders app\n";
const locale = { encoding: "UTF8", collate: "C", ctype: "C", provider: null, locale: null };

interface Call {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** PostgreSQL's programs, as far as dumps use them. */
class FakePrograms {
  readonly calls: Call[] = [];
  readonly databases = ["app", "postgres"];
  /** Databases whose dump breaks off. */
  readonly broken = new Set<string>();
  readonly restored: Buffer[] = [];
  /** Answers of psql by what the query holds. */
  answers: Record<string, object[]> = {};
  restoreFails = "";
  /** pg_restore ends when it has seen so many bytes. */
  readsOnly = Infinity;

  run: RunProgram = async (command, args, options = {}) => {
    this.calls.push({ command, args, env: options.env ?? {} });
    if (command === "tar") return runProgram(command, args, options);
    const result = await this.#programs[command]?.(args, options);
    if (result === undefined) throw new Error(`no program was expected: ${command}`);
    return { stdout: "", stderr: "", exitCode: 0, ...result };
  };

  readonly #programs: Record<
    string,
    (args: readonly string[], options: ProgramOptions) => Promise<Partial<ProgramResult>>
  > = {
    psql: async args => ({ stdout: JSON.stringify(this.#answer(args.at(-1) ?? "")) }),
    pg_dumpall: async () => ({ stdout: "CREATE ROLE app;\n" }),
    pg_dump: async (args, { output }) => {
      const database = /dbname='(.*)'/.exec(args.at(-1) ?? "")?.[1] ?? "";
      const folder = args.find(arg => arg.startsWith("--file="))?.slice(7);
      const whole = this.broken.has(database) ? data.subarray(0, 100_000) : data;
      if (output !== undefined) await pipeline(chunks(whole), output, { end: false });
      else runWrite(folder ?? "", whole);
      return this.broken.has(database)
        ? { exitCode: 1, stderr: "permission denied for table secrets\n" }
        : {};
    },
    pg_restore: async (args, { input }) => {
      if (args.includes("--list")) {
        if (input !== undefined) await once(input as Readable, "data");
        return { stdout: toc };
      }
      if (input !== undefined) this.restored.push(await this.#read(input as Readable));
      else this.restored.push(readFileSync(join(args.at(-1) ?? "", "1.dat")));
      return this.restoreFails === "" ? {} : { exitCode: 1, stderr: this.restoreFails };
    },
  };

  async #read(input: Readable): Promise<Buffer> {
    if (this.readsOnly === Infinity) return buffer(input);
    let bytes = 0;
    for await (const chunk of input) {
      bytes += (chunk as Buffer).length;
      if (bytes >= this.readsOnly) break;
    }
    return Buffer.alloc(0);
  }

  #answer(query: string): object[] {
    const known = Object.entries(this.answers).find(([text]) => query.includes(text));
    if (known !== undefined) return known[1];
    if (query.includes("datallowconn")) return this.databases.map(name => ({ name, bytes: 8_000_000 }));
    if (query.includes("server_version")) return [{ version: "18.1 (Debian)", locale, extensions: [] }];
    if (query.includes("relispartition")) return [{ name: "public.orders", rows: 42 }];
    if (query.includes("count(*) AS count")) return [{ count: 0 }];
    return [];
  }
}

function chunks(whole: Buffer): Readable {
  const parts = Array.from({ length: Math.ceil(whole.length / 65_536) }, (_, i) =>
    whole.subarray(i * 65_536, (i + 1) * 65_536),
  );
  return Readable.from(parts);
}

function runWrite(folder: string, whole: Buffer): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, "toc.dat"), "toc");
  writeFileSync(join(folder, "1.dat"), whole);
}

const server = { host: "orders.shop.svc", port: 5432, caFile: "/ca.crt" };
const request: DumpRequest = {
  ...server,
  namespace: "shop",
  instance: "orders",
  entry: "nightly",
  databases: [],
  format: DumpFormat.Custom,
  schemaOnly: false,
  compressionLevel: 3,
  jobs: 1,
  roles: true,
  timeoutSeconds: 60,
};

describe("logical dumps", () => {
  let folder = "";
  let programs: FakePrograms;
  let clock: FakeClock;
  let place: DumpPlace;
  let context: DumpContext & { said: string[] };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dumps-"));
    programs = new FakePrograms();
    clock = new FakeClock("2026-11-20T02:00:03Z");
    place = directoryPlace(folder);
    const said: string[] = [];
    context = { program: programs.run, place, clock, said, say: sentence => void said.push(sentence) };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const files = (): string[] =>
    (
      readdirSync(folder, { recursive: true, withFileTypes: true }) as {
        parentPath: string;
        name: string;
        isFile(): boolean;
      }[]
    )
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();

  it("hold every database, what it needs to be made again, and the roles", async () => {
    const { dumps } = await dumpDatabases(request, context);
    assert.deepEqual(files(), [
      "dumps/orders/app/20261120T020003/contents.txt",
      "dumps/orders/app/20261120T020003/data.dump",
      "dumps/orders/app/20261120T020003/dump.json",
      "dumps/orders/app/20261120T020003/roles.sql",
      "dumps/orders/postgres/20261120T020003/contents.txt",
      "dumps/orders/postgres/20261120T020003/data.dump",
      "dumps/orders/postgres/20261120T020003/dump.json",
      "dumps/orders/postgres/20261120T020003/roles.sql",
    ]);
    assert.deepEqual(readFileSync(join(folder, files()[1] ?? "")), data);
    const [first] = dumps;
    assert.deepEqual(
      [first?.bytes, first?.serverVersion, first?.locale],
      [data.length, "18.1", { encoding: "UTF8", collate: "C", ctype: "C" }],
    );
    assert.deepEqual(await findDump(place, "orders", "app", undefined, clock.now()), first);
  });

  it("verify the server, and name no password", async () => {
    await dumpDatabases(request, context);
    for (const { command, args, env } of programs.calls.filter(({ command }) => command !== "pg_restore")) {
      assert.equal(env.PGSSLMODE, "verify-full", command);
      assert.equal(env.PGHOST, "orders.shop.svc", command);
      assert.equal(env.PGPASSWORD, undefined);
      assert.doesNotMatch(args.join(" "), /password=/i);
    }
  });

  it("of one that breaks off leave nothing, say why, and go on with the others", async () => {
    programs.broken.add("app");
    await assert.rejects(
      dumpDatabases(request, context),
      /^Error: Database "app" is not dumped: pg_dump ended with 1: permission denied for table secrets$/,
    );
    assert.ok(
      files().every(file => file.includes("/postgres/")),
      files().join(),
    );
    assert.equal(files().length, 4);
  });

  it("whose place breaks off report that, and not the program that could no longer write", async () => {
    const failing: DumpPlace = {
      ...place,
      put: async (_key, from) => {
        await once(from, "data");
        from.destroy(new Error("the store is full"));
        throw new Error("the store is full");
      },
    };
    await assert.rejects(
      dumpDatabases({ ...request, databases: ["app"] }, { ...context, place: failing }),
      /the store is full/,
    );
    assert.deepEqual(files(), []);
  });

  it("of a store that kept less than it was given are refused", async () => {
    const short: DumpPlace = {
      ...place,
      put: (key, from) =>
        key.endsWith(".dump")
          ? place.put(key, Readable.from([Buffer.from("x")])).then(() => void from.resume())
          : place.put(key, from),
    };
    await assert.rejects(
      dumpDatabases({ ...request, databases: ["app"] }, { ...context, place: short }),
      /has 1 bytes/,
    );
    assert.deepEqual(files(), []);
  });

  it("of databases that are not there are refused before any is taken", async () => {
    await assert.rejects(
      dumpDatabases({ ...request, databases: ["app", "shop"] }, context),
      /no database "shop" to dump\. There are app, postgres\./,
    );
    assert.deepEqual(files(), []);
  });

  it("on a volume are pruned by the policy, after those of the day succeeded", async () => {
    const policy = { recoveryWindowDays: 2 };
    const daily = async (broken: boolean): Promise<string[]> => {
      if (broken) programs.broken.add("app");
      else programs.broken.delete("app");
      await clock.sleep(24 * 3600_000);
      const run = dumpDatabases({ ...request, databases: ["app"], policy }, context);
      return run.then(({ pruned }) => pruned).catch(() => ["failed"]);
    };
    // The time a file was stored is that of this machine.
    const real: DumpPlace = {
      ...place,
      list: async prefix => (await place.list(prefix)).map(({ key, bytes }) => ({ key, bytes })),
    };
    context = { ...context, place: real };
    const pruned: string[][] = [];
    for (const broken of [false, false, false, true, true, false, false]) pruned.push(await daily(broken));
    assert.deepEqual(
      pruned.map(list => list.length),
      // On day six those of the first two are no longer needed, on day seven the third still is.
      [0, 0, 0, 1, 1, 2, 0],
      JSON.stringify(pruned),
    );
    assert.deepEqual(pruned[3], ["failed"]);
    const left = await listDumps(real, "orders", clock.now());
    assert.ok(left.length >= 3 && left.every(({ state }) => state === BackupState.Completed));
  });

  it("of one database are not pruned while another fails", async () => {
    const policy = { recoveryWindowDays: 1 };
    const both = { ...request, policy };
    const list: DumpPlace["list"] = async prefix =>
      (await place.list(prefix)).map(({ key, bytes }) => ({ key, bytes }));
    const around = { ...context, place: { ...place, list } };
    for (let day = 0; day < 3; day++) {
      await clock.sleep(24 * 3600_000);
      await dumpDatabases({ ...request, databases: ["app"] }, around);
    }
    await clock.sleep(24 * 3600_000);
    programs.broken.add("postgres");
    await assert.rejects(dumpDatabases(both, around));
    assert.equal((await listDumps(around.place, "orders", clock.now())).length, 4);
    programs.broken.clear();
    await clock.sleep(1000);
    const { pruned } = await dumpDatabases(both, around);
    assert.equal(pruned.length, 2, pruned.join());
  });

  it("that are not whole are running, and failed when no run can be", async () => {
    const { dumps } = await dumpDatabases({ ...request, databases: ["app"] }, context);
    const [record] = dumps;
    rmSync(join(folder, dumpFolder("orders", "app", record?.id ?? ""), "dump.json"));
    const states = async (): Promise<string[]> =>
      (await listDumps(place, "orders", clock.now())).map(({ state }) => state);
    assert.deepEqual(await states(), ["running"]);
    await clock.sleep(8 * 24 * 3600_000);
    assert.deepEqual(await states(), ["failed"]);
    const shelf = dumpShelf(async () => place, "orders", clock.now);
    for (const known of await shelf.list()) await shelf.prune(known);
    assert.deepEqual(files(), []);
    assert.equal(existsSync(join(folder, "dumps/orders/app/20261120T020003")), false);
  });

  describe("restored", () => {
    const wanted: RestoreDumpRequest = {
      ...server,
      namespace: "shop",
      instance: "orders",
      directories: {},
      database: "app",
      create: false,
      privileges: true,
      jobs: 1,
      timeoutSeconds: 60,
    };
    let commands: string[] = [];
    let owners: Record<string, string> = {};
    let restoring: RestoreDumpContext;

    beforeEach(async () => {
      await dumpDatabases({ ...request, databases: ["app"] }, context);
      commands = [];
      owners = { app: "app" };
      restoring = {
        ...context,
        primary: "orders-g1-1",
        owner: "app",
        major: 18,
        execute: async (_namespace, _pod, _container, command) => {
          const sql = command.at(-1) ?? "";
          if (sql.includes("pg_database")) {
            const owner = Object.entries(owners).find(([name]) => sql.includes(`'${name}'`))?.[1];
            return {
              stdout: JSON.stringify(owner === undefined ? [] : [{ owner }]),
              stderr: "",
              exitCode: 0,
            };
          }
          commands.push(sql);
          return { stdout: "", stderr: "", exitCode: 0 };
        },
      };
    });

    it("go into an empty database, byte by byte, and say what rows there are", async () => {
      const result = await restoreDump(wanted, restoring);
      assert.deepEqual(programs.restored, [data]);
      assert.deepEqual(
        [result.into, result.created, result.rows, result.id],
        ["app", false, 42, "20261120T020003"],
      );
      assert.deepEqual(commands, []);
      const restore = programs.calls.find(
        ({ command, args }) => command === "pg_restore" && !args.includes("--list"),
      );
      assert.ok(restore?.args.includes("--single-transaction") && !restore.args.includes("--clean"));
    });

    it("go into a new database only when that is asked for, which goes again when it fails", async () => {
      await assert.rejects(restoreDump({ ...wanted, into: "copy" }, restoring), /no database "copy"/);
      const made = await restoreDump({ ...wanted, into: "copy", create: true }, restoring);
      assert.equal(made.created, true);
      assert.match(commands.join(), /^CREATE DATABASE "copy" OWNER "app"/);
      programs.restoreFails = 'role "sales" does not exist';
      await assert.rejects(
        restoreDump({ ...wanted, into: "copy", create: true }, restoring),
        /role "sales" does not exist/,
      );
      assert.match(commands.at(-1) ?? "", /^DROP DATABASE IF EXISTS "copy"/);
    });

    it("go into a database with something in it only with its name", async () => {
      programs.answers = { "count(*) AS count": [{ count: 3 }] };
      await assert.rejects(restoreDump(wanted, restoring), /is not empty: it has 3/);
      await assert.rejects(restoreDump({ ...wanted, confirm: "yes" }, restoring), /is not empty/);
      await restoreDump({ ...wanted, confirm: "app" }, restoring);
      const restore = programs.calls.filter(({ command }) => command === "pg_restore").at(-1);
      assert.ok(restore?.args.includes("--clean"));
    });

    it("do not go into a database of somebody else", async () => {
      owners = { app: "other" };
      await assert.rejects(restoreDump(wanted, restoring), /belongs to other, not to app/);
    });

    it("bring their extensions, by the superuser", async () => {
      programs.answers = {
        server_version: [
          {
            version: "18.1",
            locale,
            extensions: [
              { name: "pgcrypto", schema: "public" },
              { name: "postgis", schema: "tools" },
            ],
          },
        ],
      };
      await clock.sleep(1000);
      await dumpDatabases({ ...request, databases: ["app"] }, context);
      await restoreDump(wanted, restoring);
      assert.deepEqual(commands, [
        'CREATE SCHEMA IF NOT EXISTS "tools" AUTHORIZATION "app"',
        'CREATE EXTENSION IF NOT EXISTS "pgcrypto" SCHEMA "public"',
        'CREATE EXTENSION IF NOT EXISTS "postgis" SCHEMA "tools"',
      ]);
    });

    it("that were changed since are noticed", async () => {
      const file = join(folder, dumpFolder("orders", "app", "20261120T020003"), "data.dump");
      const changed = Buffer.from(data);
      changed[1_000_000] = 0;
      writeFileSync(file, changed);
      await assert.rejects(restoreDump(wanted, restoring), /not what was written when the dump was taken/);
    });

    it("end when their reader needs no more, or fails early", async () => {
      programs.readsOnly = 100_000;
      await restoreDump(wanted, restoring);
      programs.restoreFails = "connection lost";
      await assert.rejects(restoreDump(wanted, restoring), /pg_restore ended with 1: connection lost/);
    });

    it("whose place breaks off report that", async () => {
      const failing: DumpPlace = {
        ...place,
        get: async (key: string, to: Writable) => {
          if (!key.endsWith(".dump")) return place.get(key, to);
          to.write(data.subarray(0, 1000));
          throw new Error("the store is gone");
        },
      };
      await assert.rejects(restoreDump(wanted, { ...restoring, place: failing }), /the store is gone/);
    });

    it("of the directory format are unpacked", async () => {
      await clock.sleep(1000);
      await dumpDatabases({ ...request, databases: ["app"], format: DumpFormat.Directory, jobs: 2 }, context);
      await restoreDump({ ...wanted, into: "copy", create: true, jobs: 2 }, restoring);
      assert.deepEqual(programs.restored, [data]);
      assert.ok(
        programs.calls.at(-3)?.args.includes("--jobs=2"),
        programs.calls.map(({ command }) => command).join(),
      );
    });

    it("are named when they are not there", async () => {
      await assert.rejects(
        restoreDump({ ...wanted, id: "20261120T030000" }, restoring),
        /no dump 20261120T030000 of database "app".*It has 20261120T020003\./,
      );
      await assert.rejects(restoreDump({ ...wanted, database: "shop" }, restoring), /It has dumps of app\./);
    });
  });
});
