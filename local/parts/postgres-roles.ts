import pg from "pg";
import { MASTER_GROUP, REPLICATION_ROLE } from "./postgres-config.ts";
import type { PostgresServer } from "./postgres-server.ts";

export interface MasterUser {
  readonly user: string;
  /** Made for it, and owned by it. */
  readonly database: string | undefined;
  /** Undefined: it keeps the one that it has. */
  readonly password: string | undefined;
}

/** Makes the roles that RDS has, and the master user with its database. Repeatable. */
export async function ensureRoles(
  server: PostgresServer,
  replicationPassword: string,
  master: MasterUser,
): Promise<void> {
  await ensureRole(server, REPLICATION_ROLE, "login replication", replicationPassword);
  await ensureRole(server, MASTER_GROUP, "nologin", undefined);
  await server.query(
    `grant pg_monitor, pg_signal_backend, pg_checkpoint, pg_maintain to ${MASTER_GROUP} with admin option`,
  );
  await ensureRole(server, master.user, "login createdb createrole", master.password);
  await server.query(`grant ${MASTER_GROUP} to ${pg.escapeIdentifier(master.user)}`);
  if (master.database === undefined) return;
  const [found] = await server.query("select 1 from pg_database where datname = $1", [
    master.database,
  ]);
  if (found !== undefined) return;
  await server.query(
    `create database ${pg.escapeIdentifier(master.database)} owner ${pg.escapeIdentifier(master.user)}`,
  );
}

export async function setPassword(
  server: PostgresServer,
  user: string,
  password: string,
): Promise<void> {
  await server.query(
    `alter role ${pg.escapeIdentifier(user)} password ${pg.escapeLiteral(password)}`,
  );
}

async function ensureRole(
  server: PostgresServer,
  role: string,
  attributes: string,
  password: string | undefined,
): Promise<void> {
  const [found] = await server.query("select 1 from pg_roles where rolname = $1", [role]);
  if (found === undefined)
    await server.query(`create role ${pg.escapeIdentifier(role)} ${attributes}`);
  if (password !== undefined) await setPassword(server, role, password);
}
