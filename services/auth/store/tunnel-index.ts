import type { Shards } from "../../shared/postgres.ts";

/** A freed address rests so long before another account gets it: a server may still hold the old device's peer. */
const REST_HOURS = 24;

/** The region's addresses are dealt by one shard; it is asked only when a device is added or removed. */
const dealer = (shards: Shards): string => shards.directory[0] ?? "";

/**
 * A tunnel address number of the region that nobody holds: the account's own freed one at once (so
 * that adding and removing a device in a loop uses up no addresses), a rested one, or a new one.
 */
export async function takeTunnelIndex(shards: Shards, userId: bigint): Promise<bigint> {
  const text = `
    with mine as (
      select index from tunnel_free where user_id = $1 order by freed_at limit 1 for update skip locked),
    rested as (
      select index from tunnel_free
      where freed_at < now() - make_interval(hours => ${REST_HOURS}) and not exists (select from mine)
      order by freed_at limit 1 for update skip locked),
    taken as (
      delete from tunnel_free
      where index in (select index from mine union all select index from rested) returning index)
    select coalesce((select index from taken), nextval('tunnel_index')) as index`;
  const [row] = await shards.on<{ index: bigint }>(dealer(shards), {
    name: "take-tunnel-index",
    text,
    values: [userId],
  });
  if (row === undefined) throw new Error("no tunnel index");
  return row.index;
}

export async function freeTunnelIndex(
  shards: Shards,
  userId: bigint,
  index: bigint,
): Promise<void> {
  const text = "insert into tunnel_free (index, user_id) values ($1, $2) on conflict do nothing";
  await shards.on(dealer(shards), { name: "free-tunnel-index", text, values: [index, userId] });
}
