import * as assert from "node:assert/strict";
import { findDefinition, loadCatalogue, majors } from "../../../src/parameters/catalogue";
import { checkParameters } from "../../../src/parameters/check";
import { allowsWeakCiphers } from "../../../src/parameters/cipher-list";
import { ParameterRule, Severity } from "../../../src/parameters/finding";
import { dangerOf } from "../../../src/parameters/unsafe";
import { parseValue } from "../../../src/parameters/value";

const dangers = (
  parameters: Record<string, string>,
  major: number,
  allowUnsafe: string[] = [],
): ReturnType<typeof checkParameters> =>
  checkParameters(parameters, { major, allowUnsafe }).filter(({ rule }) => rule === ParameterRule.Unsafe);

describe("dangerous values", () => {
  /** What is refused, what is warned of, and what is fine; in the first major that has it when not in all. */
  const cases: [name: string, refused: string[], warned: string[], fine: string[], major?: number][] = [
    ["allow_in_place_tablespaces", ["on"], [], ["off"]],
    ["archive_library", ["basic_archive"], [], [""], 15],
    ["autovacuum", [], ["off", "no"], ["on"]],
    ["backslash_quote", ["on", "yes"], [], ["safe_encoding", "off"]],
    ["composite_type_mismatch", ["warn", "disabled"], [], ["error"]],
    ["db_user_namespace", ["on"], [], ["off"], 14],
    ["debug_discard_caches", [], [], ["0"]],
    ["debug_parallel_query", [], ["on", "regress"], ["off"], 16],
    ["default_transaction_read_only", [], ["on"], ["off"]],
    ["dynamic_library_path", ["/tmp", "$libdir:/tmp"], [], ["$libdir"]],
    ["event_triggers", [], ["off"], ["on"], 17],
    ["extension_control_path", ["/tmp"], [], ["$system"], 18],
    ["fsync", ["off", "0"], [], ["on", "yes"]],
    ["full_page_writes", ["off"], [], ["on"]],
    ["ignore_checksum_failure", ["on"], [], ["off"]],
    ["ignore_invalid_pages", ["on"], [], ["off"]],
    ["ignore_system_indexes", ["on"], [], ["off"]],
    ["krb_caseins_users", [], ["on"], ["off"]],
    ["lo_compat_privileges", ["on"], [], ["off"]],
    ["local_preload_libraries", ["x"], [], ["", "auto_explain"]],
    ["log_min_duration_statement", [], ["0"], ["-1", "1s"]],
    ["log_min_messages", [], ["panic"], ["warning", "error"]],
    ["log_statement", [], ["all"], ["ddl", "none"]],
    ["oauth_validator_libraries", ["x"], [], [""], 18],
    ["old_snapshot_threshold", [], ["1h"], ["-1"], 14],
    ["output_plugin_libraries", ["wal2json"], [], ["pgoutput"]],
    ["password_encryption", ["md5"], [], ["scram-sha-256"]],
    ["plperl.on_init", ["system('id')"], [], [""]],
    ["postgis.enable_outdb_rasters", ["on"], [], ["off"]],
    ["postgis.gdal_enabled_drivers", ["ENABLE_ALL"], [], ["DISABLE_ALL", "GTiff PNG"]],
    ["scram_iterations", ["4095"], [], ["4096", "10000"], 16],
    ["session_preload_libraries", ["x", "auto_explain,x", '"'], [], ["", "auto_explain"]],
    ["session_replication_role", ["replica", "local"], [], ["origin"]],
    ["ssl_ciphers", ["ALL", "HIGH:eNULL"], [], ["HIGH:MEDIUM:+3DES:!aNULL"]],
    ["ssl_min_protocol_version", ["TLSv1", "TLSv1.1"], [], ["TLSv1.2", "TLSv1.3"]],
    ["standard_conforming_strings", ["off"], [], ["on"]],
    ["synchronous_commit", [], ["off", "local"], ["on", "remote_apply"]],
    ["trace_sort", [], ["on"], ["off"]],
    ["track_counts", [], ["off"], ["on"]],
    ["zero_damaged_pages", ["on"], [], ["off"]],
  ];
  for (const [name, refused, warned, fine, since] of cases) {
    it(name, () => {
      const severity = (value: string): string | undefined =>
        dangers({ [name]: value }, since ?? 18)[0]?.severity;
      for (const value of refused) assert.equal(severity(value), Severity.Refused, value);
      for (const value of warned) assert.equal(severity(value), Severity.Warning, value);
      for (const value of fine) assert.equal(severity(value), undefined, value);
    });
  }

  it("are accepted by name, in any letter case, and stay a warning", () => {
    const accepted = dangers({ fsync: "off", full_page_writes: "off" }, 18, ["FSYNC"]);
    assert.deepEqual(
      accepted.map(({ parameter, severity }) => `${parameter} ${severity}`),
      ["fsync warning", "full_page_writes refused"],
    );
    assert.match(accepted[0]?.remedy ?? "", /allowUnsafeParameters/);
    assert.match(accepted[1]?.remedy ?? "", /add full_page_writes to allowUnsafeParameters/);
  });

  it("are no server's defaults", () => {
    for (const major of majors) {
      const catalogue = loadCatalogue(major);
      const all = [...catalogue.definitions.values(), ...catalogue.extensions.values()];
      const dangerous = all.filter(definition => {
        const { default: usual, ownedByOperator } = definition;
        const parsed = usual === undefined ? undefined : parseValue(definition, usual);
        return (
          ownedByOperator === undefined &&
          parsed?.ok === true &&
          dangerOf(definition, parsed.base) !== undefined
        );
      });
      assert.deepEqual(
        dangerous.map(({ name }) => name),
        [],
      );
    }
  });

  it("name parameters that exist", () => {
    for (const [name, , , , since = 18] of cases) {
      assert.ok(findDefinition(loadCatalogue(since), name), name);
    }
  });
});

describe("lists of cipher suites", () => {
  it("are weak when they let a weak suite in", () => {
    for (const list of [
      "NULL-SHA256",
      "HIGH:EXPORT",
      "ALL",
      "aNULL+HIGH",
      "RC4-SHA",
      "LOW",
      "DES-CBC-SHA",
      "HIGH,ADH",
      "COMPLEMENTOFALL",
    ])
      assert.equal(allowsWeakCiphers(list), true, list);
  });

  it("are not weak for the words that take suites out or move them", () => {
    for (const list of [
      "HIGH:!aNULL:!eNULL:!MD5",
      "ALL:!aNULL",
      "HIGH:-RC4",
      "HIGH:+RC4",
      "ECDHE-RSA-AES128-GCM-SHA256",
      "DEFAULT@SECLEVEL=2",
      "ECDHE-RSA-DES-CBC3-SHA",
      "",
    ])
      assert.equal(allowsWeakCiphers(list), false, list);
  });
});
