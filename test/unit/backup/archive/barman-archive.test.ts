import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  type BackupInfo,
  endProblems,
  labelProblems,
  type ObjectEnds,
} from "../../../../src/backup/archive/base-backup-files";
import {
  type BarmanArchive,
  type BarmanBackup,
  surveyOf,
} from "../../../../src/backup/archive/barman-archive";
import {
  longestRecord,
  readSurveyRecord,
  surveyRecordText,
} from "../../../../src/backup/archive/survey-record";

const id = "20261120T020003";
const base = `orders-g1/base/${id}`;
const segment = (number: number): string => `00000001000000000000000${number}`;
const stored = Date.UTC(2026, 10, 20, 2) / 1000;

const info: BackupInfo & Record<string, unknown> = {
  status: "DONE",
  begin_time: "Fri Nov 20 02:00:03 2026",
  begin_time_iso: "2026-11-20T02:00:03.500000+00:00",
  end_time_iso: "2026-11-20T02:00:09+00:00",
  begin_wal: segment(3),
  end_wal: segment(4),
  begin_xlog: "0/3000028",
  end_xlog: "0/4000158",
  timeline: 1,
  systemid: "7710336664147660820",
  version: 180006,
  cluster_size: 31818528,
  xlog_segment_size: 16777216,
  compression: null,
  backup_name: "backup-20261120020000",
  tablespaces: null,
};

function backup(
  changes: Partial<BarmanBackup> = {},
  tars: [string, number][] = [["data.tar.gz", 4000]],
): BarmanBackup {
  const files = [["backup.info", 1000] as [string, number], ...tars];
  return {
    id,
    info,
    files: files.map(([name, bytes]) => ({ key: `${base}/${name}`, bytes, stored })),
    ...changes,
  };
}

function archive(backups: BarmanBackup[], numbers = [1, 2, 3, 4, 5]): BarmanArchive {
  return {
    backups,
    wal: numbers.map(number => ({
      key: `orders-g1/wals/0000000100000000/${segment(number)}.gz`,
      bytes: 100,
      stored,
    })),
    histories: [],
    others: 7,
  };
}

const looked = { store: "backups", server: "orders-g1", asOf: "2026-11-20T12:00:00.000Z" };
const problems = (found: BarmanBackup, numbers?: number[]): string[] =>
  surveyOf(archive([found], numbers), looked).baseBackups[0]?.problems ?? assert.fail("no backup");

describe("survey of an archive", () => {
  it("tells what Barman left there", () => {
    const { baseBackups, ...rest } = surveyOf(archive([backup({ keep: "full" })]), looked);
    assert.deepEqual(baseBackups, [
      {
        id,
        name: "backup-20261120020000",
        state: "completed",
        begin: "2026-11-20T02:00:03.500Z",
        end: "2026-11-20T02:00:09.000Z",
        beginWal: segment(3),
        endWal: segment(4),
        beginLsn: "0/3000028",
        endLsn: "0/4000158",
        timeline: 1,
        systemId: "7710336664147660820",
        version: 180006,
        clusterBytes: 31818528,
        compression: "gzip",
        bytes: 5000,
        keep: "full",
        problems: [],
      },
    ]);
    assert.deepEqual(rest, {
      ...looked,
      wal: [
        {
          timeline: 1,
          first: segment(1),
          last: segment(5),
          segments: 5,
          bytes: 500,
          lastStored: "2026-11-20T02:00:00.000Z",
        },
      ],
      walSegmentSize: 16777216,
      histories: [],
      bytes: 5507,
    });
  });

  it("takes the size of segments from the newest base backup, else from who read a segment", () => {
    assert.equal(surveyOf(archive([]), looked, 2 ** 26).walSegmentSize, 2 ** 26);
    assert.equal(surveyOf(archive([]), looked).walSegmentSize, 2 ** 24);
    const other = backup({ info: { ...info, xlog_segment_size: 2 ** 20 } });
    assert.equal(surveyOf(archive([other]), looked, 2 ** 26).walSegmentSize, 2 ** 20);
  });

  it("keeps the order of time, and takes no other folder for a base backup", () => {
    const { baseBackups } = surveyOf(
      archive([
        backup({ id: "20261121T020003", info: undefined }),
        backup({ id: "lost+found", info: undefined }),
        backup({ id: "20261119T020003", info: { ...info, status: "FAILED" } }),
      ]),
      looked,
    );
    assert.deepEqual(
      baseBackups.map(found => [found.id, found.state, found.begin]),
      [
        ["20261119T020003", "failed", "2026-11-20T02:00:03.500Z"],
        ["20261121T020003", "running", "2026-11-21T02:00:03.000Z"],
      ],
    );
  });

  it("notes a history it cannot read", () => {
    const found = {
      ...archive([]),
      histories: [{ key: "orders-g1/wals/00000002.history", text: "nonsense" }],
    };
    assert.match(surveyOf(found, looked).note ?? "", /The history of timeline 2 has the line "nonsense"/);
  });
});

describe("base backups with something wrong", () => {
  const told: [what: string, problems: string[], expected: RegExp][] = [
    ["no data", problems(backup({}, [])), /^The object data\.tar with its data is missing\.$/],
    ["an empty object", problems(backup({}, [["data.tar.gz", 0]])), /^The object data\.tar\.gz is empty\.$/],
    [
      "a cut tar",
      problems(backup({}, [["data.tar", 10_241]])),
      /^The object data\.tar is cut off: 10241 bytes/,
    ],
    [
      "a part",
      problems(
        backup({}, [
          ["data.tar", 10_240],
          ["data_0002.tar", 10_240],
        ]),
      ),
      /^Part 1 of the object data\.tar is missing\.$/,
    ],
    [
      "a tablespace",
      problems(backup({ info: { ...info, tablespaces: [["fast", 16_390, "/x"]] } })),
      /^The object 16390\.tar with its tablespace fast is missing\.$/,
    ],
    [
      "WAL",
      problems(backup(), [1, 2, 3, 5]),
      /^WAL segment 0{7}1\w*4 of those that make it consistent is missing\.$/,
    ],
    [
      "more WAL",
      problems(backup(), [1]),
      /^WAL segment \w*3 and 1 more of those that make it consistent are missing\.$/,
    ],
    ["WAL unknown", problems(backup({ info: { ...info, end_wal: null } })), /does not say which WAL/],
    [
      "another way",
      problems(backup({ info: { ...info, end_wal: segment(4).replace("00000001", "00000002") } })),
      /lies on no way over the timelines/,
    ],
    [
      "no info",
      problems(backup({ info: undefined })),
      /^It has no backup\.info: it is running, or it broke off\.$/,
    ],
    ["bad info", problems(backup({ info: undefined, unreadable: "line 3" })), /cannot be read: line 3$/],
  ];
  for (const [what, found, expected] of told)
    it(`are told: ${what}`, () => {
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", expected);
    });

  it("are not those of volume snapshots, and failed ones need not be whole", () => {
    assert.deepEqual(problems(backup({ info: { ...info, snapshots_info: { provider: "azure" } } }, [])), []);
    assert.deepEqual(problems(backup({ info: { ...info, status: "FAILED" } }, [])), []);
  });
});

describe("ends of the objects of a base backup", () => {
  const ends = (name: string, content: Buffer): ObjectEnds => ({
    key: `${base}/${name}`,
    bytes: content.length,
    head: content.subarray(0, 512),
    tail: content.subarray(-32_768),
  });

  const label = `START WAL LOCATION: 0/3000028 (file ${segment(3)})\nCHECKPOINT LOCATION: 0/3000080\n`;
  const tar = (text = label): Buffer => {
    const header = Buffer.alloc(512);
    header.write("backup_label", 0);
    header.write(text.length.toString(8).padStart(11, "0"), 124);
    header.write("ustar", 257);
    const content = Buffer.alloc(512);
    content.write(text);
    return Buffer.concat([header, content, Buffer.alloc(10_240 - 1024)]);
  };

  it("are as the name says, or told", () => {
    assert.deepEqual(endProblems([ends("data.tar", tar()), ends("data.tar.gz", gzipSync(tar()))]), []);
    const cut = tar().subarray(0, 1000);
    assert.match(
      endProblems([ends("data.tar", cut)])[0] ?? "",
      /data\.tar does not end as a tar does: it is cut off/,
    );
    assert.match(endProblems([ends("data.tar.gz", tar())])[0] ?? "", /does not begin as gzip does/);
    assert.match(endProblems([ends("data_0001.tar.lz4", tar())])[0] ?? "", /does not begin as lz4 does/);
  });

  it("tell of nearly every gzip that was cut off", () => {
    // As hard to compress as data are, but the same each time.
    const content = Buffer.alloc(10_240 * 20);
    for (let at = 0; at < content.length; at += 16)
      createHash("md5").update(String(at)).digest().copy(content, at);
    const whole = gzipSync(content);
    assert.deepEqual(endProblems([ends("data.tar.gz", whole)]), []);
    const told = Array.from({ length: 200 }, (_, cut) => whole.subarray(0, whole.length - 1 - cut)).filter(
      part => endProblems([ends("data.tar.gz", part)]).length > 0,
    );
    assert.ok(told.length >= 199, `${told.length} of 200`);
  });

  it("hold a label that fits", () => {
    const own = {
      ...info,
      backup_label: "'START WAL LOCATION: 0/9000028 (file 000000010000000000000009)\\n'",
    };
    assert.deepEqual(labelProblems(info, [ends("data.tar", tar())]), []);
    assert.deepEqual(
      labelProblems(own, [ends("data.tar", tar())]),
      [],
      "the tar's label is the one that counts",
    );
    assert.match(labelProblems(own, [ends("data.tar.gz", gzipSync(tar()))])[0] ?? "", /begins at 0\/9000028/);
    assert.match(
      labelProblems(info, [ends("data.tar", tar("nonsense"))])[0] ?? "",
      /does not say where WAL begins/,
    );
    assert.match(labelProblems(info, [ends("data.tar", Buffer.alloc(10_240))])[0] ?? "", /does not say/);
    assert.deepEqual(labelProblems(info, [ends("data.tar.gz", gzipSync(tar()))]), []);
  });
});

describe("record of surveys", () => {
  const survey = surveyOf(archive([backup()]), looked);

  it("keeps those of other servers", () => {
    const first = surveyRecordText({}, [survey]);
    const both = readSurveyRecord(
      surveyRecordText(readSurveyRecord(first), [{ ...survey, server: "orders-g2" }]),
    );
    assert.deepEqual(Object.keys(both), ["orders-g1", "orders-g2"]);
    assert.deepEqual(both["orders-g1"], survey);
  });

  it("is an empty one in place of nonsense", () => {
    for (const text of [undefined, "", "[]", "{", "3"]) assert.deepEqual(readSurveyRecord(text), {}, text);
  });

  it("loses the oldest when it is too long, and says so", () => {
    const baseBackups = Array.from({ length: 5000 }, (_, index) => ({
      ...(survey.baseBackups[0] ?? assert.fail()),
      id: `backup ${index}`,
    }));
    const text = surveyRecordText({ "orders-g2": { ...survey, server: "orders-g2" } }, [
      { ...survey, baseBackups },
    ]);
    assert.ok(Buffer.byteLength(text) <= longestRecord);
    const kept = readSurveyRecord(text);
    assert.equal(kept["orders-g1"]?.baseBackups.at(-1)?.id, "backup 4999");
    assert.match(kept["orders-g1"]?.note ?? "", /left out/);
    assert.equal(kept["orders-g2"]?.note, undefined);
    assert.equal(surveyRecordText({}, [{ ...survey, baseBackups }], 10), "{}");
  });
});
