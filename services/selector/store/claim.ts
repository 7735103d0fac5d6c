import { revocationKey } from "../../contract/index.ts";
import type { Redis } from "../../shared/redis.ts";
import { Answer, KEYS, Script } from "./script.ts";

export interface Claim {
  readonly userId: string;
  readonly sessionId: string;
  readonly deviceId: string;
  readonly connectionId: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly addresses: readonly string[];
  readonly attemptsPerMinute: number;
  readonly maxConnections: number;
  readonly capacityPeers: number;
  readonly leaseMs: number;
}

export type ClaimResult =
  | { readonly result: "ok"; readonly expiresAtMs: number }
  | { readonly result: "limited"; readonly retryAfterMs: number }
  /** Other devices of the account that are connected. */
  | { readonly result: "too-many"; readonly connected: number }
  | { readonly result: "revoked" }
  | { readonly result: "key-in-use" }
  /** The server has no room, or is not registered any more: another pick may do. */
  | { readonly result: "full" }
  | { readonly result: "gone" };

const WINDOW_MS = 60_000;
/** A user's hash of connections outlives its leases by at most this. */
const KEEP_MS = 7 * 24 * 3600 * 1000;

/**
 * Revocation, limit, claim, lease and push in one round trip. The limit is exact in any 60 s: a counter per
 * minute admits twice the limit across its edge, a sorted set holds the same stamps in four times the
 * memory. Only admitted attempts count. A device has one connection: a new one replaces it, on
 * another server if need be. Nothing is written unless all of it holds.
 */
const CLAIM = new Script(`
local user, device, connection, server, key, addresses = unpack(ARGV, 1, 6)
local limit, most, capacity, lease, window, keep, session = unpack(ARGV, 7, 13)
limit, most, capacity, lease, window = tonumber(limit), tonumber(most), tonumber(capacity), tonumber(lease), tonumber(window)
local now = now_ms()
if redis.call('EXISTS', KEYS[6]) == 1 then return {'revoked'} end
if redis.call('HEXISTS', KEYS[3], 'record') == 0 then return {'gone'} end

local stamps = redis.call('GET', KEYS[1]) or ''
local from = 1
while from <= #stamps and struct.unpack('>I6', stamps, from) <= now - window do from = from + 6 end
stamps = string.sub(stamps, from)
if #stamps >= limit * 6 then
  local oldest = struct.unpack('>I6', stamps, #stamps - limit * 6 + 1)
  return {'limited', oldest + window - now}
end

local others, own_server, own_key, own_connection = 0, nil, nil, nil
local held = redis.call('HGETALL', KEYS[2])
for i = 1, #held, 2 do
  local c, s, k = string.match(held[i + 1], '^(%S+) (%S+) (%S+) ')
  local ends = redis.call('ZSCORE', 'sel:exp:' .. s, k)
  if not ends or tonumber(ends) <= now then
    release(s, k, user, held[i], c)
  elseif held[i] == device then
    own_connection, own_server, own_key = c, s, k
  else
    others = others + 1
  end
end
if others >= most then return {'too-many', others} end

local peer = redis.call('HGET', KEYS[4], key)
if peer then
  local u, d = string.match(peer, '^(%S+) (%S+) ')
  if u ~= user or d ~= device then
    local ends = redis.call('ZSCORE', KEYS[5], key)
    if ends and tonumber(ends) > now then return {'key-in-use'} end
    release_key(server, key)
    peer = false
  end
end
if not peer and redis.call('HLEN', KEYS[4]) >= capacity then
  release_expired(server, now, 100)
  if redis.call('HLEN', KEYS[4]) >= capacity then return {'full'} end
end

local stamp = now
if #stamps > 0 then stamp = math.max(now, (struct.unpack('>I6', stamps, #stamps - 5))) end
redis.call('SET', KEYS[1], stamps .. struct.pack('>I6', stamp), 'PX', window)
if own_connection and (own_server ~= server or own_key ~= key) then
  release(own_server, own_key, user, device, own_connection)
end
redis.call('HSET', KEYS[2], device, table.concat({connection, server, key, string.format('%.0f', now), session, addresses}, ' '))
redis.call('PEXPIRE', KEYS[2], keep)
redis.call('HSET', KEYS[4], key, table.concat({user, device, connection, addresses}, ' '))
redis.call('ZADD', KEYS[5], now + lease, key)
local epoch = redis.call('HINCRBY', KEYS[3], 'epoch', 1)
redis.call('PUBLISH', 'sel:push', table.concat({server, 'add', epoch, key, addresses}, ' '))
return {'ok', now + lease}
`);

export async function claimConnection(redis: Redis, claim: Claim): Promise<ClaimResult> {
  const { userId, serverId } = claim;
  const keys = [
    KEYS.attempts(userId),
    KEYS.connections(userId),
    KEYS.server(serverId),
    KEYS.peers(serverId),
    KEYS.expiries(serverId),
    revocationKey(claim.sessionId),
  ];
  const args = [
    userId,
    claim.deviceId,
    claim.connectionId,
    serverId,
    claim.publicKey,
    claim.addresses.join(","),
    claim.attemptsPerMinute,
    claim.maxConnections,
    claim.capacityPeers,
    claim.leaseMs,
    WINDOW_MS,
    KEEP_MS,
    claim.sessionId,
  ];
  const answer = new Answer(await CLAIM.run(redis, keys, args));
  const result = answer.text();
  switch (result) {
    case "ok":
      return { result, expiresAtMs: answer.number() };
    case "limited":
      return { result, retryAfterMs: answer.number() };
    case "too-many":
      return { result, connected: answer.number() };
    case "revoked":
    case "key-in-use":
    case "full":
    case "gone":
      return { result };
    default:
      throw new Error(`the claim script answered ${result}`);
  }
}
