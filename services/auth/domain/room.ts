/** Shards that still have ids, the one with most first: new accounts go where there is room, not to the last range. */
export function byRoom(
  rooms: readonly { readonly shard: string; readonly room: bigint }[],
): string[] {
  return rooms
    .filter(({ room }) => room > 0n)
    .sort((a, b) => (a.room === b.room ? a.shard.localeCompare(b.shard) : a.room < b.room ? 1 : -1))
    .map(({ shard }) => shard);
}
