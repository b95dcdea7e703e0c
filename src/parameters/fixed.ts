/**
 * Server parameters that CloudNativePG sets itself and refuses in a Cluster, with what to use in their place.
 * Source: CloudNativePG 1.30, pkg/postgres/configuration.go, FixedConfigurationParameters.
 */
const groups: [remedy: string, names: string][] = [
  [
    "CloudNativePG decides files, network and identity of the server.",
    "allow_system_table_mods bonjour bonjour_name cluster_name config_file data_directory data_sync_retry event_source external_pid_file hba_file ident_file jit_provider listen_addresses port restart_after_crash stats_temp_directory temp_tablespaces unix_socket_directories unix_socket_group unix_socket_permissions",
  ],
  [
    "Backups and archiving belong to the backup configuration.",
    "archive_cleanup_command archive_command archive_mode restore_command",
  ],
  [
    "Replication and recovery belong to CloudNativePG.",
    "hot_standby pg_failover_slots.primary_dsn pg_failover_slots.standby_slot_names primary_conninfo primary_slot_name promote_trigger_file recovery_end_command recovery_min_apply_delay recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid synchronized_standby_slots synchronous_standby_names",
  ],
  [
    "The log goes to the container's output as JSON.",
    "log_destination log_directory log_file_mode log_filename log_rotation_age log_rotation_size log_truncate_on_rotation logging_collector syslog_facility syslog_ident syslog_sequence_numbers syslog_split_messages",
  ],
  [
    "The component's certificate authority provides TLS.",
    "ssl ssl_ca_file ssl_cert_file ssl_crl_file ssl_dh_params_file ssl_ecdh_curve ssl_key_file ssl_passphrase_command ssl_passphrase_command_supports_reload ssl_prefer_server_ciphers",
  ],
  ["Use the argument sharedPreloadLibraries.", "shared_preload_libraries"],
  // Not refused, but overwritten in 17 and newer: ConfigurationInfo.IsAlterSystemEnabled.
  ["Use overrides.cluster.spec.postgresql.enableAlterSystem.", "allow_alter_system"],
];

/** Name of each fixed parameter, with what to do in its place. */
export const fixedParameters: ReadonlyMap<string, string> = new Map(
  groups.flatMap(([remedy, names]) => names.split(" ").map((name): [string, string] => [name, remedy])),
);
