import * as assert from "node:assert/strict";
import fc from "fast-check";
import { majors } from "../../../src/parameters/catalogue";
import { ParameterCategory } from "../../../src/parameters/definition";
import {
  merge,
  patched,
  pendingChanges,
  type RestartClass,
  splitByCategory,
} from "../../../src/parameters/held-parameters";
import { compareParameters } from "../../../src/parameters/parameter-change";
import { managedLibrary } from "../../../src/parameters/preloading";
import { restartClass } from "../../../src/parameters/restart-class";
import type { ServerFacts } from "../../../src/parameters/server-facts";

/** What CloudNativePG 1.30 writes into a Cluster for which nothing is asked. */
const written: Readonly<Record<string, string>> = {
  archive_mode: "on",
  archive_timeout: "5min",
  dynamic_shared_memory_type: "posix",
  full_page_writes: "on",
  log_destination: "csvlog",
  log_directory: "/controller/log",
  log_filename: "postgres",
  log_rotation_age: "0",
  log_rotation_size: "0",
  log_truncate_on_rotation: "false",
  logging_collector: "on",
  max_parallel_workers: "32",
  max_replication_slots: "32",
  max_worker_processes: "32",
  shared_memory_type: "mmap",
  shared_preload_libraries: "",
  ssl_max_protocol_version: "TLSv1.3",
  ssl_min_protocol_version: "TLSv1.3",
  wal_keep_size: "512MB",
  wal_level: "logical",
  wal_log_hints: "on",
  wal_receiver_timeout: "5s",
  wal_sender_timeout: "5s",
};

const restarts = restartClass(18);

function waiting(
  current: Record<string, string>,
  desired: Record<string, string>,
  known = restarts,
): string[] {
  return pendingChanges(current, desired, known).map(
    change => `${change.name} ${change.current} ${change.desired}`,
  );
}

describe("parameters that are held back", () => {
  it("are told from the others by data that a Job can carry", () => {
    for (const major of majors) {
      const known = restartClass(major, ["pg_cron"]);
      assert.deepEqual(JSON.parse(JSON.stringify(known)), known);
      assert.ok(JSON.stringify(known).length < 8000, `${major}: ${JSON.stringify(known).length}`);
      const restarting = Object.keys(known.parameters);
      for (const name of ["max_connections", "shared_buffers", "wal_level", "pg_stat_statements.max"]) {
        assert.ok(restarting.includes(name), name);
      }
      assert.equal(restarting.includes("work_mem"), false);
      // It became a matter of a reload in 18.
      assert.equal(restarting.includes("autovacuum_max_workers"), major < 18);
    }
  });

  it("what reloads is written at once, what restarts when it is due", () => {
    const current = {
      ...written,
      work_mem: "4MB",
      shared_buffers: "128MB",
      max_connections: "100",
      jit: "off",
    };
    const desired = { work_mem: "8MB", shared_buffers: "256MB", max_connections: "100", huge_pages: "off" };
    assert.deepEqual(merge(current, desired, false, restarts), { work_mem: "8MB", jit: null });
    assert.deepEqual(merge(current, desired, true, restarts), {
      work_mem: "8MB",
      shared_buffers: "256MB",
      huge_pages: "off",
      jit: null,
    });
    assert.deepEqual(waiting(current, desired), ["huge_pages undefined off", "shared_buffers 128MB 256MB"]);
    assert.deepEqual(waiting({ ...current, max_files_per_process: "500" }, current), [
      "max_files_per_process 500 undefined",
    ]);
  });

  it("what CloudNativePG wrote stays, and comes back by itself where somebody had changed it", () => {
    for (const due of [false, true]) {
      assert.deepEqual(merge(written, {}, due, restarts), {});
      assert.deepEqual(merge({ ...written, archive_timeout: "1min" }, {}, due, restarts), {
        archive_timeout: null,
      });
    }
    assert.deepEqual(waiting({ ...written, max_replication_slots: "64" }, {}), [
      "max_replication_slots 64 undefined",
    ]);
    assert.deepEqual(merge({ ...written, max_replication_slots: "64" }, {}, false, restarts), {});
    const newer: RestartClass = { ...restarts, operatorDefaults: { checkpoint_timeout: "10min" } };
    assert.deepEqual(merge({ checkpoint_timeout: "10min" }, {}, true, newer), {});
  });

  it("another way to write a value is not pending, and is written when the time has come", () => {
    const current = { shared_buffers: "1GB", huge_pages: "on", wal_level: "replica", max_connections: "100" };
    const desired = {
      shared_buffers: "131072",
      huge_pages: "TRUE",
      wal_level: "hot_standby",
      max_connections: "0x64",
    };
    assert.deepEqual(waiting(current, desired), []);
    assert.deepEqual(merge(current, desired, false, restarts), {});
    assert.deepEqual(merge(current, desired, true, restarts), desired);
    // Nor is taking out, or writing down, what is the default.
    assert.deepEqual(waiting({ max_connections: "100", wal_level: "logical" }, { huge_pages: "try" }), []);
    assert.deepEqual(waiting({ max_connections: "101" }, {}), ["max_connections 101 undefined"]);
  });

  it("the first and the last parameter of an extension that is preloaded for it wait too", () => {
    const class1 = { "pg_stat_statements.track": "all", "pg_stat_statements.max": "9000" };
    assert.deepEqual(merge({}, class1, false, restarts), {});
    assert.deepEqual(waiting({}, class1), [
      "pg_stat_statements.max undefined 9000",
      "pg_stat_statements.track undefined all",
    ]);
    assert.deepEqual(merge({}, class1, true, restarts), class1);
    assert.deepEqual(merge({ "auto_explain.log_analyze": "on" }, {}, false, restarts), {});
    assert.deepEqual(waiting({}, { "pg_stat_statements.max": "5000" }), [
      "pg_stat_statements.max undefined 5000",
    ]);
    // With the library loaded anyway, the same is a reload.
    assert.deepEqual(merge({}, class1, false, restartClass(18, ["pg_stat_statements"])), {
      "pg_stat_statements.track": "all",
    });
    assert.deepEqual(merge({ "pgaudit.log": "ddl" }, { "pgaudit.log": "all" }, false, restarts), {
      "pgaudit.log": "all",
    });
    // The one that stays would have to wait: without the one that goes the library would be unloaded.
    const gone = { "pg_stat_statements.track": "all" };
    assert.deepEqual(merge(gone, { "pg_stat_statements.max": "9000" }, false, restarts), {});
  });

  it("a split without knowing the Cluster counts every parameter of such an extension among those that wait", () => {
    const parameters = {
      work_mem: "4MB",
      Shared_Buffers: "1GB",
      "pgaudit.log": "all",
      "pg_cron.log_run": "off",
      "my.own": "1",
    };
    assert.deepEqual(splitByCategory(parameters, restarts), {
      atOnce: { work_mem: "4MB", "pg_cron.log_run": "off", "my.own": "1" },
      restart: { Shared_Buffers: "1GB", "pgaudit.log": "all" },
    });
    assert.ok("pgaudit.log" in splitByCategory(parameters, restartClass(18, ["pgaudit"])).atOnce);
  });

  const values: Readonly<Record<string, string[]>> = {
    archive_mode: ["on"],
    archive_timeout: ["5min", "300s", "1min"],
    work_mem: ["4MB", "4096kB", "8MB"],
    jit: ["on", "off"],
    shared_buffers: ["128MB", "16384", "1GB", "1024MB"],
    max_connections: ["100", "200"],
    wal_level: ["logical", "replica"],
    max_replication_slots: ["32", "10"],
    "pg_stat_statements.track": ["top", "all"],
    "pg_stat_statements.max": ["5000", "9000"],
    "pgaudit.log": ["none", "all"],
    "my.own": ["1", "2"],
  };
  const parameters = fc
    .record(
      Object.fromEntries(Object.entries(values).map(([name, list]) => [name, fc.constantFrom(...list)])),
      { requiredKeys: [] },
    )
    .map(record => ({ ...record }) as Record<string, string>);
  const preloaded = fc.subarray(["pgaudit", "pg_stat_statements", "pg_cron"]);

  it("a patch that was applied leaves nothing to do", () => {
    fc.assert(
      fc.property(parameters, parameters, fc.boolean(), preloaded, (current, desired, due, libraries) => {
        const known = restartClass(18, libraries);
        const after = patched(current, merge(current, desired, due, known));
        assert.deepEqual(merge(after, desired, due, known), {});
      }),
    );
  });

  it("until it is due nothing restarts, and what is pending is what the servers do not have yet", () => {
    fc.assert(
      fc.property(parameters, parameters, preloaded, (current, desired, libraries) => {
        const known = restartClass(18, libraries);
        const after = patched(current, merge(current, desired, false, known));
        const done = compareParameters(facts(current, libraries), facts(after, libraries)).changes;
        assert.deepEqual(
          done.filter(({ category }) => category === ParameterCategory.Restart),
          [],
        );
        const left = compareParameters(facts(after, libraries), facts(desired, libraries)).changes;
        const names = left.map(({ name }) => name).filter(name => name !== "archive_mode");
        const pending = pendingChanges(after, desired, known).map(({ name }) => name);
        // Parameters of extensions that are preloaded for them wait together, whatever their values.
        const own = (name: string): boolean => managedLibrary(name) === undefined;
        const others = names.filter(name => name !== "shared_preload_libraries");
        assert.deepEqual(pending.filter(own), others.filter(own).sort());
        assert.ok(others.every(name => pending.includes(name)));
        assert.ok(pending.length > 0 || names.length === 0);
      }),
    );
  });

  it("when it is due everything that is asked for is there, and nothing else but what CloudNativePG wrote", () => {
    fc.assert(
      fc.property(parameters, parameters, (current, desired) => {
        const after = patched(
          { ...written, ...current },
          merge({ ...written, ...current }, desired, true, restarts),
        );
        for (const [name, value] of Object.entries(desired)) assert.equal(after[name], value);
        for (const [name, value] of Object.entries(after)) {
          assert.ok(name in desired || written[name] === value, `${name} = ${value}`);
        }
        assert.deepEqual(pendingChanges(after, desired, restarts), []);
      }),
    );
  });
});

function facts(parameters: Record<string, string>, libraries: string[]): ServerFacts {
  return {
    major: 18,
    parameters,
    sharedPreloadLibraries: libraries,
    instances: 1,
    primaryUpdateMethod: "restart",
    primaryUpdateStrategy: "unsupervised",
    smartShutdownTimeout: 15,
  };
}
