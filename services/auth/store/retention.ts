/** An ended session stays so long, for the person who asks why a device was logged out. */
export const SESSION_RETENTION_DAYS = 7;
/** Rows a statement: well within its 2 s, and its locks hold up no login. */
export const BATCH = 500;

/** What is thrown away when its time is over: one bounded statement each, which answers a row for each that went. */
interface Purge {
  readonly name: string;
  readonly text: string;
}

/**
 * Sessions are refresh-token families: with the row goes the memory of their spent tokens, which by
 * then are refused as unknown. Locked rows are left to the next batch: somebody is using them.
 */
const PURGES: readonly Purge[] = [
  {
    name: "ended sessions",
    text: `
      delete from sessions where id in (
        select id from sessions
        where least(expires_at, revoked_at) < now() - make_interval(days => ${SESSION_RETENTION_DAYS})
        limit $1 for update skip locked
      ) returning id`,
  },
];

/** Runs a statement on a shard's primary. */
export interface Database {
  on(
    shard: string,
    query: { readonly name: string; readonly text: string; readonly values: unknown[] },
  ): Promise<readonly unknown[]>;
}

export interface Purged {
  readonly what: string;
  readonly rows: number;
  /** False: the time was over before the last row. */
  readonly complete: boolean;
}

export interface PurgeOptions {
  /** Asked before each batch: whether there is no time for another. */
  readonly isOver: () => boolean;
  /** Waits between batches, so that replicas and vacuum keep up. */
  readonly pause: () => Promise<void>;
  readonly batch?: number;
}

/** Removes what is past its time from one shard, batch by batch; running it again is harmless. */
export async function purgeShard(
  shards: Database,
  shard: string,
  options: PurgeOptions,
): Promise<Purged[]> {
  const { batch = BATCH } = options;
  const results: Purged[] = [];
  for (const { name, text } of PURGES) {
    let rows = 0;
    let complete = false;
    while (!complete && !options.isOver()) {
      const gone = await shards.on(shard, { name: `purge ${name}`, text, values: [batch] });
      rows += gone.length;
      complete = gone.length < batch;
      if (!complete) await options.pause();
    }
    results.push({ what: name, rows, complete });
  }
  return results;
}
