/**
 * PostgreSQL's parameters as ApsaraDB RDS has them: which it lets its customers set, which it keeps to itself, and in
 * which form it takes and reports them.
 *
 * The names are those of the service's default parameter template for PostgreSQL 14 (published in
 * apecloud/kubeblocks#2968), as far as PostgreSQL 15 still has them, and those of the service's documentation on
 * setting parameters.
 */
import { type Parameter, toBaseUnit } from "./parameters";

/** Why a value of one's own is not sent, and what will be used in its place. */
export interface ServiceOwned {
  readonly reason: string;
}

const owned: Readonly<Record<string, string>> = {
  max_connections: "RDS sizes it by the instance class: about 100 for each GB of memory",
  shared_buffers: "RDS sizes it by the instance class: a quarter of its memory",
  max_wal_senders: "RDS keeps more of them, for its standby, readers and DTS, which fewer would cut off",
  max_replication_slots: "RDS keeps more of them, for its standby, readers and DTS, which fewer would cut off",
  listen_addresses: "RDS listens in the VPC; the whitelist and the security groups say who gets in",
  hot_standby: "on: RDS's readers are always readable",
  shared_preload_libraries: "RDS loads pg_stat_statements and what its own features need",
  log_statement: "RDS sets it with the SQL audit, which is on",
};

/** What the primary's value becomes on every reader by itself: sent to a reader, the two changes would meet. */
const copied: ReadonlySet<string> = new Set([
  "wal_level",
  "max_replication_slots",
  "max_wal_senders",
  "max_locks_per_transaction",
  "max_worker_processes",
  "max_prepared_transactions",
]);

const offered: ReadonlySet<string> = new Set(
  `array_nulls authentication_timeout auto_explain.log_analyze auto_explain.log_buffers auto_explain.log_format
  auto_explain.log_min_duration auto_explain.log_nested_statements auto_explain.log_timing auto_explain.log_triggers
  auto_explain.log_verbose auto_explain.sample_rate autovacuum_analyze_scale_factor autovacuum_analyze_threshold
  autovacuum_freeze_max_age autovacuum_max_workers autovacuum_multixact_freeze_max_age autovacuum_naptime
  autovacuum_vacuum_cost_delay autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_scale_factor
  autovacuum_vacuum_insert_threshold autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold autovacuum_work_mem
  backend_flush_after backslash_quote bgwriter_delay bgwriter_flush_after bgwriter_lru_maxpages bgwriter_lru_multiplier
  bytea_output check_function_bodies checkpoint_completion_target checkpoint_flush_after checkpoint_timeout
  checkpoint_warning client_connection_check_interval client_min_messages commit_delay commit_siblings
  compute_query_id constraint_exclusion cursor_tuple_fraction datestyle deadlock_timeout debug_pretty_print
  debug_print_parse debug_print_plan debug_print_rewritten default_statistics_target default_toast_compression
  default_transaction_deferrable default_transaction_isolation effective_cache_size effective_io_concurrency
  enable_async_append enable_bitmapscan enable_gathermerge enable_hashagg enable_hashjoin enable_incremental_sort
  enable_indexonlyscan enable_indexscan enable_material enable_memoize enable_mergejoin enable_nestloop
  enable_parallel_append enable_parallel_hash enable_partition_pruning enable_partitionwise_aggregate
  enable_partitionwise_join enable_seqscan enable_sort enable_tidscan escape_string_warning extra_float_digits
  force_parallel_mode from_collapse_limit geqo geqo_effort geqo_generations geqo_pool_size geqo_seed
  geqo_selection_bias geqo_threshold gin_fuzzy_search_limit gin_pending_list_limit hash_mem_multiplier
  hot_standby_feedback huge_pages idle_in_transaction_session_timeout idle_session_timeout intervalstyle
  join_collapse_limit lc_monetary lc_numeric lc_time lock_timeout log_autovacuum_min_duration log_checkpoints
  log_connections log_disconnections log_duration log_executor_stats log_min_duration_sample
  log_min_duration_statement log_parameter_max_length log_parameter_max_length_on_error log_parser_stats
  log_planner_stats log_recovery_conflict_waits log_replication_commands log_statement_sample_rate log_statement_stats
  log_temp_files log_transaction_sample_rate logical_decoding_work_mem maintenance_io_concurrency maintenance_work_mem
  max_files_per_process max_locks_per_transaction max_logical_replication_workers max_parallel_maintenance_workers
  max_parallel_workers max_parallel_workers_per_gather max_pred_locks_per_page max_pred_locks_per_relation
  max_pred_locks_per_transaction max_prepared_transactions max_slot_wal_keep_size max_standby_archive_delay
  max_standby_streaming_delay max_sync_workers_per_subscription max_wal_size max_worker_processes
  min_dynamic_shared_memory min_parallel_index_scan_size min_parallel_table_scan_size min_wal_size
  old_snapshot_threshold parallel_leader_participation password_encryption pg_stat_statements.max
  pg_stat_statements.save pg_stat_statements.track pg_stat_statements.track_utility plan_cache_mode quote_all_identifiers
  random_page_cost row_security ssl_min_protocol_version standard_conforming_strings statement_timeout
  superuser_reserved_connections synchronize_seqscans synchronous_commit tcp_keepalives_count tcp_keepalives_idle
  tcp_keepalives_interval temp_buffers temp_file_limit timezone track_activity_query_size track_commit_timestamp
  track_functions track_io_timing track_wal_io_timing transform_null_equals vacuum_cost_delay vacuum_cost_limit
  vacuum_cost_page_dirty vacuum_cost_page_hit vacuum_cost_page_miss vacuum_defer_cleanup_age vacuum_failsafe_age
  vacuum_freeze_min_age vacuum_freeze_table_age vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age
  vacuum_multixact_freeze_table_age wal_buffers wal_compression wal_init_zero wal_keep_size wal_level
  wal_receiver_status_interval wal_receiver_timeout wal_sender_timeout wal_skip_threshold wal_writer_delay
  wal_writer_flush_after work_mem xmlbinary xmloption`.split(/\s+/),
);

/** The service's own spelling: DateStyle is "datestyle" there. */
export const serviceName = ({ name }: Pick<Parameter, "name">): string => name.toLowerCase();

/** Who sets it: undefined, the customer; else the service, and why. */
export function ownedByService(parameter: Pick<Parameter, "name">): ServiceOwned | undefined {
  const name = serviceName(parameter);
  const reason = owned[name];
  if (reason !== undefined) return { reason };
  return offered.has(name) ? undefined : { reason: "RDS does not offer it to its customers; its own value stays" };
}

/** Whether the readers take the primary's value by themselves. */
export const copiedToReaders = (name: string): boolean => copied.has(name);

/**
 * The value, as `canonicalValue` returns it, in the form the service takes and reports: base units without their name,
 * on and off. The provider waits until both are the same text, so there is one form of each value.
 */
export const serviceValue = (parameter: Parameter, value: string): string => toBaseUnit(parameter, value);
