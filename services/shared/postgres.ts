import pg from "pg";
import {
  roleName,
  shardOf,
  type DatabaseRole,
  type HostPort,
  type RegionConfig,
} from "../contract/index.ts";
import { Unavailable } from "./errors.ts";
import type { Logger } from "./log.ts";
import { LAG_QUERY, ReplicaFreshness } from "./replica-freshness.ts";
import { trustedRoots } from "./trust.ts";

const CONNECT_TIMEOUT_MS = 2_000;
const QUERY_TIMEOUT_MS = 2_000;
const IDLE_TIMEOUT_MS = 30_000;
/** Answers of a server that is no primary any more: its connections are of no use. */
const DEMOTED = new Set(["25006", "57P01", "57P02", "57P03"]);
/** SQLSTATE classes that say nothing against the statement: connection, login, resources, operator (with time-outs). */
const PASSING_CLASSES = ["08", "28", "53", "57"];

export interface PoolOptions {
  readonly role: DatabaseRole;
  readonly passwordOf: (shard: string) => string;
  /** Connections a pool may hold; pods x pools x this stays below max_connections. */
  readonly poolSize: number;
  readonly log: Logger;
}

/** bigint columns as bigint: an id does not survive a JavaScript number. */
const bigintOf = (text: string): bigint => BigInt(text);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary"): unknown =>
    oid === Number(pg.types.builtins.INT8) && format !== "binary"
      ? bigintOf
      : pg.types.getTypeParser(oid, format),
};

/** A pool whose broken connections never end the process, and whose waits all have an end. */
class ShardPool {
  readonly #config: pg.PoolConfig;
  readonly #log: Logger;
  readonly #name: string;
  #pool: pg.Pool;

  constructor(name: string, config: pg.PoolConfig, log: Logger) {
    this.#name = name;
    this.#config = config;
    this.#log = log;
    this.#pool = this.#make();
  }

  async query<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<R[]> {
    const pool = this.#pool;
    try {
      return (await pool.query<R>(query)).rows;
    } catch (error) {
      const code = codeOf(error);
      if (code !== undefined && DEMOTED.has(code)) this.#drop(pool);
      if (code === undefined || DEMOTED.has(code) || PASSING_CLASSES.includes(code.slice(0, 2))) {
        throw new Unavailable("The account database does not answer; try again.", {
          cause: error,
          privateDetail: this.#name,
        });
      }
      throw error;
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #make(): pg.Pool {
    const pool = new pg.Pool(this.#config);
    pool.on("error", (error) =>
      this.#log.warn({ err: error, pool: this.#name }, "idle database connection broke"),
    );
    return pool;
  }

  /** After a failover every connection of the pool leads to the old primary. */
  #drop(pool: pg.Pool): void {
    if (pool !== this.#pool) return;
    this.#log.warn({ pool: this.#name }, "the server is no primary any more; connecting anew");
    this.#pool = this.#make();
    pool.end().catch(() => {});
  }
}

/** SQLSTATE of a server's error; undefined when the connection itself failed or timed out. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    return undefined;
  return /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

/** Name of the unique constraint that a statement violated; undefined for every other error. */
export function violatedConstraint(error: unknown): string | undefined {
  if (codeOf(error) !== "23505" || !(error instanceof pg.DatabaseError)) return undefined;
  return error.constraint;
}

interface Replica {
  readonly pool: ShardPool;
  readonly freshness: ReplicaFreshness;
}

interface ShardPools {
  readonly name: string;
  readonly primary: ShardPool;
  readonly replicas: readonly Replica[];
}

function replicaOf(pool: ShardPool): Replica {
  const askLag = async (): Promise<number | null> =>
    (await pool.query<{ lag_seconds: number | null }>(LAG_QUERY))[0]?.lag_seconds ?? null;
  return { pool, freshness: new ReplicaFreshness(askLag) };
}

/** The region's shards as one database: routing by user id, primaries for truth, replicas for display. */
export class Shards {
  readonly #config: RegionConfig;
  readonly #shards: ReadonlyMap<string, ShardPools>;
  #turn = 0;

  constructor(config: RegionConfig, options: PoolOptions) {
    this.#config = config;
    const ca = trustedRoots();
    const pool = (
      shard: string,
      database: string,
      { host, port }: HostPort,
      label: string,
    ): ShardPool =>
      new ShardPool(
        `${shard}/${label}`,
        {
          host,
          port,
          database,
          user: roleName(options.role),
          password: options.passwordOf(shard),
          // Fields, never a URL: sslmode in a URL would override this object.
          ssl: { ca, rejectUnauthorized: true, servername: host },
          max: options.poolSize,
          connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
          query_timeout: QUERY_TIMEOUT_MS,
          statement_timeout: QUERY_TIMEOUT_MS,
          idleTimeoutMillis: IDLE_TIMEOUT_MS,
          application_name: `securevpn-${options.role}`,
          types,
        },
        options.log,
      );
    this.#shards = new Map(
      config.shards.map(({ name, database, primary, replicas }) => [
        name,
        {
          name,
          primary: pool(name, database, primary, "primary"),
          replicas: replicas.map((at, index) =>
            replicaOf(pool(name, database, at, `replica-${index}`)),
          ),
        },
      ]),
    );
  }

  get names(): readonly string[] {
    return this.#config.shards.map(({ name }) => name);
  }

  /** Whether a user id lives in this region. */
  holds(userId: bigint): boolean {
    return this.#config.shardMap.ranges.some(
      (r) => BigInt(r.fromId) <= userId && userId <= BigInt(r.toId),
    );
  }

  /** A statement on the primary of the shard that holds a user. */
  forUser<R extends pg.QueryResultRow>(userId: bigint, query: pg.QueryConfig): Promise<R[]> {
    return this.on<R>(shardOf(this.#config.shardMap, userId), query);
  }

  /** A statement on a named shard's primary. */
  on<R extends pg.QueryResultRow>(shard: string, query: pg.QueryConfig): Promise<R[]> {
    return this.#pools(shard).primary.query<R>(query);
  }

  /** A read for display: a replica in turn, the primary when that one lags or does not answer. */
  async readFor<R extends pg.QueryResultRow>(userId: bigint, query: pg.QueryConfig): Promise<R[]> {
    const { primary, replicas } = this.#pools(shardOf(this.#config.shardMap, userId));
    const replica = replicas[this.#turn++ % Math.max(1, replicas.length)];
    if (replica === undefined || !(await replica.freshness.isFresh()))
      return primary.query<R>(query);
    try {
      return await replica.pool.query<R>(query);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      replica.freshness.distrust();
      return primary.query<R>(query);
    }
  }

  /** Shards of the directory, in order. */
  get directory(): readonly string[] {
    return this.#config.shardMap.directory;
  }

  /** Shard of the directory that holds what a hash stands for. */
  directoryShard(keyHash: Uint8Array): string {
    const shard = this.directory[(keyHash[0] ?? 0) % this.directory.length];
    if (shard === undefined) throw new Error("the directory has no shard");
    return shard;
  }

  async close(): Promise<void> {
    for (const { primary, replicas } of this.#shards.values())
      await Promise.all([primary, ...replicas.map(({ pool }) => pool)].map((pool) => pool.end()));
  }

  #pools(shard: string): ShardPools {
    const pools = this.#shards.get(shard);
    if (pools === undefined) throw new Error(`no shard ${shard} in region.json`);
    return pools;
  }
}
