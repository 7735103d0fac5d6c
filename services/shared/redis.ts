import { Redis } from "ioredis";
import type { RegionConfig } from "../contract/index.ts";
import type { Logger } from "./log.ts";

const COMMAND_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RETRY_MS = 1_000;

export type { Redis };

/**
 * A client of the region's cache. A command whose reply is lost is not sent again (INCR would count
 * twice), none waits for a server that is down, and every one has an end.
 */
export function connectRedis(config: RegionConfig["cache"], password: string, log: Logger): Redis {
  const client = new Redis({
    host: config.host,
    port: config.port,
    username: config.user,
    password,
    ...(config.tls ? { tls: { servername: config.host } } : {}),
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * attempt, MAX_RETRY_MS),
  });
  let said = 0;
  client.on("error", (error: Error) => {
    // Once a second at most: a server that is down must not fill the log.
    if (Date.now() - said < 1_000) return;
    said = Date.now();
    log.warn({ err: error }, "cache connection failed");
  });
  return client;
}
