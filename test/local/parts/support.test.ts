import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Redis } from "ioredis";
import pg from "pg";
import { startPostgres } from "../../support/postgres.ts";
import { startRedis } from "../../support/redis.ts";

describe("the starters for service tests", () => {
  it("give a PostgreSQL whose master user can make databases and roles", async () => {
    const postgres = await startPostgres({ address: "127.57.1.1" });
    const client = new pg.Client(postgres.clientConfig());
    await client.connect();
    await client.query("create database other");
    await client.query("create role service login password 'x'");
    await client.end();
    const other = new pg.Client(
      postgres.clientConfig({ database: "other", user: "service", password: "x" }),
    );
    await other.connect();
    assert.equal(
      (await other.query<{ me: string }>("select current_user as me")).rows[0]?.me,
      "service",
    );
    await other.end();
    await postgres.stop();
  });

  it("give a Redis with one user", async () => {
    const redis = await startRedis({ address: "127.57.1.2" });
    const client = new Redis(redis.clientOptions());
    assert.equal(await client.set("a", "1"), "OK");
    client.disconnect();
    await redis.stop();
  });
});
