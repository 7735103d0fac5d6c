/** User ids are 63-bit integers; in JSON they are decimal strings. */
export interface IdRange {
  /** First id of the range, decimal. */
  readonly fromId: string;
  /** Last id of the range, inclusive, decimal. */
  readonly toId: string;
}

/** Versioned map from id ranges to shards. A split is an edit of this map. */
export interface ShardMap {
  readonly version: number;
  readonly ranges: readonly (IdRange & { readonly shard: string })[];
  /**
   * Shards over which the e-mail directory is spread, in order. It does not grow with the shards: a
   * hash would then be looked for at the wrong place.
   */
  readonly directory: readonly string[];
}

/** The shard that holds a user id. Throws a RangeError when no range does. */
export function shardOf(map: ShardMap, userId: bigint): string {
  const range = map.ranges.find((r) => BigInt(r.fromId) <= userId && userId <= BigInt(r.toId));
  if (range === undefined) throw new RangeError(`no shard holds user id ${userId}`);
  return range.shard;
}
