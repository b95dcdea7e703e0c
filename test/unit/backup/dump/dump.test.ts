import * as assert from "node:assert/strict";
import fc from "fast-check";
import { DumpFormat } from "../../../../src/backup/dump/args";
import {
  connectionString,
  createDatabase,
  dumpArguments,
  restoreArguments,
} from "../../../../src/backup/dump/commands";
import { restoreList, tablesWithData } from "../../../../src/backup/dump/contents";
import { dumpFolder, dumpId, dumpTime, readDumpKey } from "../../../../src/backup/dump/location";
import { readDumpRecord, UnusableDump } from "../../../../src/backup/dump/record";
import { sqlIdentifier } from "../../../../src/sql-identifier";

describe("where a dump is", () => {
  it("is read from its key again, whatever the database is called", () => {
    const time = fc.date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), time, (database, begin) => {
        const id = dumpId(begin);
        const folder = dumpFolder("orders", database, id);
        assert.equal(folder.split("/").length, 5);
        assert.deepEqual(readDumpKey("orders", `${folder}dump.json`), { database, id, file: "dump.json" });
        assert.equal(readDumpKey("order", `${folder}dump.json`), undefined);
        assert.equal(Math.floor(begin.getTime() / 1000) * 1000, dumpTime(id)?.getTime());
      }),
    );
  });

  it("is no other object", () => {
    for (const key of [
      "dumps/orders/app/20261120T020003",
      "dumps/orders/app/20261120T020003/",
      "dumps/orders/app/20261120T020003/more/data.dump",
      "dumps/orders/app/20261340T020003/dump.json",
      "dumps/orders/app/yesterday/dump.json",
      "dumps/orders/%E0%A4%A/20261120T020003/dump.json",
      "orders-g1/base/20261120T020003/data.tar",
    ])
      assert.equal(readDumpKey("orders", key), undefined, key);
  });
});

describe("the commands of a dump", () => {
  const command = {
    database: "app",
    format: DumpFormat.Custom,
    schemaOnly: false,
    compressionLevel: 3,
    jobs: 1,
  };

  it("quote names that would be read as something else", () => {
    assert.equal(connectionString("app"), "dbname='app'");
    assert.equal(connectionString("it's = \\ host=evil"), "dbname='it\\'s = \\\\ host=evil'");
    assert.equal(sqlIdentifier('say "hello"'), '"say ""hello"""');
    assert.ok(dumpArguments({ ...command, database: "host=evil" }).includes("--dbname=dbname='host=evil'"));
  });

  it("have what was asked for", () => {
    assert.ok(dumpArguments(command).includes("--compress=zstd:3"));
    assert.ok(dumpArguments({ ...command, compressionLevel: 0 }).includes("--compress=none"));
    const directory = dumpArguments({
      ...command,
      format: DumpFormat.Directory,
      jobs: 4,
      directory: "/tmp/x",
      schemaOnly: true,
    });
    for (const arg of ["--format=directory", "--jobs=4", "--file=/tmp/x", "--schema-only"])
      assert.ok(directory.includes(arg), arg);
  });

  it("restore all or nothing, unless several tables are restored at once", () => {
    const restore = { database: "app", list: "/tmp/list", clean: false, privileges: true, jobs: 1 };
    const args = restoreArguments(restore);
    assert.ok(args.includes("--single-transaction") && args.includes("--exit-on-error"));
    assert.ok(!args.includes("--clean") && !args.includes("--no-privileges"));
    const many = restoreArguments({
      ...restore,
      jobs: 4,
      clean: true,
      privileges: false,
      directory: "/tmp/d",
    });
    assert.ok(!many.includes("--single-transaction"));
    for (const arg of ["--jobs=4", "--clean", "--if-exists", "--no-privileges", "--exit-on-error"])
      assert.ok(many.includes(arg), arg);
    assert.equal(many.at(-1), "/tmp/d");
  });

  it("make a database as the dumped one was, as far as the server knows how", () => {
    const libc = { encoding: "UTF8", collate: "C", ctype: "C" };
    assert.equal(
      createDatabase("app", "app", libc, 18),
      `CREATE DATABASE "app" OWNER "app" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    const builtin = createDatabase("app", "app", { ...libc, provider: "b", locale: "C.UTF-8" }, 18);
    assert.match(builtin, /LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C\.UTF-8'$/);
    assert.match(
      createDatabase("app", "app", { ...libc, provider: "i", locale: "de" }, 16),
      /ICU_LOCALE 'de'$/,
    );
    assert.doesNotMatch(createDatabase("app", "app", { ...libc, provider: "c" }, 14), /PROVIDER/);
  });
});

const contents = `;
; Archive created at 2026-11-20 02:00:03 UTC
;     dbname: app
;
; Selected TOC Entries:
;
6; 2615 16388 SCHEMA - sales app
8; 2615 16399 SCHEMA - tools app
2; 3079 16389 EXTENSION - pgcrypto 
3456; 0 0 COMMENT - EXTENSION pgcrypto 
220; 1259 16390 TABLE public orders app
3457; 0 0 COMMENT public TABLE orders app
3450; 0 16390 TABLE DATA public orders app
3451; 0 16395 TABLE DATA sales lines app
2054; 826 16400 DEFAULT ACL public DEFAULT PRIVILEGES FOR TABLES app
2055; 826 16401 DEFAULT ACL public DEFAULT PRIVILEGES FOR TABLES other
3300; 6104 16402 PUBLICATION - everything app
3301; 6106 16403 PUBLICATION TABLE public everything orders app
3302; 6100 16404 SUBSCRIPTION - upstream postgres
`;

describe("what of a dump is restored", () => {
  it("is all but extensions, replication, and default privileges of others", () => {
    const { list, left } = restoreList(contents, "app", ["tools"]);
    const gone = contents.split("\n").filter(line => !list.split("\n").includes(line));
    assert.deepEqual(
      gone.map(line => line.split(" ")[0]),
      ["8;", "2;", "3456;", "2055;", "3300;", "3301;", "3302;"],
    );
    assert.equal(left.length, 4);
    assert.match(left.join(), /DEFAULT PRIVILEGES FOR TABLES other.*PUBLICATION.*SUBSCRIPTION/);
    assert.equal(tablesWithData(contents), 2);
  });
});

describe("the record of a dump", () => {
  it("is refused when it is none", () => {
    for (const text of ["", "{}", "[]", '{"id":"x","format":"plain"}'])
      assert.throws(() => readDumpRecord(text, "app 20261120T020003"), UnusableDump);
  });
});
