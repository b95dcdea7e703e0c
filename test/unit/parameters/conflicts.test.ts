import * as assert from "node:assert/strict";
import { admittedBytes } from "../../../src/parameters/admission";
import { checkParameters } from "../../../src/parameters/check";
import { describeFinding, ParameterRule } from "../../../src/parameters/finding";
import type { ParameterSurroundings } from "../../../src/parameters/surroundings";

const GiB = 2 ** 30;

/** Three instances with enough of everything, so that nothing is said without a reason. */
const usual: ParameterSurroundings = {
  major: 18,
  instances: 3,
  memory: 4 * GiB,
  memoryRequest: 4 * GiB,
  walVolume: 10 * GiB,
  separateWal: true,
  preloadedLibraries: [],
};

/** So much may a slot hold, which otherwise is warned of. */
const bounded = { max_slot_wal_keep_size: "2GB" };

/** Severity and parameter of what is said about combinations. */
function said(parameters: Record<string, string>, around: Partial<ParameterSurroundings> = {}): string[] {
  return checkParameters({ ...bounded, ...parameters }, { ...usual, ...around })
    .filter(({ rule }) => rule === ParameterRule.Conflict)
    .map(({ severity, parameter }) => `${severity} ${parameter}`);
}

/** A combination, what is said about it, and around what. */
type Case = [parameters: Record<string, string>, expected: string[], around?: Partial<ParameterSurroundings>];

const groups: Record<string, Case[]> = {
  "shared buffers": [
    [{ shared_buffers: "1GB" }, []],
    [{ shared_buffers: "1638MB" }, []],
    [{ shared_buffers: "1639MB" }, ["warning shared_buffers"]],
    [{ shared_buffers: "2GB" }, ["warning shared_buffers"]],
    [{ shared_buffers: "4GB" }, ["warning shared_buffers"]],
    [{ shared_buffers: "4097MB" }, ["refused shared_buffers"]],
    [{ shared_buffers: "2GB" }, ["refused shared_buffers"], { memoryRequest: GiB }],
    [
      { shared_buffers: "2GB", effective_cache_size: "1GB" },
      ["refused shared_buffers"],
      { memory: GiB, memoryRequest: undefined },
    ],
    [{ shared_buffers: "6GB" }, [], { hugePages: 8 * GiB }],
    [{ shared_buffers: "60GB" }, [], { memory: undefined, memoryRequest: undefined }],
    [{ shared_buffers: "1000" }, ["warning shared_buffers"]],
    [{ shared_buffers: "16384" }, ["refused shared_buffers"]],
    [
      {},
      ["refused shared_buffers", "warning effective_cache_size"],
      { memory: GiB / 10, memoryRequest: undefined },
    ],
  ],
  "huge pages": [
    [{ huge_pages: "on" }, ["refused huge_pages"]],
    [{ huge_pages: "try" }, []],
    [{ huge_pages: "on" }, [], { hugePages: GiB }],
    [{ huge_pages: "on", shared_buffers: "1GB" }, ["warning huge_pages"], { hugePages: GiB }],
    [{ huge_pages: "on", shared_buffers: "1GB" }, ["refused huge_pages"], { hugePages: GiB / 2 }],
    [{ shared_buffers: "1GB" }, ["warning shared_buffers"], { hugePages: GiB }],
    [{ huge_pages: "off", shared_buffers: "1GB" }, [], { hugePages: GiB }],
    [{ huge_page_size: "2MB" }, []],
    [{ huge_page_size: "3MB" }, ["refused huge_page_size"]],
  ],
  "other memory": [
    [{ effective_cache_size: "4GB" }, []],
    [{ effective_cache_size: "5GB" }, ["warning effective_cache_size"]],
    [{ min_dynamic_shared_memory: "5GB" }, ["refused min_dynamic_shared_memory"]],
    [{ shared_memory_type: "sysv" }, ["warning shared_memory_type"]],
    [{ shared_memory_type: "sysv", huge_pages: "on" }, ["refused shared_memory_type"], { hugePages: GiB }],
    [{ dynamic_shared_memory_type: "mmap" }, ["warning dynamic_shared_memory_type"]],
    [{ dynamic_shared_memory_type: "sysv" }, ["warning dynamic_shared_memory_type"]],
    [{ io_method: "io_uring" }, ["refused io_method"]],
    [{ io_method: "io_uring" }, [], { seccomp: "Localhost" }],
    [{ io_method: "worker" }, []],
  ],
  "sizes of WAL": [
    [{ min_wal_size: "1GB", max_wal_size: "2GB" }, []],
    [{ min_wal_size: "2GB", max_wal_size: "2GB" }, ["refused min_wal_size"]],
    [{ min_wal_size: "2GB" }, ["refused min_wal_size"]],
    [{ max_wal_size: "64MB" }, ["refused max_wal_size"]],
    [{ max_wal_size: "10GB" }, ["refused max_wal_size"]],
    [{ max_wal_size: "10GB" }, ["refused max_wal_size"], { separateWal: false }],
    [{ max_wal_size: "10GB" }, [], { walVolume: undefined }],
    [{ max_wal_size: "6GB" }, ["warning max_wal_size"]],
    [{ wal_keep_size: "6GB" }, ["warning wal_keep_size"]],
    [{ max_slot_wal_keep_size: "-1" }, ["warning max_slot_wal_keep_size"]],
    [{ max_slot_wal_keep_size: "-1" }, [], { instances: 1 }],
    [{}, ["warning max_slot_wal_keep_size"], { walVolume: 2 * GiB }],
    [{ min_wal_size: "31MB" }, ["refused min_wal_size"]],
    [{ min_wal_size: "127MB" }, ["refused min_wal_size"], { walSegment: 64 * 2 ** 20 }],
  ],
  "level of WAL": [
    [{ wal_level: "logical" }, []],
    [{ wal_level: "replica" }, ["warning wal_level"]],
    [{ wal_level: "minimal" }, ["refused wal_level"]],
    [{ wal_level: "minimal", max_wal_senders: "0" }, ["refused wal_level"], { instances: 1 }],
    [{ wal_level: "minimal", max_wal_senders: "0" }, [], { instances: 1, archiving: false }],
    [{ wal_level: "minimal" }, ["refused wal_level"], { instances: 1, archiving: false }],
    [
      { wal_level: "minimal", max_wal_senders: "0", summarize_wal: "on" },
      ["refused wal_level"],
      { instances: 1, archiving: false },
    ],
    [{ wal_log_hints: "off" }, ["refused wal_log_hints"]],
    [{ wal_log_hints: "off" }, [], { instances: 1 }],
  ],
  archiving: [
    [{ archive_timeout: "0" }, ["warning archive_timeout"]],
    [{ archive_timeout: "10s" }, ["warning archive_timeout"]],
    [{ archive_timeout: "1min" }, []],
    [{ archive_timeout: "0" }, [], { archiving: false }],
    [{ archive_library: "x" }, ["refused archive_library"], { allowUnsafe: ["archive_library"] }],
    [{ checkpoint_timeout: "1h" }, []],
    [{ checkpoint_timeout: "2h" }, ["warning checkpoint_timeout"]],
    [{ wal_sender_timeout: "0" }, ["warning wal_sender_timeout"]],
    [{ wal_receiver_timeout: "10min" }, ["warning wal_receiver_timeout"]],
    [{ wal_sender_timeout: "500ms" }, ["warning wal_sender_timeout"]],
    [{ wal_sender_timeout: "30s" }, []],
  ],
  connections: [
    [{ superuser_reserved_connections: "50" }, []],
    [
      { superuser_reserved_connections: "50", reserved_connections: "50" },
      ["refused superuser_reserved_connections"],
    ],
    [{ max_connections: "3" }, ["refused max_connections"]],
    [{ max_connections: "7" }, ["warning max_connections"]],
    [{ max_connections: "8" }, []],
    // 262141 processes with the 58 of the other parameters' defaults.
    [{ max_connections: "262083" }, []],
    [{ max_connections: "262084" }, ["refused max_connections"]],
    [{ max_connections: "200000", max_worker_processes: "100000" }, ["refused max_connections"]],
    [{ max_prepared_transactions: "100" }, []],
    [{ max_prepared_transactions: "99" }, ["warning max_prepared_transactions"]],
    [{ idle_session_timeout: "1h" }, ["warning idle_session_timeout"]],
    [{ statement_timeout: "1h" }, ["warning statement_timeout"]],
    [{ transaction_timeout: "1h" }, ["warning transaction_timeout"]],
    [{ statement_timeout: "0" }, []],
  ],
  workers: [
    [{ max_parallel_workers: "64" }, ["warning max_parallel_workers"]],
    [{ max_worker_processes: "8" }, ["warning max_worker_processes"]],
    [{ max_worker_processes: "8", max_parallel_workers: "8" }, []],
    [{ max_parallel_workers_per_gather: "40" }, ["warning max_parallel_workers_per_gather"]],
    [{ max_parallel_maintenance_workers: "40" }, ["warning max_parallel_maintenance_workers"]],
    [{ max_logical_replication_workers: "40" }, ["warning max_logical_replication_workers"]],
    [{ max_sync_workers_per_subscription: "5" }, ["warning max_sync_workers_per_subscription"]],
    [{ autovacuum_max_workers: "17" }, ["warning autovacuum_max_workers"]],
    [{ autovacuum_max_workers: "17" }, [], { major: 17 }],
    [{ io_combine_limit: "256kB" }, ["warning io_combine_limit"]],
  ],
  standbys: [
    [{ max_wal_senders: "4" }, []],
    [{ max_wal_senders: "3" }, ["warning max_wal_senders"]],
    [{ max_wal_senders: "1" }, ["refused max_wal_senders"]],
    [{ max_wal_senders: "0" }, [], { instances: 1 }],
    [{ max_replication_slots: "3" }, []],
    [{ max_replication_slots: "0" }, [], { instances: 1 }],
    [{ max_replication_slots: "2" }, ["warning max_replication_slots"]],
    [{ max_replication_slots: "1" }, ["refused max_replication_slots"]],
    [{ sync_replication_slots: "on" }, ["warning sync_replication_slots"]],
    [{ sync_replication_slots: "on", hot_standby_feedback: "on" }, []],
    [{ "pg_failover_slots.drop_extra_slots": "on" }, ["refused pg_failover_slots.drop_extra_slots"]],
    [{ "pg_failover_slots.drop_extra_slots": "on", hot_standby_feedback: "yes" }, []],
    [
      { hot_standby_feedback: "on", wal_receiver_status_interval: "0" },
      ["warning wal_receiver_status_interval"],
    ],
    [{ max_standby_streaming_delay: "-1" }, ["warning max_standby_streaming_delay"]],
    [{ max_standby_streaming_delay: "-1" }, [], { instances: 1 }],
  ],
  vacuum: [
    [{ vacuum_failsafe_age: "210000000" }, []],
    [{ vacuum_failsafe_age: "209999999" }, ["warning vacuum_failsafe_age"]],
    [{ vacuum_freeze_table_age: "191000000" }, ["warning vacuum_freeze_table_age"]],
    [{ vacuum_freeze_min_age: "100000001" }, ["warning vacuum_freeze_min_age"]],
    [{ autovacuum_freeze_max_age: "150000000" }, ["warning autovacuum_freeze_max_age"]],
    [{ vacuum_multixact_failsafe_age: "400000000" }, ["warning vacuum_multixact_failsafe_age"]],
  ],
  "statistics, libraries and costs": [
    [{ log_statement_stats: "on", log_parser_stats: "on" }, ["refused log_statement_stats"]],
    [{ log_parser_stats: "on", log_planner_stats: "on" }, []],
    [{ compute_query_id: "off" }, []],
    [{ compute_query_id: "off", "pg_stat_statements.max": "5000" }, ["warning compute_query_id"]],
    [
      { compute_query_id: "off" },
      ["warning compute_query_id"],
      { preloadedLibraries: ["pg_stat_statements"] },
    ],
    [{ "cron.timezone": "UTC" }, ["warning cron.timezone"]],
    [{ "cron.timezone": "UTC" }, [], { preloadedLibraries: ["pg_cron"] }],
    [{ "cron.timezone": "UTC" }, [], { preloadedLibraries: undefined }],
    [{ "auto_explain.log_min_duration": "1s", "pgaudit.log": "ddl" }, []],
    [{ random_page_cost: "0.9" }, ["warning random_page_cost"]],
    [{ random_page_cost: "1.0" }, []],
  ],
  TLS: [
    [{ ssl_max_protocol_version: "TLSv1.2" }, ["refused ssl_max_protocol_version"]],
    [{ ssl_min_protocol_version: "TLSv1.2", ssl_max_protocol_version: "TLSv1.2" }, []],
    [{ ssl_min_protocol_version: "TLSv1.3", ssl_max_protocol_version: "" }, []],
    [{ ssl_ciphers: "HIGH:!aNULL" }, ["warning ssl_ciphers"]],
    [{ ssl_ciphers: "HIGH:!aNULL", ssl_min_protocol_version: "TLSv1.2" }, []],
  ],
};

describe("combinations of parameters", () => {
  for (const [group, cases] of Object.entries(groups)) {
    it(group, () => {
      for (const [parameters, expected, around] of cases) {
        assert.deepEqual(said(parameters, around), expected, JSON.stringify({ parameters, around }));
      }
    });
  }

  it("says what does not fit with what, in units people read, and what to write", () => {
    const lines = (
      parameters: Record<string, string>,
      around: Partial<ParameterSurroundings> = {},
    ): string[] =>
      checkParameters({ ...bounded, ...parameters }, { ...usual, ...around }).map(describeFinding);
    const examples: [string[], string[]][] = [
      [
        lines({ shared_buffers: "6144MB" }),
        [
          "shared_buffers = 6144MB: is 6GB, more than the memory request of the pod, 4 GiB. Write 1GB, a quarter of the memory, or raise the memory.",
        ],
      ],
      [
        lines({ shared_buffers: "6GB" }),
        [
          "shared_buffers = 6GB: is more than the memory request of the pod, 4 GiB. Write 1GB, a quarter of the memory, or raise the memory.",
        ],
      ],
      [
        lines({}, { memory: 2 * GiB, memoryRequest: 2 * GiB }),
        [
          "effective_cache_size: is 4GB, more than the memory of the pod, 2 GiB: the planner takes indexes for cached that are not. Write 1433MB, 70 % of it.",
        ],
      ],
      [
        lines({ max_wal_size: "6GB" }),
        [
          "max_wal_size = 6GB: can fill the volume: max_wal_size (6GB) + wal_keep_size (512MB) + max_slot_wal_keep_size (2GB) is 8.5 GiB, more than 80 % of 10 GiB. Lower one of them or enlarge the volume: a server without room for WAL stops.",
        ],
      ],
      [
        lines({ ssl_max_protocol_version: "TLSv1.2" }),
        [
          "ssl_max_protocol_version = TLSv1.2: leaves no version of TLS: ssl_min_protocol_version (TLSv1.3) is above ssl_max_protocol_version (TLSv1.2). Write TLSv1.2 as ssl_min_protocol_version.",
        ],
      ],
      [
        lines({ max_wal_senders: "1" }, { instances: 2 }),
        [
          "max_wal_senders = 1: does not suffice for 1 standby while another one joins, which takes two. Write at least 10.",
        ],
      ],
    ];
    for (const [found, expected] of examples) assert.deepEqual(found, expected);
  });

  it("judges CloudNativePG's defaults, and puts what is about defaults last", () => {
    const findings = checkParameters({ random_page_cost: "0.5" }, { ...usual, walVolume: GiB });
    assert.deepEqual(
      findings.map(({ parameter, value }) => [parameter, value]),
      [
        ["random_page_cost", "0.5"],
        ["max_wal_size", undefined],
        ["max_slot_wal_keep_size", undefined],
      ],
    );
  });

  it("is silent about what it does not know the surroundings of", () => {
    assert.deepEqual(
      checkParameters({ shared_buffers: "64GB", max_wal_size: "1TB", max_wal_senders: "0" }, { major: 17 }),
      [],
    );
  });
});

describe("sizes as CloudNativePG's admission reads them", () => {
  it("knows decimal numbers and units", () => {
    const examples: [string, number | undefined][] = [
      ["1GB", GiB],
      ["1.5GB", 1.5 * GiB],
      ["1 GB", GiB],
      ["512kB", 512 * 1024],
      ["100B", 100],
      ["16384", 16384 * 2 ** 20],
      ["0x10MB", undefined],
      ["1e3MB", undefined],
      ["1GB ", undefined],
      ["1G", undefined],
    ];
    for (const [text, bytes] of examples) assert.equal(admittedBytes(text), bytes, text);
  });
});
