import { z } from "zod";
import { TIERS } from "../../contract/index.ts";
import type { Redis } from "../../shared/redis.ts";
import type { Snapshot } from "../domain/picker.ts";
import { BEAT_SECONDS, MISSED_BEATS, type ServerState, type VpnServer } from "../domain/server.ts";
import { Answer, KEYS, Script } from "./script.ts";

/** A silent server's record is dropped after this: its node is gone. */
const FORGET_MS = 3600 * 1000;

const record = z.strictObject({
  id: z.string(),
  region: z.string(),
  zone: z.string(),
  host: z.string(),
  port: z.number(),
  publicKey: z.string(),
  minTier: z.enum(TIERS),
  capacityPeers: z.number().positive(),
}) satisfies z.ZodType<VpnServer>;

/** A server that comes with another key has lost its tunnels: their leases end at once. */
const REGISTER = new Script(`
local server = ARGV[1]
local known = redis.call('HGET', KEYS[2], 'key')
if known and known ~= ARGV[3] then
  for _, key in ipairs(redis.call('HKEYS', KEYS[3])) do release_key(server, key) end
  redis.call('HSET', KEYS[2], 'serving', '0')
end
redis.call('HSET', KEYS[2], 'record', ARGV[2], 'key', ARGV[3], 'beat', string.format('%.0f', now_ms()))
redis.call('HSETNX', KEYS[2], 'serving', '0')
redis.call('SADD', KEYS[1], server)
return {1}
`);

export async function registerServer(redis: Redis, server: VpnServer): Promise<void> {
  const keys = [KEYS.servers, KEYS.server(server.id), KEYS.peers(server.id)];
  await REGISTER.run(redis, keys, [server.id, JSON.stringify(server), server.publicKey]);
}

export interface Beat {
  readonly peers: number;
  readonly serving: boolean;
  readonly handshakes: readonly { readonly publicKey: string; readonly ageSeconds: number }[];
}

/** Expired leases released in one beat; the rest waits for the next, so that no beat blocks the cache. */
const SWEEP_LIMIT = 500;

const BEAT = new Script(`
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return {0} end
local now = now_ms()
local lease = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'beat', string.format('%.0f', now), 'peers', ARGV[3], 'serving', ARGV[4])
for i = 6, #ARGV, 2 do
  redis.call('ZADD', KEYS[2], 'XX', 'GT', now - tonumber(ARGV[i + 1]) * 1000 + lease, ARGV[i])
end
release_expired(ARGV[1], now, tonumber(ARGV[5]))
return {1, redis.call('HGET', KEYS[1], 'draining') or '0'}
`);

/** Takes a server's beat: renews the leases of what shook hands, releases those that ended. Undefined: not registered. */
export async function beatServer(
  redis: Redis,
  serverId: string,
  beat: Beat,
  leaseMs: number,
): Promise<{ draining: boolean } | undefined> {
  const handshakes = beat.handshakes.flatMap(({ publicKey, ageSeconds }) => [
    publicKey,
    ageSeconds,
  ]);
  const args = [serverId, leaseMs, beat.peers, beat.serving ? 1 : 0, SWEEP_LIMIT, ...handshakes];
  const answer = new Answer(
    await BEAT.run(redis, [KEYS.server(serverId), KEYS.expiries(serverId)], args),
  );
  if (answer.number() === 0) return undefined;
  return { draining: answer.text() === "1" };
}

const SNAPSHOT = new Script(`
local now = now_ms()
local answer = {string.format('%.0f', now)}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local at = 'sel:srv:' .. id
  local f = redis.call('HMGET', at, 'record', 'beat', 'peers', 'serving', 'draining', 'latency')
  if not f[1] or now - tonumber(f[2] or '0') > tonumber(ARGV[1]) then
    for _, key in ipairs(redis.call('HKEYS', 'sel:peer:' .. id)) do release_key(id, key) end
    redis.call('DEL', at, 'sel:peer:' .. id, 'sel:exp:' .. id)
    redis.call('SREM', KEYS[1], id)
  else
    if now - tonumber(f[2]) > tonumber(ARGV[2]) then release_expired(id, now, 200) end
    for i = 1, 6 do answer[#answer + 1] = f[i] or '' end
    answer[#answer + 1] = redis.call('HLEN', 'sel:peer:' .. id)
  end
end
return answer
`);

const SILENT_MS = BEAT_SECONDS * MISSED_BEATS * 1000;

/** All servers, with how they are by the store's clock; releases what silent servers cannot. */
export async function readSnapshot(redis: Redis): Promise<Snapshot> {
  const answer = new Answer(await SNAPSHOT.run(redis, [KEYS.servers], [FORGET_MS, SILENT_MS]));
  const takenAtMs = answer.number();
  const servers: ServerState[] = [];
  while (!answer.done) {
    const server = record.safeParse(JSON.parse(answer.text()));
    const beatMs = answer.number();
    const reported = answer.optionalNumber() ?? 0;
    const serving = answer.text() === "1";
    const draining = answer.text() === "1";
    const latencyMs = answer.optionalNumber();
    const leases = answer.number();
    // A record of another version of this service: that server registers again soon.
    if (!server.success) continue;
    servers.push({
      ...server.data,
      peers: Math.max(reported, leases),
      silent: takenAtMs - beatMs > SILENT_MS,
      serving,
      draining,
      latencyMs,
    });
  }
  servers.sort((a, b) => a.id.localeCompare(b.id));
  return { takenAtMs, servers };
}

export interface DesiredPeers {
  readonly epoch: number;
  readonly peers: readonly { readonly publicKey: string; readonly allowedIps: readonly string[] }[];
}

const PEERS = new Script(`
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return {0} end
local answer = {1, redis.call('HGET', KEYS[1], 'epoch') or '0'}
local peers = redis.call('HGETALL', KEYS[2])
for i = 1, #peers, 2 do
  answer[#answer + 1] = peers[i]
  answer[#answer + 1] = string.match(peers[i + 1], '%S*$')
end
return answer
`);

/** The peers that a server should carry; undefined: it is not registered. */
export async function desiredPeers(
  redis: Redis,
  serverId: string,
): Promise<DesiredPeers | undefined> {
  const answer = new Answer(
    await PEERS.run(redis, [KEYS.server(serverId), KEYS.peers(serverId)], []),
  );
  if (answer.number() === 0) return undefined;
  const epoch = answer.number();
  const peers: { publicKey: string; allowedIps: string[] }[] = [];
  while (!answer.done)
    peers.push({ publicKey: answer.text(), allowedIps: answer.text().split(",") });
  return { epoch, peers };
}

/** One report moves the mean by this: one client's odd line is not the server's. */
const LATENCY_WEIGHT = 0.05;

const LATENCY = new Script(`
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return {0} end
local known = tonumber(redis.call('HGET', KEYS[1], 'latency') or '')
local value = tonumber(ARGV[1])
if known then value = known + (value - known) * tonumber(ARGV[2]) end
redis.call('HSET', KEYS[1], 'latency', string.format('%.1f', value))
return {1}
`);

/** Takes a client's round trip into a server's mean. */
export async function reportLatency(
  redis: Redis,
  serverId: string,
  latencyMs: number,
): Promise<void> {
  await LATENCY.run(redis, [KEYS.server(serverId)], [latencyMs, LATENCY_WEIGHT]);
}
