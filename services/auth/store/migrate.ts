import type pg from "pg";
import { DATABASE_NAME, DATABASE_ROLES, roleName, type IdRange } from "../../contract/index.ts";
import { MIGRATIONS } from "./migrations/index.ts";

/** Any number that nothing else locks: pods that start together migrate one after the other. */
const ADVISORY_LOCK = 7_265_001;

export interface ShardSetup {
  /** Password per role, from the secret files. */
  readonly passwords: Readonly<Record<string, string>>;
  readonly ranges: readonly IdRange[];
}

/**
 * Brings one shard to the newest schema: roles and their passwords, migrations in order, the id
 * ranges of the shard map. Idempotent. Answers the names of the migrations that it applied.
 *
 * Not node-pg-migrate: it reads a directory of files at run time, and the service is one bundle.
 */
export async function migrateShard(client: pg.ClientBase, setup: ShardSetup): Promise<string[]> {
  await client.query("select pg_advisory_lock($1)", [ADVISORY_LOCK]);
  try {
    await setRoles(client, setup.passwords);
    await client.query(
      "create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const { rows } = await client.query<{ name: string }>("select name from schema_migrations");
    const known = new Set(rows.map((row) => row.name));
    const missing = MIGRATIONS.filter(({ name }) => !known.has(name));
    for (const { name, sql } of missing) await inTransaction(client, name, sql);
    for (const range of setup.ranges) await addRange(client, range);
    return missing.map(({ name }) => name);
  } finally {
    await client.query("select pg_advisory_unlock($1)", [ADVISORY_LOCK]);
  }
}

async function inTransaction(client: pg.ClientBase, name: string, sql: string): Promise<void> {
  await client.query("begin");
  try {
    await client.query(sql);
    await client.query("insert into schema_migrations (name) values ($1)", [name]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw new Error(`migration ${name} failed and is rolled back`, { cause: error });
  }
}

async function setRoles(
  client: pg.ClientBase,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  for (const role of DATABASE_ROLES) {
    const name = roleName(role);
    const password = passwords[role];
    if (password === undefined || !/^[A-Za-z0-9]{16,}$/.test(password))
      throw new Error(
        `the password of ${name} is missing or has characters other than letters and digits`,
      );
    const { rows } = await client.query("select from pg_roles where rolname = $1", [name]);
    // DDL takes no parameters; name and password hold letters, digits and underscores alone.
    await client.query(
      `${rows.length === 0 ? "create" : "alter"} role ${name} login password '${password}'`,
    );
    await client.query(`grant connect on database ${DATABASE_NAME} to ${name}`);
  }
}

/** A range that the shard has keeps its next id; one that was split off ends where the map says. */
async function addRange(client: pg.ClientBase, { fromId, toId }: IdRange): Promise<void> {
  await client.query(
    `insert into id_ranges (from_id, to_id, next_id) values ($1::bigint, $2::bigint, $1::bigint)
     on conflict (from_id) do update set to_id = excluded.to_id where id_ranges.to_id <> excluded.to_id`,
    [fromId, toId],
  );
}
