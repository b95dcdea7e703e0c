import * as assert from "node:assert/strict";
import { loadCatalogue, majors } from "../../../src/parameters/catalogue";
import { checkParameter, checkParameters } from "../../../src/parameters/check";
import { ParameterContext } from "../../../src/parameters/definition";
import { describeFinding, ParameterRule, Severity } from "../../../src/parameters/finding";
import { similarNames } from "../../../src/parameters/similar-names";
import { parseValue, showValue } from "../../../src/parameters/value";

const says = (parameters: Record<string, string>, major = 18): string[] =>
  checkParameters(parameters, { major }).map(describeFinding);

describe("checkParameters", () => {
  it("has nothing to say about sane values", () => {
    for (const major of majors) {
      assert.deepEqual(
        says({ work_mem: "16MB", max_connections: "200", datestyle: "ISO, DMY", jit: "off" }, major),
        [],
      );
    }
  });

  const examples: [name: string, value: string, major: number, rule: ParameterRule, said: RegExp][] = [
    [
      "shard_buffers",
      "1GB",
      17,
      ParameterRule.UnknownName,
      /is no parameter of PostgreSQL 17\. Did you mean shared_buffers\?/,
    ],
    [
      "work-mem",
      "1MB",
      17,
      ParameterRule.UnknownName,
      /letters, digits and _ only.* Did you mean work_mem\?/,
    ],
    ["workMem", "1MB", 17, ParameterRule.UnknownName, /Did you mean work_mem\?/],
    ["max_conn", "1", 17, ParameterRule.UnknownName, /Did you mean max_connections\?/],
    ["quite_something_else", "1", 17, ParameterRule.UnknownName, /is no parameter of PostgreSQL 17\.$/],
    ["WORK_MEM", "1MB", 17, ParameterRule.UnknownName, /letter case.* Write work_mem\./],
    ["sort_mem", "1MB", 17, ParameterRule.UnknownName, /old name of work_mem.* Write work_mem\./],
    ["wal_keep_segments", "8", 17, ParameterRule.OtherMajor, /no longer.*Use wal_keep_size/],
    ["checkpoint_segments", "8", 17, ParameterRule.OtherMajor, /no longer.*Use max_wal_size\./],
    [
      "force_parallel_mode",
      "on",
      17,
      ParameterRule.OtherMajor,
      /removed in PostgreSQL 16; this is 17\. Use debug_parallel_query\./,
    ],
    ["old_snapshot_threshold", "1h", 17, ParameterRule.OtherMajor, /removed in PostgreSQL 17; this is 17\./],
    ["io_method", "worker", 17, ParameterRule.OtherMajor, /exists since PostgreSQL 18 only; this is 17\./],
    [
      "transaction_timeout",
      "1s",
      16,
      ParameterRule.OtherMajor,
      /since PostgreSQL 17 only; this is 16\. .*statement_timeout/,
    ],
    ["archive_mode", "off", 17, ParameterRule.OwnedByOperator, /set by CloudNativePG.* Backups/],
    ["shared_preload_libraries", "pg_cron", 17, ParameterRule.OwnedByOperator, /sharedPreloadLibraries/],
    ["Port", "1", 17, ParameterRule.OwnedByOperator, /set by CloudNativePG/],
    ["cnpg.config_sha256", "x", 17, ParameterRule.OwnedByOperator, /belongs to CloudNativePG/],
    ["data_checksums", "on", 17, ParameterRule.NotSettable, /argument dataChecksums/],
    ["lc_collate", "C", 15, ParameterRule.NotSettable, /set it at its creation/],
    ["block_size", "8192", 17, ParameterRule.NotSettable, /worked out by the server/],
    ["transaction_isolation", "serializable", 17, ParameterRule.NotSettable, /session or a transaction/],
    ["max_connections", "abc", 17, ParameterRule.WrongType, /is not a whole number\. .*100/],
    ["work_mem", "4GiB", 17, ParameterRule.WrongUnit, /Write 4GB\./],
    ["work_mem", "1kB", 17, ParameterRule.OutOfRange, /below the least value, 64kB/],
    ["wal_compression", "lz4", 14, ParameterRule.WrongType, /is not a boolean/],
    ["wal_compression", "gzip", 15, ParameterRule.NotAChoice, /pglz, lz4, zstd, on or off/],
    ["TimeZone", "Mars", 17, ParameterRule.Malformed, /not a time zone/],
    ["TimeZone", "US/Pacific", 17, ParameterRule.Malformed, /former name.* Write America\/Los_Angeles\./],
    ["wal_level", "LOGICAL", 17, ParameterRule.Malformed, /CloudNativePG does not read\. Write logical\./],
    ["wal_level", "hot_standby", 17, ParameterRule.Malformed, /Write replica\./],
    ["shared_buffers", "0x1000", 17, ParameterRule.Malformed, /CloudNativePG does not read.* Write 32MB\./],
    ["max_wal_size", "1e3MB", 17, ParameterRule.Malformed, /Write 1000MB\./],
    ["pg_stat_statements.maxx", "1", 17, ParameterRule.UnknownName, /Did you mean pg_stat_statements\.max\?/],
    ["timescaledb.licens", "apache", 17, ParameterRule.UnknownName, /timescaledb\.license\?/],
    ["a.b.c", "1", 17, ParameterRule.UnknownName, /one dot at most/],
    ["constructor", "1", 17, ParameterRule.UnknownName, /is no parameter/],
  ];
  for (const [name, value, major, rule, said] of examples) {
    it(`refuses ${name} = ${value} in ${major}: ${rule}`, () => {
      const [finding, ...others] = checkParameters({ [name]: value }, { major });
      assert.ok(finding);
      assert.deepEqual(others, []);
      assert.equal(finding.severity, Severity.Refused);
      assert.equal(finding.rule, rule, describeFinding(finding));
      assert.equal(finding.parameter, name);
      assert.equal(finding.value, value);
      assert.match(describeFinding(finding), said);
      assert.deepEqual(checkParameter(name, value, { major }), [finding]);
    });
  }

  it("lets names with a dot pass that nobody knows, with a warning and what resembles them", () => {
    const [own, typo, unlisted] = checkParameters(
      { "myapp.tenant": "x", "pg_stat_statement.max": "1", "timescaledb.some_new_thing": "1" },
      { major: 18 },
    );
    for (const finding of [own, typo, unlisted]) {
      assert.equal(finding?.severity, Severity.Warning);
      assert.equal(finding?.rule, ParameterRule.CustomClass);
    }
    assert.match(typo?.remedy ?? "", /pg_stat_statements\.max/);
    assert.equal(own?.remedy, undefined);
  });

  it("says of a parameter that came with a minor release which one it needs", () => {
    const [finding] = checkParameters({ composite_type_mismatch: "error" }, { major: 17 });
    assert.equal(finding?.severity, Severity.Warning);
    assert.match(finding?.problem ?? "", /since PostgreSQL 17\.\d+/);
  });

  it("refuses a name that is given twice in another letter case, and judges the first", () => {
    assert.deepEqual(says({ work_mem: "4MB", Work_Mem: "abc" }), [
      "Work_Mem = abc: is given twice: also as work_mem. Leave Work_Mem out.",
    ]);
  });

  it("names all that is wrong, in the order in which it was given", () => {
    const findings = checkParameters(
      { work_mem: "4GiB", fsync: "off", shard_buffers: "1GB", huge_pages: "on", max_connections: "abc" },
      { major: 18 },
    );
    assert.deepEqual(
      findings.map(({ parameter, rule }) => `${parameter} ${rule}`),
      [
        "work_mem wrongUnit",
        "fsync unsafe",
        "shard_buffers unknownName",
        "huge_pages conflict",
        "max_connections wrongType",
      ],
    );
  });

  it("draws no conclusions from a value that cannot be read", () => {
    assert.deepEqual(
      says({ min_wal_size: "90GB", max_wal_size: "lots", max_connections: "x", reserved_connections: "400" })
        .length,
      2,
    );
  });

  it("needs a catalogue", () => {
    assert.throws(() => checkParameters({}, { major: 13 }), RangeError);
  });

  it("checks 400 parameters in less than 5 ms", function () {
    this.timeout(30_000);
    const { definitions, extensions } = loadCatalogue(18);
    const settable = [...definitions.values(), ...extensions.values()].filter(
      ({ ownedByOperator, sessionOnly, context, default: usual }) =>
        ownedByOperator === undefined &&
        sessionOnly !== true &&
        context !== ParameterContext.Internal &&
        usual !== undefined,
    );
    const parameters = Object.fromEntries(
      settable.slice(0, 400).map(definition => {
        const parsed = parseValue(definition, definition.default ?? "");
        assert.ok(parsed.ok);
        return [definition.name, showValue(definition, parsed.base)];
      }),
    );
    assert.equal(Object.keys(parameters).length, 400);
    const around = { major: 18, instances: 3, memory: 2 ** 32, walVolume: 2 ** 34, preloadedLibraries: [] };
    const times = Array.from({ length: 41 }, () => {
      const before = process.hrtime.bigint();
      checkParameters(parameters, around);
      return Number(process.hrtime.bigint() - before) / 1e6;
    }).sort((a, b) => a - b);
    const median = times[20] ?? Infinity;
    assert.ok(median < 5, `${median.toFixed(2)} ms`);
  });
});

describe("similarNames", () => {
  const catalogue = loadCatalogue(18);

  it("finds other separators and letter cases, slips, and beginnings of words", () => {
    assert.deepEqual(similarNames(catalogue, "maintenance.work.mem"), ["maintenance_work_mem"]);
    assert.deepEqual(similarNames(catalogue, "MaxWalSize"), ["max_wal_size"]);
    assert.deepEqual(similarNames(catalogue, "effective_cach_size"), ["effective_cache_size"]);
    assert.deepEqual(similarNames(catalogue, "rand_page"), ["random_page_cost"]);
  });

  it("names several that are equally near, and none rather than many", () => {
    assert.deepEqual(similarNames(catalogue, "m_wal_size").sort(), ["max_wal_size", "min_wal_size"]);
    assert.deepEqual(similarNames(catalogue, "enable"), []);
    assert.deepEqual(similarNames(catalogue, "xyzzy"), []);
  });
});
