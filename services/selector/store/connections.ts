import type { Redis } from "../../shared/redis.ts";
import { Answer, KEYS, Script } from "./script.ts";

export interface Connection {
  readonly id: string;
  readonly deviceId: string;
  readonly serverId: string;
  readonly publicKey: string;
  readonly addresses: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

const LIST = new Script(`
local now = now_ms()
local held = redis.call('HGETALL', KEYS[1])
local answer = {}
for i = 1, #held, 2 do
  local connection, server, key, created, addresses = string.match(held[i + 1], '^(%S+) (%S+) (%S+) (%S+) %S+ (%S*)')
  local ends = redis.call('ZSCORE', 'sel:exp:' .. server, key)
  if ends and tonumber(ends) > now then
    for _, item in ipairs({held[i], connection, server, key, created, addresses, ends}) do answer[#answer + 1] = item end
  end
end
return answer
`);

/** Live connections of a user, newest first. */
export async function listConnections(redis: Redis, userId: string): Promise<Connection[]> {
  const answer = new Answer(await LIST.run(redis, [KEYS.connections(userId)], []));
  const found: Connection[] = [];
  while (!answer.done) {
    const deviceId = answer.text();
    const id = answer.text();
    const serverId = answer.text();
    const publicKey = answer.text();
    const createdAtMs = answer.number();
    const addresses = answer
      .text()
      .split(",")
      .filter((address) => address !== "");
    found.push({
      id,
      deviceId,
      serverId,
      publicKey,
      addresses,
      createdAtMs,
      expiresAtMs: answer.number(),
    });
  }
  return found.sort((a, b) => b.createdAtMs - a.createdAtMs);
}

const RELEASE = new Script(`
local held = redis.call('HGETALL', KEYS[1])
local ended = 0
for i = 1, #held, 2 do
  local connection, server, key, session = string.match(held[i + 1], '^(%S+) (%S+) (%S+) %S+ (%S+) ')
  if (ARGV[2] == 'connection' and connection or session) == ARGV[3] then
    release(server, key, ARGV[1], held[i], connection)
    ended = ended + 1
  end
end
return {ended}
`);

async function release(
  redis: Redis,
  userId: string,
  by: "connection" | "session",
  id: string,
): Promise<number> {
  return new Answer(
    await RELEASE.run(redis, [KEYS.connections(userId)], [userId, by, id]),
  ).number();
}

/** Ends a connection and removes its peer; false: the user has none of that id. */
export const releaseConnection = async (
  redis: Redis,
  userId: string,
  connectionId: string,
): Promise<boolean> => (await release(redis, userId, "connection", connectionId)) > 0;

/** Ends the connections that a session made; answers how many. */
export const releaseSession = (redis: Redis, userId: string, sessionId: string): Promise<number> =>
  release(redis, userId, "session", sessionId);
