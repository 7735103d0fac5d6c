import { createHash } from "node:crypto";
import type { Redis } from "../../shared/redis.ts";
import { Unavailable } from "../../shared/errors.ts";

/**
 * Names of keys. All state is the region's own and can be rebuilt:
 *   sel:srv            set of server ids
 *   sel:srv:SERVER     hash: record, key, beat, peers, serving, draining, latency, epoch
 *   sel:peer:SERVER    hash: public key -> "user device connection addresses"
 *   sel:exp:SERVER     sorted set: public key by the lease's end, Unix ms
 *   sel:con:USER       hash: device -> "connection server key createdMs session addresses"
 *   sel:att:USER       packed 6-byte stamps of admitted attempts, oldest first
 *   sel:push           channel: "SERVER add EPOCH KEY ADDRESSES" or "SERVER remove EPOCH KEY"
 * Scripts also reach keys that they find in a record, which one primary allows and a sharded cache
 * would not: the cache is one shard by design.
 */
export const KEYS = {
  servers: "sel:srv",
  server: (id: string) => `sel:srv:${id}`,
  peers: (id: string) => `sel:peer:${id}`,
  expiries: (id: string) => `sel:exp:${id}`,
  connections: (userId: string) => `sel:con:${userId}`,
  attempts: (userId: string) => `sel:att:${userId}`,
  push: "sel:push",
} as const;

/**
 * Functions that every script may use. The store's clock counts, since processes disagree. `epoch`
 * counts the changes of a server's peers, by which its agent tells a meant shrink from a broken list: a
 * cache that lost everything starts at 0, and so never looks newer.
 */
const PRELUDE = `
local function now_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function release(server, key, user, device, connection)
  local record = redis.call('HGET', 'sel:con:' .. user, device)
  if record and string.sub(record, 1, #connection + 1) == connection .. ' ' then
    redis.call('HDEL', 'sel:con:' .. user, device)
  end
  local peer = redis.call('HGET', 'sel:peer:' .. server, key)
  if not peer or not string.find(peer, ' ' .. connection .. ' ', 1, true) then return end
  redis.call('HDEL', 'sel:peer:' .. server, key)
  redis.call('ZREM', 'sel:exp:' .. server, key)
  if redis.call('HEXISTS', 'sel:srv:' .. server, 'record') == 0 then return end
  local epoch = redis.call('HINCRBY', 'sel:srv:' .. server, 'epoch', 1)
  redis.call('PUBLISH', 'sel:push', server .. ' remove ' .. epoch .. ' ' .. key)
end

local function release_key(server, key)
  local peer = redis.call('HGET', 'sel:peer:' .. server, key)
  if peer then
    local user, device, connection = string.match(peer, '^(%S+) (%S+) (%S+) ')
    release(server, key, user, device, connection)
  else
    redis.call('ZREM', 'sel:exp:' .. server, key)
  end
end

local function release_expired(server, now, limit)
  local expired = redis.call('ZRANGEBYSCORE', 'sel:exp:' .. server, '-inf', now, 'LIMIT', 0, limit)
  for _, key in ipairs(expired) do release_key(server, key) end
end
`;

/** A Lua script: runs by its hash, and is sent in full when the server does not know it (any more). */
export class Script {
  readonly #source: string;
  readonly #sha: string;

  constructor(body: string) {
    this.#source = PRELUDE + body;
    this.#sha = createHash("sha1").update(this.#source).digest("hex");
  }

  /** The script's answer; throws Unavailable when the cache does not answer. */
  async run(
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown[]> {
    return list(await guarded(() => this.#evaluate(redis, keys, args)));
  }

  async #evaluate(
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return redis.eval(this.#source, keys.length, ...keys, ...args);
    }
  }
}

/** Replies of a server that is there but cannot serve now. */
const PASSING = /^(LOADING|READONLY|MASTERDOWN|OOM|BUSY|CLUSTERDOWN|TRYAGAIN|UNBLOCKED)\b/;

async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const isReply = error instanceof Error && error.name === "ReplyError";
    if (isReply && !PASSING.test(error.message)) throw error;
    throw new Unavailable("The connection service cannot answer now; try again.", {
      cause: error,
      privateDetail: "cache",
    });
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** Reads a script's answer item by item. */
export class Answer {
  readonly #items: readonly unknown[];
  #at = 0;

  constructor(items: readonly unknown[]) {
    this.#items = items;
  }

  get done(): boolean {
    return this.#at >= this.#items.length;
  }

  text(): string {
    const item = this.#items[this.#at++];
    return typeof item === "string" || typeof item === "number" ? String(item) : "";
  }

  /** Undefined for an empty item. */
  optionalNumber(): number | undefined {
    const text = this.text();
    return text === "" ? undefined : this.#number(text);
  }

  number(): number {
    return this.#number(this.text());
  }

  #number(text: string): number {
    const value = Number(text);
    if (text === "" || !Number.isFinite(value))
      throw new Error("a script of the cache answered no number");
    return value;
  }
}
