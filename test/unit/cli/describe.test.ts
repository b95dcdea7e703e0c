import * as assert from "node:assert/strict";
import { describe as describeParameter } from "../../../src/cli/commands/describe";
import type { CommandResult } from "../../../src/cli/result";
import { loadCatalogue, majors } from "../../../src/parameters/catalogue";

const layout = { width: 100, colour: false };

function ask(name: string, major: number): CommandResult {
  return describeParameter({ name, major }, layout);
}

describe("parameters describe", () => {
  it("tells type, range, default and what a change does, in units a person reads", () => {
    const { text, exitCode } = ask("work_mem", 17);
    assert.equal(exitCode, 0);
    assert.match(text, /^work_mem, PostgreSQL 17\n/);
    assert.match(text, /^values +64kB to /m);
    assert.match(text, /^default +4MB$/m);
    assert.match(text, /^a change +takes effect at once by a reload; open sessions/m);
    assert.match(text, /^source +pg_settings of PostgreSQL 17/m);
  });

  it("tells what CloudNativePG sets, and what it owns with what to use instead", () => {
    assert.match(ask("wal_level", 18).text, /^CloudNativePG sets +logical$/m);
    const owned = ask("archive_command", 18).text;
    assert.match(owned, /^a change +is not possible$/m);
    assert.match(owned, /^set by +only CloudNativePG\. Backups/m);
  });

  it("tells what differs in other majors, those that are alike together", () => {
    assert.match(ask("autovacuum_max_workers", 18).text, /^in 14 to 17 +a change restarts the server$/m);
    assert.match(ask("log_connections", 18).text, /^in 14 to 17 .*type bool/m);
    assert.doesNotMatch(ask("jit", 18).text, /^in /m);
  });

  it("knows beginnings of sessions, sessions alone, extensions and old names", () => {
    assert.match(ask("log_connections", 17).text, /^a change +takes effect by a reload, for new sessions$/m);
    assert.match(ask("seed", 17).text, /^set by +any role within a session; it cannot stand/m);
    assert.match(ask("pg_stat_statements.max", 18).text, /^needs +pg_stat_statements in shared_preload/m);
    assert.match(ask("sort_mem", 18).text, /^work_mem, .*\n[\s\S]*^old name +sort_mem$/m);
  });

  it("answers an unknown name with the nearest, and one of other majors with those", () => {
    const slip = ask("shard_buffers", 18);
    assert.equal(slip.exitCode, 2);
    assert.match(slip.text, /^shard_buffers is no parameter of PostgreSQL 18\. .*shared_buffers/);
    assert.doesNotMatch(ask("nothing_like_it_at_all", 18).text, /undefined/);
    assert.match(
      ask("io_method", 17).text,
      /^io_method exists since PostgreSQL 18 .* Ask with --major 18\.$/,
    );
    assert.match(ask("stats_temp_directory", 18).text, /removed in PostgreSQL 15.* Ask with --major 14\.$/);
  });

  it("gives programs the whole definition", () => {
    const json = ask("shared_buffers", 17).json as Record<string, unknown>;
    assert.equal(json.name, "shared_buffers");
    assert.deepEqual(json.majors, [14, 15, 16, 17, 18]);
    assert.equal((json.readable as Record<string, string>).min, "128kB");
    assert.equal(json.category, "restart");
  });

  it("has something to say about every parameter of every major, within the width", () => {
    for (const major of majors) {
      const { definitions, extensions } = loadCatalogue(major);
      for (const { name } of [...definitions.values(), ...extensions.values()]) {
        const { exitCode, text } = ask(name, major);
        assert.equal(exitCode, 0, name);
        assert.doesNotMatch(text, /\b(undefined|NaN|\[object)/, name);
        const long = text.split("\n").filter(line => line.length > 100 && line.trim().split(/ +/).length > 2);
        assert.deepEqual(long, [], name);
      }
    }
  });
});
