/** Which PostgreSQL parameters the platform sets itself, and why a user's own value would break what it keeps running. */

export interface PlatformOwned {
  /** Why the platform owns it. */
  readonly why: string;
  /** What to set instead. */
  readonly instead: string;
}

interface Rule extends PlatformOwned {
  /** Names, or a pattern of names. */
  readonly names: RegExp;
}

const nothing = "Leave it out.";

/** The first rule that matches counts. */
const rules: readonly Rule[] = [
  {
    names: /^listen_addresses$/,
    why: "it follows from who may connect",
    instead: "Set license-db:access.allowedCidrs.",
  },
  { names: /^port$/, why: "poolers and load balancers point at it", instead: "Set license-db:access.port." },
  {
    names: /^(bonjour.*|unix_socket_.*|external_pid_file|event_source)$/,
    why: "the platform reaches the server through it",
    instead: nothing,
  },
  {
    names: /^(data_directory|config_file|hba_file|ident_file|dynamic_library_path|jit_provider)$/,
    why: "it says where the server's files are",
    instead: nothing,
  },
  { names: /^cluster_name$/, why: "members know each other by it", instead: nothing },
  {
    names: /^(ssl|ssl_.*_file|ssl_crl_dir|ssl_passphrase_command.*)$/,
    why: "TLS is always on, with certificates the platform issues and renews (R12)",
    instead: "Leave it out; ssl_min_protocol_version and ssl_ciphers may be set.",
  },
  {
    names: /^(password_encryption|krb_.*|db_user_namespace)$/,
    why: "passwords are always stored as scram-sha-256 (R13)",
    instead: nothing,
  },
  {
    names: /^(archive_.*|restore_command|recovery_.*(command|target.*))$|^recovery_target$/,
    why: "backups and point-in-time recovery depend on it (R14)",
    instead: "Set license-db:backups (recoveryPointObjective bounds what a lost machine costs).",
  },
  {
    names:
      /^(primary_conninfo|primary_slot_name|promote_trigger_file|recovery_min_apply_delay|hot_standby|wal_log_hints)$/,
    why: "replication and failover depend on it (R3, R4)",
    instead: "Set license-db:replicas and license-db:highAvailability.",
  },
  {
    names: /^synchronous_standby_names$/,
    why: "the cluster manager changes it at every failover (R4)",
    instead: "Set license-db:synchronousReplication.",
  },
  {
    names: /^(fsync|full_page_writes|wal_sync_method|data_sync_retry|recovery_init_sync_method|restart_after_crash)$/,
    why: "another value can lose or damage rows after a crash",
    instead: nothing,
  },
  {
    names:
      /^(logging_collector|log_destination|log_directory|log_filename|log_file_mode|log_rotation_.*|log_truncate_on_rotation|syslog_.*)$/,
    why: "the platform collects the server's log (R15)",
    instead: "Leave it out; what is logged may be set (log_min_duration_statement, log_statement, ...).",
  },
  {
    names: /^(transaction_.*|session_replication_role|exit_on_error|default_transaction_read_only)$/,
    why: "it is of one session or transaction",
    instead: "Set it in the session that needs it.",
  },
  {
    names: /^(dynamic_shared_memory_type|shared_memory_type|max_stack_depth)$/,
    why: "it depends on the operating system the server runs on",
    instead: nothing,
  },
];

/** Who sets the parameter: the platform (and why), or, undefined, the user. */
export function platformOwned({ name, context, category }: Owned): PlatformOwned | undefined {
  if (context === "internal") return { why: "PostgreSQL computes it; nobody can set it", instead: nothing };
  if (category === "Developer Options" && !name.startsWith("jit_")) {
    return { why: "it is for PostgreSQL's own developers and can damage data", instead: nothing };
  }
  return rules.find(({ names }) => names.test(name));
}

interface Owned {
  readonly name: string;
  readonly context: string;
  readonly category: string;
}
