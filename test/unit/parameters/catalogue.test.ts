import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  extensionClasses,
  findDefinition,
  loadCatalogue,
  majors,
  majorsOf,
} from "../../../src/parameters/catalogue";
import {
  ParameterCategory,
  ParameterContext,
  type ParameterDefinition,
  ParameterType,
} from "../../../src/parameters/definition";
import { fixedParameters } from "../../../src/parameters/fixed";

const root = resolve(__dirname, "../../../..");
const dataFolder = join(root, "dist/src/parameters/data");

const everywhere: [number, ParameterDefinition][] = majors.flatMap(major => {
  const { definitions, extensions } = loadCatalogue(major);
  return [...definitions.values(), ...extensions.values()].map((one): [number, ParameterDefinition] => [
    major,
    one,
  ]);
});

/** Names of the server's own parameters, as `pg_settings` of the catalogue's server has them. */
function shownNames(major: number): Set<string> {
  const { server, definitions } = loadCatalogue(major);
  const shown = [...definitions.values()].filter(({ source }) =>
    source.startsWith(`pg_settings of PostgreSQL ${server}`),
  );
  return new Set(shown.map(({ name }) => name));
}

function definition(major: number, name: string): ParameterDefinition {
  return findDefinition(loadCatalogue(major), name) ?? assert.fail(`${name} is not in ${major}`);
}

/** Names of `a` that `b` lacks. */
function without(a: Set<string>, b: Set<string>): string[] {
  return [...a].filter(name => !b.has(name));
}

describe("parameter catalogues", () => {
  it("have the names pg_settings of each major has", () => {
    const counts = majors.map(major => [major, loadCatalogue(major).server, shownNames(major).size]);
    assert.deepEqual(counts, [
      [14, "14.23", 346],
      [15, "15.18", 353],
      [16, "16.14", 362],
      [17, "17.10", 378],
      [18, "18.4", 398],
    ]);
  });

  it("know what came and went with each major", () => {
    const changes = majors.slice(1).map(major => {
      const [before, after] = [shownNames(major - 1), shownNames(major)];
      return [major, without(after, before).length, without(before, after)];
    });
    assert.deepEqual(changes, [
      [15, 8, ["stats_temp_directory"]],
      [
        16,
        14,
        ["force_parallel_mode", "lc_collate", "lc_ctype", "promote_trigger_file", "vacuum_defer_cleanup_age"],
      ],
      [17, 19, ["db_user_namespace", "old_snapshot_threshold", "trace_recovery_messages"]],
      [18, 21, ["ssl_ecdh_curve"]],
    ]);
  });

  it("know what changed its meaning", () => {
    const contexts = [17, 18].map(major => definition(major, "autovacuum_max_workers").context);
    assert.deepEqual(contexts, [ParameterContext.Postmaster, ParameterContext.Sighup]);
    const concurrency = [17, 18].map(major => definition(major, "effective_io_concurrency").default);
    assert.deepEqual(concurrency, ["1", "16"]);
    const multiplier = [14, 15].map(major => definition(major, "hash_mem_multiplier").default);
    assert.deepEqual(multiplier, ["1", "2"]);
    const logged = [17, 18].map(major => definition(major, "log_connections").type);
    assert.deepEqual(logged, [ParameterType.Bool, ParameterType.String]);
    const least = [16, 17].map(major => definition(major, "maintenance_work_mem").min);
    assert.deepEqual(least, [1024, 64]);
    const combined = [17, 18].map(major => definition(major, "io_combine_limit").max);
    assert.deepEqual(combined, [32, 128]);
    assert.deepEqual(majorsOf("summarize_wal"), [17, 18]);
    assert.deepEqual(majorsOf("no_such_thing"), []);
  });

  it("are complete: every entry says what it is, and where that is known from", () => {
    const types = new Set<string>(Object.values(ParameterType));
    const contexts = new Set<string>(Object.values(ParameterContext));
    for (const [major, one] of everywhere) {
      const where = `${one.name} of ${major}`;
      assert.ok(types.has(one.type) && contexts.has(one.context), where);
      assert.ok(one.source !== "" && one.description !== "" && one.group !== "", where);
      assert.equal(one.values === undefined, one.type !== ParameterType.Enum, where);
      const isNumber = one.type === ParameterType.Integer || one.type === ParameterType.Real;
      assert.equal(one.min === undefined || one.max === undefined, !isNumber, where);
      if (isNumber) assert.ok((one.min as number) <= (one.max as number), where);
      if (one.default !== undefined && isNumber) {
        const value = Number(one.default);
        assert.ok(value >= (one.min as number) && value <= (one.max as number), where);
      }
    }
  });

  it("say what a change does", () => {
    const expected: Record<ParameterContext, ParameterCategory> = {
      internal: ParameterCategory.Immutable,
      postmaster: ParameterCategory.Restart,
      sighup: ParameterCategory.Reload,
      "superuser-backend": ParameterCategory.Dynamic,
      backend: ParameterCategory.Dynamic,
      superuser: ParameterCategory.Dynamic,
      user: ParameterCategory.Dynamic,
    };
    for (const [major, one] of everywhere) {
      const isOurs = one.ownedByOperator !== undefined || one.sessionOnly === true;
      assert.equal(
        one.category,
        isOurs ? ParameterCategory.Immutable : expected[one.context],
        `${one.name} of ${major}`,
      );
    }
  });

  it("find a name in any letter case, an old name, and a name of an extension", () => {
    const catalogue = loadCatalogue(18);
    assert.equal(findDefinition(catalogue, "DATESTYLE")?.name, "DateStyle");
    assert.equal(findDefinition(catalogue, "timezone")?.name, "TimeZone");
    assert.equal(findDefinition(catalogue, "intervalstyle")?.name, "IntervalStyle");
    assert.equal(findDefinition(catalogue, "sort_mem")?.name, "work_mem");
    assert.equal(findDefinition(catalogue, "Auto_Explain.Log_Analyze")?.library, "auto_explain");
    assert.equal(findDefinition(catalogue, "constructor"), undefined);
    for (const [key, { name }] of catalogue.definitions) assert.equal(key, name.toLowerCase());
  });

  it("refuse an old name that CloudNativePG owns, although the new one is free", () => {
    const catalogue = loadCatalogue(18);
    assert.equal(findDefinition(catalogue, "ssl_groups")?.ownedByOperator, undefined);
    const old = findDefinition(catalogue, "ssl_ecdh_curve");
    assert.deepEqual([old?.name, old?.category], ["ssl_groups", ParameterCategory.Immutable]);
    assert.notEqual(old?.ownedByOperator, undefined);
  });

  it("refuse a major without catalogue", () => {
    for (const major of [13, 19, 0, 17.5, Number.NaN]) assert.throws(() => loadCatalogue(major), RangeError);
    assert.equal(loadCatalogue(17), loadCatalogue(17));
  });

  it("own every name that CloudNativePG fixes", () => {
    for (const [name, remedy] of fixedParameters) {
      const present = majorsOf(name);
      assert.notDeepEqual(present, [], name);
      for (const major of present)
        assert.equal(definition(major, name).ownedByOperator, remedy, `${name} of ${major}`);
    }
    const owned = new Set(
      everywhere.filter(([, one]) => one.ownedByOperator !== undefined).map(([, { name }]) => name),
    );
    assert.deepEqual(without(owned, new Set(fixedParameters.keys())), []);
  });

  it("know CloudNativePG's defaults", () => {
    const defaults = Object.fromEntries(
      [...loadCatalogue(18).definitions.values()]
        .filter(one => one.operatorDefault !== undefined && one.ownedByOperator === undefined)
        .map(one => [one.name, one.operatorDefault]),
    );
    assert.deepEqual(defaults, {
      archive_timeout: "5min",
      dynamic_shared_memory_type: "posix",
      full_page_writes: "on",
      max_parallel_workers: "32",
      max_replication_slots: "32",
      max_worker_processes: "32",
      shared_memory_type: "mmap",
      ssl_max_protocol_version: "TLSv1.3",
      ssl_min_protocol_version: "TLSv1.3",
      wal_keep_size: "512MB",
      wal_level: "logical",
      wal_log_hints: "on",
      wal_receiver_timeout: "5s",
      wal_sender_timeout: "5s",
    });
  });

  it("have the choices of official images, marked with their source", () => {
    assert.equal(definition(14, "wal_compression").type, ParameterType.Bool);
    for (const major of [15, 16, 17, 18]) {
      const compression = definition(major, "wal_compression");
      assert.deepEqual(compression.values, ["pglz", "lz4", "zstd", "on", "off"]);
      assert.match(compression.source, /^pg_settings of PostgreSQL .*; .*Debian/);
      assert.equal(compression.synonyms?.on, "pglz");
      assert.ok(compression.hiddenValues?.includes("true"));
    }
    for (const major of majors) {
      assert.deepEqual(definition(major, "default_toast_compression").values, ["pglz", "lz4"]);
      assert.ok(definition(major, "recovery_init_sync_method").values?.includes("syncfs"));
      assert.equal(definition(major, "wal_level").synonyms?.hot_standby, "replica");
    }
    assert.deepEqual(definition(18, "io_method").values, ["sync", "worker", "io_uring"]);
    assert.deepEqual(majorsOf("extension_destdir"), [14, 15, 16, 17]);
  });

  it("know parameters that came with a minor release, and since which", () => {
    const since = majors.map(major => definition(major, "output_plugin_libraries").sinceMinor);
    assert.deepEqual(since, [24, 19, 15, 11, 6]);
  });

  it("know what cannot stand in a file", () => {
    for (const major of majors) {
      const session = [...loadCatalogue(major).definitions.values()].filter(one => one.sessionOnly === true);
      assert.deepEqual(
        session.map(one => one.name),
        [
          "config_file",
          "role",
          "seed",
          "session_authorization",
          "ssl_renegotiation_limit",
          "transaction_deferrable",
          "transaction_isolation",
          "transaction_read_only",
        ],
      );
    }
  });

  it("know the extensions of official images", () => {
    const known = extensionClasses();
    for (const prefix of [
      "auto_explain",
      "pg_stat_statements",
      "pgaudit",
      "pg_failover_slots",
      "cron",
      "hnsw",
    ]) {
      assert.ok(known.has(prefix), prefix);
    }
    // Only the most used of its many parameters are listed, so that another name is no mistake.
    assert.ok(!known.has("timescaledb"));
    assert.equal(definition(18, "pg_stat_statements.max").category, ParameterCategory.Restart);
    assert.equal(definition(14, "pgaudit.log").library, "pgaudit");
    assert.deepEqual(majorsOf("pgaudit.log_parameter_max_size"), [16, 17, 18]);
    assert.deepEqual(majorsOf("passwordcheck.min_password_length"), [18]);
  });
});

describe("data files of the catalogues", () => {
  const files = readdirSync(dataFolder);

  it("take less than 400 kB in the package", () => {
    assert.equal(files.length, majors.length + 2);
    const size = files.reduce((sum, file) => sum + statSync(join(dataFolder, file)).size, 0);
    assert.ok(size < 400_000, `${size} bytes`);
  });

  it("are marked as generated, and sorted with one parameter on each line", () => {
    for (const name of files.filter(file => file !== "extensions.json")) {
      const text = readFileSync(join(root, "src/parameters/data", name), "utf8");
      const { comment, parameters, contrib, descriptions } = JSON.parse(text) as Record<string, object>;
      assert.match(
        String(comment),
        /^Generated by "npm run generate:catalogues" from PostgreSQL .*Do not edit\.$/,
      );
      for (const record of [parameters, contrib, descriptions]) {
        if (record === undefined) continue;
        const names = Object.keys(record);
        assert.deepEqual(names, [...names].sort(), name);
        const lines = text
          .split("\n")
          .filter(line => names.some(one => line.startsWith(`${JSON.stringify(one)}: `)));
        assert.equal(lines.length, names.length, name);
      }
    }
  });

  it("are read in less than 10 ms by a process that has read nothing yet", () => {
    const module = JSON.stringify(join(root, "dist/src/parameters/catalogue.js"));
    const script = `const { loadCatalogue } = require(${module});
      const started = performance.now(); loadCatalogue(18); console.log(performance.now() - started);`;
    const once = (): number => Number(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }));
    // Other work on the machine makes single runs slower, never faster.
    const best = Math.min(...Array.from({ length: 5 }, once));
    assert.ok(best < 10, `${best.toFixed(1)} ms`);
  });
});
