import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { Redis } from "ioredis";
import { PartAddresses } from "../../../local/parts/part-addresses.ts";
import { RedisFleet, type CacheSpec } from "../../../local/parts/redis.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";
import { eventually } from "../../support/waiting.ts";

describe("the caches of the embedded cloud", () => {
  let test: TestContext;
  let fleet: RedisFleet;
  const spec = (password: string): CacheSpec => ({
    identifier: "cache",
    region: "local",
    users: [
      { name: "default", access: "off -@all", passwords: [] },
      { name: "services", access: "on ~* &* +@all -@dangerous", passwords: [password] },
    ],
    parameters: { "maxmemory-policy": "volatile-lru", "reserved-memory-percent": "25" },
  });

  async function run<T>(password: string, use: (client: Redis) => Promise<T>): Promise<T> {
    const { ip, port, address } = fleet.endpoint("cache");
    const options = {
      host: ip,
      port,
      username: "services",
      password,
      tls: { ca: test.context.ca.pem, servername: address },
    };
    const client = new Redis({
      ...options,
      lazyConnect: true,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      enableReadyCheck: false,
    });
    let fault: Error | undefined;
    client.on("error", (error: Error) => (fault = error));
    try {
      await client.connect().catch((error: unknown) => {
        throw fault ?? error;
      });
      return await use(client);
    } finally {
      client.disconnect();
    }
  }

  before(async () => {
    test = await testContext();
    fleet = new RedisFleet(test.context, new PartAddresses(test.context));
    await fleet.create(spec("first"));
  });
  after(async () => {
    await fleet.stop();
    test.remove();
  });

  it("lets its users in over verified TLS, and holds them to their rules", async () => {
    assert.equal(await run("first", (client) => client.set("a", "1")), "OK");
    await assert.rejects(
      run("first", (client) => client.flushall()),
      /NOPERM/,
    );
    await assert.rejects(
      run("wrong", (client) => client.get("a")),
      /WRONGPASS/,
    );
  });

  it("changes passwords without losing what it holds, and stores none", async () => {
    await fleet.create(spec("second"));
    await assert.rejects(
      run("first", (client) => client.get("a")),
      /WRONGPASS/,
    );
    assert.equal(await run("second", (client) => client.get("a")), "1");
    const acl = readFileSync(
      join(test.context.stateDir, "parts", "redis", "cache", "users.acl"),
      "utf8",
    );
    assert.ok(!acl.includes("second"));
  });

  it("restarts empty after a crash, and again after a restart of the cloud", async () => {
    const part = test.context.parts.get("redis/cache");
    assert.ok(part?.pid);
    process.kill(part.pid, "SIGKILL");
    await eventually(
      "it restarts",
      () =>
        test.context.parts.get("redis/cache")?.restarts === 1 &&
        test.context.parts.get("redis/cache")?.state === "ready",
    );
    assert.equal(await run("second", (client) => client.get("a")), null);
    await fleet.stop();
    fleet = new RedisFleet(test.context, new PartAddresses(test.context));
    await fleet.revive();
    assert.equal(await run("second", (client) => client.ping()), "PONG");
  });

  it("leaves no part and no name behind when it is deleted", async () => {
    const { address } = fleet.endpoint("cache");
    await fleet.delete("cache");
    await fleet.delete("cache");
    assert.equal(test.context.zone.resolve(address), undefined);
    assert.deepEqual(test.context.parts.list(), []);
  });
});
