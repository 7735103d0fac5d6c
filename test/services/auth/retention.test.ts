import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, describe, it } from "mocha";
import {
  purgeShard,
  SESSION_RETENTION_DAYS,
  type Database,
} from "../../../services/auth/store/retention.ts";
import { SHARDS, TestRegion } from "./test-region.ts";

const SHARD = SHARDS[0];
const pause = (): Promise<void> => Promise.resolve();
const neverOver = (): boolean => false;

describe("what is past its retention", () => {
  let region: TestRegion;
  /** By auth's own role: what it may not do, the job may not. */
  const shards: Database = {
    on: (shard, { text, values }) => region.sql(shard, text, values, "auth"),
  };

  before(async () => {
    region = await TestRegion.open();
    assert.equal(await region.migrate(), 0, region.logged);
    await region.sql(
      SHARD,
      "insert into accounts (id, email, email_hash, password_hash) values (1, 'a@example.com', '\\x01', 'x')",
    );
  });
  after(() => region?.close());
  beforeEach(() => region.sql(SHARD, "delete from sessions"));

  /** Makes sessions that expire and were revoked that many days ago (negative: in the future); null: not revoked. */
  async function sessions(
    count: number,
    expiredDays: number,
    revokedDays: number | null,
  ): Promise<string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    await region.sql(
      SHARD,
      `insert into sessions (id, user_id, refresh_hash, expires_at, revoked_at)
       select unnest($1::uuid[]), 1, '\\x00', now() - make_interval(days => $2), now() - make_interval(days => $3)`,
      [ids, expiredDays, revokedDays],
    );
    return ids;
  }
  const left = async (): Promise<string[]> =>
    (await region.sql(SHARD, "select id from sessions order by id")).map(({ id }) => String(id));

  it("are sessions that expired or were revoked long enough ago, and no others", async () => {
    const old = SESSION_RETENTION_DAYS + 1;
    await sessions(1, old, null);
    await sessions(1, -30, old);
    const live = await sessions(1, -30, null);
    const justExpired = await sessions(1, 1, null);
    const justRevoked = await sessions(1, -30, 1);
    const purged = await purgeShard(shards, SHARD, { isOver: neverOver, pause });
    assert.deepEqual(purged, [{ what: "ended sessions", rows: 2, complete: true }]);
    assert.deepEqual(await left(), [...live, ...justExpired, ...justRevoked].sort());
  });

  it("goes in bounded batches, and a second run finds nothing", async () => {
    await sessions(25, 30, null);
    let batches = 0;
    const counted = {
      isOver: neverOver,
      batch: 10,
      pause: () => Promise.resolve(void (batches += 1)),
    };
    assert.deepEqual(await purgeShard(shards, SHARD, counted), [
      { what: "ended sessions", rows: 25, complete: true },
    ]);
    assert.equal(batches, 2);
    assert.deepEqual(await purgeShard(shards, SHARD, counted), [
      { what: "ended sessions", rows: 0, complete: true },
    ]);
  });

  it("stops when its time is over, and says that it is not done", async () => {
    await sessions(25, 30, null);
    let asked = 0;
    const [purged] = await purgeShard(shards, SHARD, {
      isOver: () => ++asked > 1,
      batch: 10,
      pause,
    });
    assert.deepEqual(purged, { what: "ended sessions", rows: 10, complete: false });
    assert.equal((await left()).length, 15);
  });

  it("waits for no row that somebody holds", async () => {
    const [held = ""] = await sessions(2, 30, null);
    await region.holding(
      SHARD,
      "select from sessions where id = $1 for update",
      [held],
      async () => {
        assert.deepEqual(await purgeShard(shards, SHARD, { isOver: neverOver, pause }), [
          { what: "ended sessions", rows: 1, complete: true },
        ]);
      },
    );
    assert.deepEqual(await left(), [held]);
  });

  it("is found by an index", async () => {
    await sessions(500, -30, null);
    await region.sql(SHARD, "analyze sessions");
    const plan = await region.sql(
      SHARD,
      "explain select id from sessions where least(expires_at, revoked_at) < now() - interval '7 days' limit 500",
    );
    assert.match(JSON.stringify(plan), /sessions_ended/);
  });

  it("goes on every shard by the job itself, which ends with 0", async () => {
    await sessions(3, 30, null);
    assert.equal(await region.run("services/auth/maintain.ts"), 0, region.logged);
    assert.deepEqual(await left(), []);
    assert.match(region.logged, /"shard":"shard-1"[^\n]*purged/);
  });

  it("is nothing that the monitor may see: it reads statistics and no row", async () => {
    const [stats] = await region.sql(
      SHARD,
      "select count(*) > 0 as some from pg_stat_activity",
      [],
      "monitor",
    );
    assert.equal(stats?.["some"], true);
    await assert.rejects(
      region.sql(SHARD, "select * from sessions", [], "monitor"),
      /permission denied/,
    );
  });
});
