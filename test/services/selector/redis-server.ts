import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { connectRedis, type Redis } from "../../../services/shared/redis.ts";
import { eventually } from "../../support/waiting.ts";

export const silent = pino({ level: "silent" });
export const REDIS_PORT = 16379;

export interface RedisServer {
  readonly host: string;
  /** A client that is connected. */
  connect(): Promise<Redis>;
  /** It keeps its connections and answers nothing until it goes on. */
  pause(): void;
  goOn(): void;
  stop(): Promise<void>;
}

/** A real redis-server of this test's own on a loopback address. */
export async function startRedis(host: string): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), "securevpn-redis-"));
  const args = [
    "--port",
    String(REDIS_PORT),
    "--bind",
    host,
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    directory,
  ];
  const child: ChildProcess = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "--", "redis-server", ...args],
    { stdio: "ignore" },
  );
  const clients: Redis[] = [];
  const connect = async (): Promise<Redis> => {
    const client = connectRedis(
      { host, port: REDIS_PORT, user: "default", tls: false },
      "",
      silent,
    );
    clients.push(client);
    await eventually("redis answers", () => client.status === "ready");
    return client;
  };
  await connect();
  return {
    host,
    connect,
    pause: () => void child.kill("SIGSTOP"),
    goOn: () => void child.kill("SIGCONT"),
    stop: async () => {
      for (const client of clients) client.disconnect();
      const ended = once(child, "exit");
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
