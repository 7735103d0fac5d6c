import { copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PostgresServer } from "./postgres-server.ts";

/** Directories whose content belongs to a running server; a clone needs them empty (PostgreSQL manual, 25.3.4). */
const EMPTY_DIRECTORIES: readonly string[] = [
  "pg_wal",
  "pg_replslot",
  "pg_dynshmem",
  "pg_notify",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
];
const LEFT_OUT: readonly string[] = [
  "postmaster.pid",
  "postmaster.opts",
  "standby.signal",
  "postgresql.auto.conf.tmp",
];

/** Slot of a replica on its primary; slots allow lower-case letters, digits and underscores. */
export const slotName = (identifier: string): string =>
  `replica_${identifier.toLowerCase().replaceAll(/[^a-z0-9]/g, "_")}`;

/**
 * Fills `target` with a copy of the primary's data from which a standby starts. pg_basebackup is not
 * among the binaries that npm carries, so this does what it does: a slot first, which keeps all WAL
 * from here on, then a backup by the low-level API.
 */
export async function cloneData(
  primary: PostgresServer,
  slot: string,
  target: string,
): Promise<void> {
  await dropSlot(primary, slot);
  await primary.query("select pg_create_physical_replication_slot($1, true)", [slot]);
  const client = await primary.connect(); // pg_backup_stop must come from the session that started it
  try {
    await client.query("select pg_backup_start($1, fast => true)", [slot]);
    copyTree(primary.dataDir, target, "");
    const { rows } = await client.query<{ labelfile: string }>(
      "select labelfile from pg_backup_stop(wait_for_archive => false)",
    );
    writeFileSync(join(target, "backup_label"), rows[0]?.labelfile ?? "", { mode: 0o600 });
    mkdirSync(join(target, "pg_wal", "archive_status"), { mode: 0o700 });
    mkdirSync(join(target, "pg_wal", "summaries"), { mode: 0o700 });
  } finally {
    await client.end();
  }
}

/** Removes a slot and with it the claim on the primary's WAL; a session that holds it is ended first. */
export async function dropSlot(primary: PostgresServer, slot: string): Promise<void> {
  await primary.query(
    "select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = $1 and active_pid is not null",
    [slot],
  );
  await primary.query(
    "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1",
    [slot],
  );
}

function copyTree(from: string, to: string, relative: string): void {
  for (const entry of readdirSync(join(from, relative), { withFileTypes: true })) {
    const path = join(relative, entry.name);
    if (LEFT_OUT.includes(path) || entry.name.startsWith("pgsql_tmp")) continue;
    if (entry.isDirectory()) {
      mkdirSync(join(to, path), { mode: 0o700 });
      if (!EMPTY_DIRECTORIES.includes(path)) copyTree(from, to, path);
    } else if (entry.isFile()) {
      copyExisting(join(from, path), join(to, path));
    }
  }
}

/** A table may be dropped while its file is copied; WAL replay then does not miss it. */
function copyExisting(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    if (statSync(from, { throwIfNoEntry: false }) !== undefined) throw error;
  }
}
