/** The superuser that RDS keeps for itself; here it is the cloud's own. */
export const ADMIN_ROLE = "rdsadmin";
export const REPLICATION_ROLE = "rdsrepladmin";
/** What a master user is a member of: much, but no superuser. */
export const MASTER_GROUP = "rds_superuser";

export interface ServerFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly slot: string;
  readonly caFile: string;
}

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * Sized for a laptop that runs several servers, not for the instance class. `io_method` sync and
 * no parallel workers save processes; WAL is kept small because every replica clones it.
 */
const SMALL: Readonly<Record<string, string>> = {
  shared_buffers: "32MB",
  max_connections: "100",
  work_mem: "2MB",
  maintenance_work_mem: "16MB",
  min_wal_size: "32MB",
  max_wal_size: "128MB",
  wal_keep_size: "0",
  io_method: "sync",
  jit: "off",
  autovacuum_max_workers: "2",
  autovacuum_worker_slots: "2",
  max_worker_processes: "4",
  max_parallel_workers: "0",
  max_logical_replication_workers: "0",
  // Read on standbys too, so both have the same.
  max_wal_senders: "10",
  max_replication_slots: "10",
  wal_level: "replica",
  hot_standby: "on",
  hot_standby_feedback: "on",
  // A replica that is gone must not fill the primary's disk: past this it is cloned anew.
  max_slot_wal_keep_size: "256MB",
  // A replica notices a dead primary, and the primary a dead replica, in seconds.
  wal_sender_timeout: "10s",
  wal_receiver_timeout: "10s",
  wal_retrieve_retry_interval: "500ms",
};

/**
 * Parameters whose size belongs to the instance class: taken from a group, they would not fit here. The
 * last two must never be smaller on a standby than on its primary, or replay stops.
 */
const SIZE_PARAMETERS: readonly string[] = [
  "shared_buffers",
  "effective_cache_size",
  "max_connections",
  "work_mem",
  "maintenance_work_mem",
  "autovacuum_work_mem",
  "min_wal_size",
  "max_wal_size",
  "max_worker_processes",
  "max_parallel_workers",
  "wal_keep_size",
  "shared_preload_libraries",
  "max_locks_per_transaction",
  "max_prepared_transactions",
];

/** The parameters of a group that this server applies; RDS's own (`rds.*`) and sizes are left out. */
export function appliedParameters(
  parameters: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(
        ([name, value]) =>
          !name.startsWith("rds.") && !SIZE_PARAMETERS.includes(name) && !value.includes("{"),
      )
      .sort(([a], [b]) => a.localeCompare(b)),
  );
}

export interface ConfigOptions {
  readonly host: string;
  readonly port: number;
  readonly files: ServerFiles;
  readonly parameters: Readonly<Record<string, string>>;
  readonly upstream?: Upstream | undefined;
  /** Laid over the small sizes; for tests that want a tiny limit or speed. */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
}

export function postgresConf(options: ConfigOptions): string {
  const { files, upstream } = options;
  const settings: Record<string, string> = {
    listen_addresses: options.host,
    port: String(options.port),
    unix_socket_directories: "",
    ssl: "on",
    ssl_cert_file: files.certFile,
    ssl_key_file: files.keyFile,
    ssl_ca_file: files.caFile,
    ssl_min_protocol_version: "TLSv1.2",
    password_encryption: "scram-sha-256",
    log_line_prefix: "%m [%p] %q%u@%d ",
    timezone: "UTC",
    log_timezone: "UTC",
    ...SMALL,
    ...(upstream === undefined
      ? {}
      : { primary_conninfo: connectionInfo(upstream), primary_slot_name: upstream.slot }),
    ...appliedParameters(options.parameters),
    ...options.overrides,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name} = ${quote(value)}`)
    .join("\n")}\n`;
}

function connectionInfo(upstream: Upstream): string {
  const fields = {
    host: upstream.host,
    port: String(upstream.port),
    user: REPLICATION_ROLE,
    password: upstream.password,
    sslmode: "verify-full",
    sslrootcert: upstream.caFile,
    connect_timeout: "3",
    application_name: upstream.slot,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** TLS and a password for everybody, as with `rds.force_ssl`. */
export const PG_HBA = `# type  database     user              address       method
hostssl all          all               127.0.0.0/8   scram-sha-256
hostssl replication  ${REPLICATION_ROLE}      127.0.0.0/8   scram-sha-256
`;
