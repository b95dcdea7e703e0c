import * as assert from "node:assert/strict";
import { booleanForm, dateStyle, numberForm, textForm } from "../../../src/parameters/forms";
import { identifiers } from "../../../src/parameters/identifier-list";
import { isTimeZone, nearestZone } from "../../../src/parameters/time-zone";

const passes = (name: string, text: string): boolean => "canonical" in textForm(name, text);

describe("forms of texts", () => {
  // Each verdict was seen on a server.
  const cases: Record<string, { good: string[]; bad: string[] }> = {
    search_path: {
      good: ["", '"$user", public', "a,b", '"a b"', '""', "x'y"],
      bad: ["a b", "a,", ",", '"a', 'a"b" c'],
    },
    DateStyle: {
      good: [
        "",
        "ISO",
        "iso, mdy",
        "SQL,DMY",
        "German",
        "postgresql",
        "ISO, European",
        '"iso"',
        "default, US",
      ],
      bad: ["ISO MDY", "ISO, SQL", "MDY, DMY", "isoo", "ISO,", "iso, iso8601"],
    },
    client_encoding: {
      good: ["UTF8", "utf-8", "Unicode", "LATIN1", "iso8859-1", "windows-1252", "SQL_ASCII", "MSKanji"],
      bad: ["", "utf16", "latin11", "cp1252", "MULE_INTERNAL", "u".repeat(64)],
    },
    wal_consistency_checking: {
      good: ["", "all", "Heap2, btree", '"Heap"'],
      bad: ["xlog", "heap btree", "none"],
    },
    backtrace_functions: { good: ["", "a_b, C"], bad: ["f()", "é"] },
    timezone_abbreviations: { good: ["Default", "India"], bad: ["default", "Africa.txt", ""] },
    default_table_access_method: { good: ["heap", "x".repeat(64)], bad: [""] },
    lc_messages: { good: ["C", "de_DE.UTF-8", "sr_RS@latin"], bad: ["", "a,b", "two words", "naïve", "*"] },
    lc_numeric: { good: ["", "POSIX"], bad: [" ", "%d"] },
    createrole_self_grant: { good: ["", "set, INHERIT"], bad: ["admin"] },
    debug_io_direct: { good: ["", "data, wal_init"], bad: ["all"] },
    log_connections: {
      good: ["", "on", "receipt, ALL", "1"],
      bad: ["on, all", "true,false", "everything", "of"],
    },
    restrict_nonsystem_relation_kind: { good: ["", "view, foreign-table"], bad: ["table"] },
    "pgaudit.log": { good: ["all, -misc", "none", "read,write"], bad: ["select", "read write"] },
    "plpgsql.extra_warnings": {
      good: ["all", "NONE", "too_many_rows,shadowed_variables"],
      bad: ["all, none", " all", "x"],
    },
    log_line_prefix: { good: ["", "%m [%p] 'x' \\"], bad: ["\0"] },
  };
  for (const [name, { good, bad }] of Object.entries(cases)) {
    it(name, () => {
      for (const text of good) assert.equal(passes(name, text), true, JSON.stringify(text));
      for (const text of bad) assert.equal(passes(name, text), false, JSON.stringify(text));
    });
  }

  it("shows a DateStyle whole, with what was before", () => {
    const shown = (text: string, before?: string): unknown => {
      const verdict = dateStyle(text, before);
      return "canonical" in verdict ? verdict.canonical : verdict.problem;
    };
    assert.equal(shown("sql"), "SQL, MDY");
    assert.equal(shown("dmy"), "ISO, DMY");
    assert.equal(shown("german"), "German, DMY");
    assert.equal(shown("german, ymd"), "German, YMD");
    assert.equal(shown("german, default"), "German, MDY");
    assert.equal(shown("default, german"), "German, DMY");
    assert.equal(shown("", "SQL, YMD"), "SQL, YMD");
  });

  it("shows a time zone as the server does", () => {
    const shown = (name: string, text: string): unknown => {
      const verdict = textForm(name, text);
      return "canonical" in verdict ? verdict.canonical : verdict.problem;
    };
    // Each was seen on a server.
    const cases: [string, string, string][] = [
      ["TimeZone", "-5", "<-05>+05"],
      ["TimeZone", "5.5", "<+05:30>-05:30"],
      ["TimeZone", "-0.25", "<-00:15>+00:15"],
      ["TimeZone", "0", "<+00>-00"],
      ["TimeZone", "europe/berlin", "Europe/Berlin"],
      ["TimeZone", "etc/utc", "Etc/UTC"],
      ["TimeZone", "zulu", "Zulu"],
      ["TimeZone", "Etc/GMT+5", "Etc/GMT+5"],
      ["TimeZone", "foo5bar", "FOO5BAR"],
      ["log_timezone", "-1", "-1"],
      ["log_timezone", "utc", "UTC"],
    ];
    for (const [name, text, expected] of cases) assert.equal(shown(name, text), expected, `${name} ${text}`);
  });

  it("shows 63 bytes of a name, and no half character", () => {
    const cut = textForm("application_name", "é".repeat(40));
    assert.deepEqual(cut, { canonical: "é".repeat(31) });
    assert.deepEqual(textForm("default_tablespace", "a".repeat(63)), { canonical: "a".repeat(63) });
  });

  it("refuses numbers in the range that the server cannot use", () => {
    assert.equal(numberForm("transaction_buffers", 32), undefined);
    assert.match(numberForm("transaction_buffers", 33) ?? "", /multiple of 16/);
    assert.equal(numberForm("vacuum_buffer_usage_limit", 0), undefined);
    assert.match(numberForm("vacuum_buffer_usage_limit", 64) ?? "", /128kB/);
    assert.match(numberForm("io_max_concurrency", 0) ?? "", /-1/);
    assert.match(numberForm("max_stack_depth", 8192) ?? "", /7680kB/);
    assert.equal(numberForm("constructor", 1), undefined);
    assert.equal(booleanForm("default_with_oids", false), undefined);
    assert.match(booleanForm("default_with_oids", true) ?? "", /OIDs/);
  });

  it("suggests the nearest time zone, by the name it has today", () => {
    assert.equal(nearestZone("Asia/Calcuta"), "Asia/Kolkata");
    assert.deepEqual(textForm("TimeZone", "Europe/Berln"), {
      problem: "is not a time zone the server knows.",
      remedy: "Write Europe/Berlin.",
    });
  });
});

describe("time zones", () => {
  it("takes names, numbers of hours, intervals and POSIX specifications", () => {
    for (const text of [
      "UTC",
      "utc",
      "Europe/Berlin",
      "EUROPE/BERLIN",
      "Etc/GMT+5",
      "EST5EDT",

      "Asia/Kolkata",
      "+3",
      "-3.5",
      "167",
      "0x5",
      "<+03>-3",
      "FOO5",
      "FOO-5:30",
      "CET-1CEST",
      "EST5EDT,M3.2.0,M11.1.0",
      "5:30",
      "interval '3'",
      "INTERVAL '-03:30'",
    ])
      assert.equal(isTimeZone(text), true, text);
  });

  it("refuses what the server refuses", () => {
    for (const text of [
      "",
      "Europe/Berln",
      "Europe",
      "PST",
      "CEST",
      "168",
      "inf",
      "1e3",
      "FOO168",
      "FOO5:60",
      "FOO5:59:30",
      "right/Europe/Berlin",
      "posix/Asia/Tokyo",
      "interval '1 month'",
      "interval 3",
      "US/Pacific-New",
      "DEFAULT",
      "../etc",
    ])
      assert.equal(isTimeZone(text), false, text);
  });
});

describe("lists of names", () => {
  it("folds plain names and keeps quoted ones", () => {
    assert.deepEqual(identifiers(' A , "B ""c""" ,d'), ["a", 'B "c"', "d"]);
    assert.deepEqual(identifiers(" "), []);
    assert.equal(identifiers("a,,b"), undefined);
    assert.equal(identifiers('"a"b'), undefined);
  });
});
