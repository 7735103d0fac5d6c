import { hash } from "node:crypto";
import type { Shards } from "../../shared/postgres.ts";

/** `own`: the account holds the key already, for this device or another. */
export type KeyReservation = "fresh" | "own" | "taken";

const shardOfKey = (shards: Shards, publicKey: string): string =>
  shards.directoryShard(hash("sha256", publicKey, "buffer"));

/** Reserves a key for an account, over all shards. The account's own devices are told apart on its shard. */
export async function reserveKey(
  shards: Shards,
  publicKey: string,
  userId: bigint,
): Promise<KeyReservation> {
  const text = `
    insert into device_keys (public_key, user_id) values ($1, $2)
    on conflict (public_key) do update set user_id = excluded.user_id where device_keys.user_id = excluded.user_id
    returning xmax = 0 as fresh`;
  const [row] = await shards.on<{ fresh: boolean }>(shardOfKey(shards, publicKey), {
    name: "reserve-key",
    text,
    values: [publicKey, userId],
  });
  if (row === undefined) return "taken";
  return row.fresh ? "fresh" : "own";
}

export async function releaseKey(shards: Shards, publicKey: string, userId: bigint): Promise<void> {
  const text = "delete from device_keys where public_key = $1 and user_id = $2";
  await shards.on(shardOfKey(shards, publicKey), {
    name: "release-key",
    text,
    values: [publicKey, userId],
  });
}
