import { allowsWeakCiphers } from "./cipher-list";
import type { ParameterDefinition } from "./definition";
import { Severity } from "./finding";
import { identifiers } from "./identifier-list";

/** What a value can do to the server. */
export interface Danger {
  /** Refused dangers need to be accepted by name. */
  severity: Severity;
  /** What the value does, as the end of a sentence that begins with the parameter. */
  problem: string;
  /** What to do, for dangers that are only warned of. */
  remedy?: string;
}

type Judge = (value: number | boolean | string, definition: ParameterDefinition) => Danger | undefined;

/**
 * What is dangerous in a value; undefined when nothing is.
 * @param value in base units, as the server has it in memory
 */
export function dangerOf(
  definition: ParameterDefinition,
  value: number | boolean | string,
): Danger | undefined {
  const name = definition.name.toLowerCase();
  const judge = Object.hasOwn(judges, name) ? (judges[name] as Judge) : forDevelopers;
  return judge(value, definition);
}

const refused = (problem: string): Danger => ({ severity: Severity.Refused, problem });
const warning = (problem: string, remedy?: string): Danger => ({
  severity: Severity.Warning,
  problem,
  ...(remedy === undefined ? {} : { remedy }),
});

/** Dangerous when it is exactly that value. */
const at =
  (dangerous: number | boolean | string, danger: Danger): Judge =>
  value =>
    value === dangerous ? danger : undefined;

/** Dangerous unless it is empty or one of the harmless values. */
const unless =
  (harmless: readonly string[], danger: Danger): Judge =>
  value =>
    value === "" || harmless.includes(String(value)) ? undefined : danger;

const loadsCode = refused("loads code into every session, which runs with the rights of the server.");
const runsCode = refused("runs code of its own in every session that uses the language.");
const losesCommits = "can leave the data destroyed after a crash of the node.";

/** A library that only observes may be loaded by every session. */
const loadsLibraries: Judge = value =>
  (identifiers(String(value)) ?? ["?"]).every(library => library === "auto_explain") ? undefined : loadsCode;

const codeJudges: Readonly<Record<string, Judge>> = {
  archive_library: unless([], refused("loads code into the process that archives WAL.")),
  dynamic_library_path: unless(
    ["$libdir"],
    refused("makes the server load libraries from other folders than its own."),
  ),
  extension_control_path: unless(
    ["$system"],
    refused("makes the server run the scripts of extensions from other folders than its own."),
  ),
  extension_destdir: unless([], refused("makes the server load extensions from another folder.")),
  local_preload_libraries: loadsLibraries,
  oauth_validator_libraries: unless([], refused("loads code that decides who may log in.")),
  output_plugin_libraries: value =>
    (identifiers(String(value)) ?? ["?"]).every(library => ["pgoutput", "test_decoding"].includes(library))
      ? undefined
      : refused("lets sessions that may replicate load further libraries."),
  "basebackup_to_shell.command": unless([], refused("is a command that runs at every base backup.")),
  "plperl.on_init": unless([], runsCode),
  "plperl.on_plperl_init": unless([], runsCode),
  "plperl.on_plperlu_init": unless([], runsCode),
  "pltcl.start_proc": unless([], runsCode),
  "pltclu.start_proc": unless([], runsCode),
  session_preload_libraries: loadsLibraries,
};

/** Versions of TLS in which attacks are known. */
const brokenTls: Judge = value =>
  value === "TLSv1" || value === "TLSv1.1"
    ? refused("allows versions of TLS that are broken; TLSv1.2 is the least that is safe.")
    : undefined;

const weakCiphers: Judge = value =>
  allowsWeakCiphers(String(value))
    ? refused("allows cipher suites that do not protect the connection.")
    : undefined;

const securityJudges: Readonly<Record<string, Judge>> = {
  allow_in_place_tablespaces: at(
    true,
    refused("lets tablespaces lie inside the data directory; it is for tests."),
  ),
  backslash_quote: at("on", refused("makes SQL injection possible in some client encodings.")),
  composite_type_mismatch: value =>
    value === "error" ? undefined : refused("accepts composite values of another version of their type."),
  db_user_namespace: at(true, refused("changes which role a client logs in as, and hinders SCRAM.")),
  gss_accept_delegation: at(
    true,
    warning("lets superusers act with the credentials that clients hand over."),
  ),
  krb_caseins_users: at(true, warning("lets users log in whose names differ in letter case only.")),
  lo_compat_privileges: at(true, refused("lets every role read and change all large objects.")),
  log_statement: at(
    "all",
    warning(
      "writes every statement with its values into the log, passwords too.",
      "Use ddl or mod, or pgaudit.",
    ),
  ),
  log_min_duration_statement: at(
    0,
    warning("writes every statement with its values into the log.", "Write a time, for example 1s."),
  ),
  password_encryption: at("md5", refused("stores passwords as MD5, which can be used to log in as it is.")),
  "postgis.enable_outdb_rasters": at(
    true,
    refused("lets SQL read files and addresses that the server can reach."),
  ),
  "postgis.gdal_enabled_drivers": value =>
    /\bENABLE_ALL\b/i.test(String(value))
      ? refused("lets SQL read files and addresses that the server can reach; name the drivers.")
      : undefined,
  scram_iterations: value =>
    Number(value) < 4096
      ? refused("makes stolen password hashes cheaper to try; the standard demands 4096.")
      : undefined,
  ssl_ciphers: weakCiphers,
  ssl_max_protocol_version: brokenTls,
  ssl_min_protocol_version: brokenTls,
  standard_conforming_strings: at(
    false,
    refused("gives backslashes in strings a meaning, which makes SQL injection possible."),
  ),
};

const dataJudges: Readonly<Record<string, Judge>> = {
  autovacuum: at(false, warning("lets dead rows grow without bound.", "Tune autovacuum per table instead.")),
  default_transaction_read_only: at(
    true,
    warning("makes every transaction read-only that does not ask otherwise, CloudNativePG's own too."),
  ),
  event_triggers: at(
    false,
    warning("keeps event triggers from firing, for example those that audit or protect."),
  ),
  exit_on_error: at(true, warning("ends a session at its first error.")),
  fsync: at(false, refused(losesCommits)),
  full_page_writes: at(false, refused(losesCommits)),
  ignore_checksum_failure: at(true, refused("hands out damaged pages and writes them back.")),
  ignore_invalid_pages: at(
    true,
    refused("goes on with recovery although WAL refers to pages that are missing."),
  ),
  ignore_system_indexes: at(
    true,
    refused("ignores the indexes of the system tables; it is for repairs only."),
  ),
  log_min_messages: value =>
    ["log", "fatal", "panic"].includes(String(value))
      ? warning("keeps errors out of the log.", "Write warning or error.")
      : undefined,
  old_snapshot_threshold: value =>
    Number(value) < 0 ? undefined : warning('ends long transactions with "snapshot too old".'),
  remove_temp_files_after_crash: at(
    false,
    warning("lets temporary files of crashed sessions fill the volume."),
  ),
  session_replication_role: value =>
    value === "origin" ? undefined : refused("switches off triggers and foreign keys for every session."),
  synchronous_commit: value => {
    if (value === "off") return warning("loses the last commits in a crash, though nothing is torn.");
    return value === "local" ? warning("does not wait for synchronous standbys.") : undefined;
  },
  track_counts: at(false, warning("leaves autovacuum without the counts by which it works.", "Leave it on.")),
  zero_damaged_pages: at(true, refused("replaces damaged pages by empty ones, and the rows are gone.")),
};

/** Parameters for developers of PostgreSQL, and tracing, at any other value than the default. */
const forDevelopers: Judge = (value, { group, default: usual }) =>
  group !== "Developer Options" || usual === undefined || shown(value) === usual
    ? undefined
    : warning("is for developers of PostgreSQL, not for a server that is used.", "Leave it out.");

function shown(value: number | boolean | string): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

const judges: Readonly<Record<string, Judge>> = { ...codeJudges, ...securityJudges, ...dataJudges };
