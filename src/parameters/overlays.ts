import { ParameterContext, type ParameterDefinition, ParameterType } from "./definition";
import { fixedParameters } from "./fixed";

/** What is known of some parameters besides what a server of the catalogue says of itself. */
export interface Overlay {
  /** Majors it is about. Default: all. */
  since?: number;
  until?: number;
  /** Where it is known from; it becomes part of each definition's source. */
  source: string;
  /** Members that replace those of the catalogue; for a name that it lacks, all members of a definition. */
  parameters: Readonly<Record<string, Partial<ParameterDefinition>>>;
}

/** Official images are Debian builds; the servers of the catalogue are built with fewer libraries. */
const builds: Overlay[] = [
  {
    source: "pg_settings of Debian's PostgreSQL 15.20, 17.12 and 18.6: built with lz4",
    parameters: { default_toast_compression: { values: ["pglz", "lz4"] } },
  },
  {
    since: 15,
    source: "pg_settings of Debian's PostgreSQL 15.20, 17.12 and 18.6: built with lz4 and zstd",
    parameters: { wal_compression: { values: ["pglz", "lz4", "zstd", "on", "off"] } },
  },
  {
    since: 18,
    source: "pg_settings of Debian's PostgreSQL 18.6: built with liburing",
    parameters: { io_method: { values: ["sync", "worker", "io_uring"] } },
  },
  {
    source: "pg_settings of Debian's PostgreSQL 15.20, 17.12 and 18.6: folders of the distribution",
    parameters: {
      krb_server_keyfile: { default: "FILE:/etc/postgresql-common/krb5.keytab" },
      unix_socket_directories: { default: "/var/run/postgresql" },
    },
  },
  {
    until: 17,
    source: "pg_settings of Debian's PostgreSQL 15.20 and 17.12: a patch of Debian",
    parameters: {
      extension_destdir: {
        type: ParameterType.String,
        context: ParameterContext.Superuser,
        group: "File Locations",
        default: "",
        description: "Path to prepend for extension loading.",
      },
    },
  },
];

/** Parameters that came with a minor release: security fixes that leave the old behaviour as a choice. */
const minorReleases: Overlay[] = [
  ...minors(
    "PostgreSQL 15.20, 17.12 and 18.6",
    { 14: 24, 15: 19, 16: 15, 17: 11, 18: 6 },
    "output_plugin_libraries",
    {
      type: ParameterType.String,
      context: ParameterContext.Superuser,
      group: "Replication / Sending Servers",
      default: "pgoutput, test_decoding",
      description: "Lists libraries that may be named as logical decoding output plugins.",
    },
  ),
  ...minors(
    "PostgreSQL 15.20 and 17.12",
    { 14: 25, 15: 20, 16: 16, 17: 12, 18: 7 },
    "composite_type_mismatch",
    {
      type: ParameterType.Enum,
      context: ParameterContext.Superuser,
      group: "Developer Options",
      default: "error",
      values: ["error", "warn", "disabled"],
      description: "Sets how version mismatches of composite values are handled.",
    },
  ),
];

/** One overlay for each major; the release is the same day's in all of them, so that those not looked at follow. */
function minors(
  seen: string,
  first: Readonly<Record<number, number>>,
  name: string,
  definition: Partial<ParameterDefinition>,
): Overlay[] {
  return Object.entries(first).map(([major, sinceMinor]) => ({
    since: Number(major),
    until: Number(major),
    source: `pg_settings of ${seen}, and releases of the same days`,
    parameters: { [name]: { ...definition, sinceMinor } },
  }));
}

/** Parameters that `pg_settings` leaves out. */
const notShown: Overlay = {
  source: "src/backend/utils/misc/guc_tables.c, entries with GUC_NO_SHOW_ALL",
  parameters: {
    default_with_oids: {
      type: ParameterType.Bool,
      context: ParameterContext.User,
      group: "Version and Platform Compatibility / Previous PostgreSQL Versions",
      default: "off",
      description: "WITH OIDS is no longer supported; this can only be false.",
    },
    is_superuser: {
      type: ParameterType.Bool,
      context: ParameterContext.Internal,
      group: "Ungrouped",
      default: "off",
      description: "Shows whether the current user is a superuser.",
    },
    role: {
      type: ParameterType.String,
      context: ParameterContext.User,
      group: "Ungrouped",
      default: "none",
      sessionOnly: true,
      description: "Sets the current role.",
    },
    seed: {
      type: ParameterType.Real,
      context: ParameterContext.User,
      group: "Ungrouped",
      default: "0",
      min: -1,
      max: 1,
      sessionOnly: true,
      description: "Sets the seed for random-number generation.",
    },
    session_authorization: {
      type: ParameterType.String,
      context: ParameterContext.User,
      group: "Ungrouped",
      sessionOnly: true,
      description: "Sets the session user name.",
    },
    ssl_renegotiation_limit: {
      type: ParameterType.Integer,
      unit: "kB",
      context: ParameterContext.User,
      group: "Connections and Authentication / SSL",
      default: "0",
      min: 0,
      max: 0,
      sessionOnly: true,
      description: "SSL renegotiation is no longer supported; this can only be 0.",
    },
  },
};

/** What a server starts with although its built-in default is another. */
const atStart: Overlay[] = [
  {
    until: 15,
    source: "initdb writes shared_buffers = 128MB",
    parameters: { shared_buffers: { default: "16384" } },
  },
  {
    source: "the server raises max_stack_depth at its start, to 2MB under the usual limit of 8MB",
    parameters: { max_stack_depth: { default: "2048" } },
  },
];

/** The built-in default means that initdb has yet to write the locale; the server refuses it in a file. */
const unset: Overlay = {
  source: "src/backend/utils/adt/pg_locale.c, check_locale_messages",
  parameters: { lc_messages: { default: undefined } },
};

/** What the server makes of small values. */
const raised: Overlay[] = [
  {
    until: 16,
    source: "src/backend/postmaster/autovacuum.c, check_autovacuum_work_mem",
    parameters: { autovacuum_work_mem: { raisedTo: 1024 } },
  },
  {
    since: 17,
    source: "src/backend/postmaster/autovacuum.c, check_autovacuum_work_mem",
    parameters: { autovacuum_work_mem: { raisedTo: 64 } },
  },
  {
    source: "src/backend/access/transam/xlog.c, check_wal_buffers",
    parameters: { wal_buffers: { raisedTo: 4 } },
  },
];

const operatorSource = "CloudNativePG 1.30, pkg/postgres/configuration.go";

/** CloudNativePG's GlobalDefaultSettings and MandatorySettings, as far as they are the same for every Cluster. */
const operatorDefaults: Readonly<Record<string, string>> = {
  allow_alter_system: "off",
  archive_mode: "on",
  archive_timeout: "5min",
  dynamic_shared_memory_type: "posix",
  full_page_writes: "on",
  hot_standby: "on",
  listen_addresses: "*",
  log_destination: "csvlog",
  log_directory: "/controller/log",
  log_filename: "postgres",
  log_rotation_age: "0",
  log_rotation_size: "0",
  log_truncate_on_rotation: "off",
  logging_collector: "on",
  max_parallel_workers: "32",
  max_replication_slots: "32",
  max_worker_processes: "32",
  port: "5432",
  restart_after_crash: "off",
  shared_memory_type: "mmap",
  shared_preload_libraries: "",
  ssl: "on",
  ssl_max_protocol_version: "TLSv1.3",
  ssl_min_protocol_version: "TLSv1.3",
  unix_socket_directories: "/controller/run",
  wal_keep_size: "512MB",
  wal_level: "logical",
  wal_log_hints: "on",
  wal_receiver_timeout: "5s",
  wal_sender_timeout: "5s",
};

function fromEach<T>(
  entries: Iterable<[string, T]>,
  change: (value: T) => Partial<ParameterDefinition>,
): Overlay {
  const parameters = Object.fromEntries([...entries].map(([name, value]) => [name, change(value)]));
  return { source: operatorSource, parameters };
}

/** All overlays, in the order in which they apply. */
export const overlays: readonly Overlay[] = [
  ...builds,
  ...minorReleases,
  notShown,
  ...atStart,
  unset,
  ...raised,
  fromEach(Object.entries(operatorDefaults), operatorDefault => ({ operatorDefault })),
  fromEach(fixedParameters, ownedByOperator => ({ ownedByOperator })),
];

/** Names the server still takes for other ones. Source: src/backend/utils/misc/guc.c, map_old_guc_names. */
export const oldNames: Readonly<Record<string, string>> = {
  sort_mem: "work_mem",
  // Its own name until 17.
  ssl_ecdh_curve: "ssl_groups",
  vacuum_mem: "maintenance_work_mem",
};
