import type { Tier } from "../../contract/index.ts";
import type { Shards } from "../../shared/postgres.ts";

export interface AccountRow {
  readonly id: bigint;
  readonly email: string;
  readonly password_hash: string;
  readonly tier: Tier;
  readonly disabled_at: Date | null;
  readonly created_at: Date;
}

const COLUMNS = "id, email, password_hash, tier, disabled_at, created_at";

/** The next free id of a shard; undefined when its ranges are used up. */
export async function takeUserId(shards: Shards, shard: string): Promise<bigint | undefined> {
  const text = `
    update id_ranges set next_id = next_id + 1
    where from_id = (select from_id from id_ranges where next_id <= to_id order by from_id limit 1 for update)
      and next_id <= to_id
    returning next_id - 1 as id`;
  const [row] = await shards.on<{ id: bigint }>(shard, { name: "take-user-id", text });
  return row?.id;
}

/** Ids that a shard has left. */
export async function roomOf(shards: Shards, shard: string): Promise<bigint> {
  const text = "select coalesce(sum(to_id - next_id + 1), 0)::bigint as room from id_ranges";
  const [row] = await shards.on<{ room: bigint }>(shard, { name: "room", text });
  return row?.room ?? 0n;
}

export async function insertAccount(
  shards: Shards,
  account: { id: bigint; email: string; emailHash: Buffer; passwordHash: string },
): Promise<void> {
  const text =
    "insert into accounts (id, email, email_hash, password_hash) values ($1, $2, $3, $4)";
  await shards.forUser(account.id, {
    name: "insert-account",
    text,
    values: [account.id, account.email, account.emailHash, account.passwordHash],
  });
}

export async function findAccount(shards: Shards, id: bigint): Promise<AccountRow | undefined> {
  const [row] = await shards.forUser<AccountRow>(id, {
    name: "find-account",
    text: `select ${COLUMNS} from accounts where id = $1`,
    values: [id],
  });
  return row;
}

/** True when the account was there. Its sessions and devices go with it. */
export async function deleteAccount(shards: Shards, id: bigint): Promise<boolean> {
  const rows = await shards.forUser(id, {
    name: "delete-account",
    text: "delete from accounts where id = $1 returning id",
    values: [id],
  });
  return rows.length > 0;
}

/** Replaces the hash that was verified; false when another change came first. */
export async function replacePasswordHash(
  shards: Shards,
  id: bigint,
  verified: string,
  next: string,
): Promise<boolean> {
  const text =
    "update accounts set password_hash = $3 where id = $1 and password_hash = $2 returning id";
  return (
    (await shards.forUser(id, { name: "replace-password", text, values: [id, verified, next] }))
      .length > 0
  );
}
