import { own } from "../own";
/**
 * What to do in place of a parameter that other majors have, or had: a sentence.
 * Source: the release notes of PostgreSQL 8.0 to 18.
 */
const successors: Readonly<Record<string, string>> = {
  archive_library: "Archiving belongs to CloudNativePG.",
  autovacuum_worker_slots: "Until PostgreSQL 17 autovacuum_max_workers alone decides.",
  bgwriter_all_maxpages: "Leave it out.",
  bgwriter_all_percent: "Leave it out.",
  checkpoint_segments: "Use max_wal_size.",
  commit_timestamp_buffers: "Until PostgreSQL 16 the size is fixed: leave it out.",
  custom_variable_classes: "Leave it out: it is no longer needed.",
  db_user_namespace: "Leave it out: roles belong to the whole server.",
  debug_parallel_query: "Until PostgreSQL 15 it is force_parallel_mode.",
  extension_destdir: "Use extension_control_path and dynamic_library_path.",
  force_parallel_mode: "Use debug_parallel_query.",
  huge_tlb_pages: "Use huge_pages.",
  io_direct: "Use debug_io_direct.",
  io_workers: "Until PostgreSQL 17 there is no asynchronous I/O: leave it out.",
  io_method: "Until PostgreSQL 17 there is no asynchronous I/O: leave it out.",
  lc_collate: "It belongs to each database: set it at its creation.",
  lc_ctype: "It belongs to each database: set it at its creation.",
  log_autovacuum: "Use log_autovacuum_min_duration.",
  max_fsm_pages: "Leave it out: the map of free space sizes itself.",
  max_fsm_relations: "Leave it out: the map of free space sizes itself.",
  max_standby_delay: "Use max_standby_streaming_delay and max_standby_archive_delay.",
  min_parallel_relation_size: "Use min_parallel_table_scan_size.",
  old_snapshot_threshold: "Use idle_in_transaction_session_timeout and transaction_timeout.",
  operator_precedence_warning: "Leave it out.",
  promote_trigger_file: "Promotion belongs to CloudNativePG.",
  replacement_sort_tuples: "Leave it out.",
  replication_timeout: "Use wal_sender_timeout.",
  reserved_connections: "Until PostgreSQL 15 there is superuser_reserved_connections only.",
  scram_iterations: "Until PostgreSQL 15 there are always 4096 iterations: leave it out.",
  sort_mem: "Use work_mem.",
  sql_inheritance: "Leave it out: it is always on.",
  ssl_ecdh_curve: "Use ssl_groups.",
  ssl_groups: "Until PostgreSQL 17 it is ssl_ecdh_curve, which CloudNativePG sets itself.",
  standby_mode: "Standbys belong to CloudNativePG.",
  stats_temp_directory: "Leave it out: statistics are in shared memory.",
  sync_replication_slots: "Until PostgreSQL 16 use the library pg_failover_slots.",
  trace_recovery_messages: "Leave it out: log_min_messages decides.",
  transaction_timeout: "Until PostgreSQL 16 use statement_timeout and idle_in_transaction_session_timeout.",
  trigger_file: "Promotion belongs to CloudNativePG.",
  unix_socket_directory: "CloudNativePG sets unix_socket_directories.",
  vacuum_cleanup_index_scale_factor: "Leave it out.",
  vacuum_defer_cleanup_age: "Use hot_standby_feedback.",
  vacuum_mem: "Use maintenance_work_mem.",
  wal_keep_segments: "Use wal_keep_size, which is a size: 16MB for each segment.",
  wal_sender_delay: "Leave it out.",
};

/** What to do in place of a parameter the major does not have; undefined when nothing takes its place. */
export function successorOf(name: string): string | undefined {
  const key = name.toLowerCase();
  return own(successors, key);
}
