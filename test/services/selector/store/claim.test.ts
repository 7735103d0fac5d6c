import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, afterEach, before, describe, it } from "mocha";
import { revocationKey } from "../../../../services/contract/index.ts";
import {
  claimConnection,
  type Claim,
  type ClaimResult,
} from "../../../../services/selector/store/claim.ts";
import {
  listConnections,
  releaseConnection,
  releaseSession,
} from "../../../../services/selector/store/connections.ts";
import {
  beatServer,
  desiredPeers,
  readSnapshot,
  registerServer,
} from "../../../../services/selector/store/servers.ts";
import type { Redis } from "../../../../services/shared/redis.ts";
import { newUser, randomKey, vpnServer } from "../fixtures.ts";
import { startRedis, type RedisServer } from "../redis-server.ts";

const LEASE_MS = 60_000;

function claim(serverId: string, changes: Partial<Claim> = {}): Claim {
  return {
    userId: newUser(),
    sessionId: randomUUID(),
    deviceId: randomUUID(),
    connectionId: randomUUID(),
    serverId,
    publicKey: randomKey(),
    addresses: ["100.64.0.17/32", "fd00::11/128"],
    attemptsPerMinute: 20,
    maxConnections: 10,
    capacityPeers: 100,
    leaseMs: LEASE_MS,
    ...changes,
  };
}

describe("claiming a connection", () => {
  let server: RedisServer;
  let redis: Redis;
  let other: Redis;

  before(async () => {
    server = await startRedis("127.54.0.11");
    redis = await server.connect();
    other = await server.connect();
  });
  after(() => server.stop());
  afterEach(() => redis.flushall());

  const peersOf = async (id: string): Promise<string[]> =>
    ((await desiredPeers(redis, id))?.peers ?? []).map(({ publicKey }) => publicKey).sort();
  const results = (outcomes: readonly ClaimResult[], result: string): number =>
    outcomes.filter((outcome) => outcome.result === result).length;

  it("makes a lease and a peer with its addresses", async () => {
    await registerServer(redis, vpnServer("a"));
    const wanted = claim("a");
    const outcome = await claimConnection(redis, wanted);
    assert.equal(outcome.result, "ok");
    const desired = await desiredPeers(redis, "a");
    assert.deepEqual(desired?.peers, [
      { publicKey: wanted.publicKey, allowedIps: wanted.addresses },
    ]);
    const [held] = await listConnections(redis, wanted.userId);
    assert.equal(held?.id, wanted.connectionId);
    assert.equal(held?.expiresAtMs, outcome.result === "ok" ? outcome.expiresAtMs : 0);
  });

  it("admits exactly the tier's attempts of 40 parallel ones from two processes, and says when the next may come", async () => {
    await registerServer(redis, vpnServer("a"));
    const same = claim("a", { attemptsPerMinute: 5 });
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        claimConnection(i % 2 === 0 ? redis : other, { ...same, connectionId: randomUUID() }),
      ),
    );
    assert.equal(results(outcomes, "ok"), 5);
    assert.equal(results(outcomes, "limited"), 35);
    for (const outcome of outcomes)
      if (outcome.result === "limited")
        assert.ok(outcome.retryAfterMs > 50_000 && outcome.retryAfterMs <= 60_000);
  });

  it("slides: an attempt older than 60 s counts no more, one within still does", async () => {
    await registerServer(redis, vpnServer("a"));
    const same = claim("a", { attemptsPerMinute: 2 });
    const nowMs = Number((await redis.time())[0]) * 1000;
    const stamp = (ageMs: number): Buffer => {
      const bytes = Buffer.alloc(6);
      bytes.writeUIntBE(nowMs - ageMs, 0, 6);
      return bytes;
    };
    await redis.set(`sel:att:${same.userId}`, Buffer.concat([stamp(61_000), stamp(30_000)]));
    assert.equal((await claimConnection(redis, same)).result, "ok");
    const next = await claimConnection(redis, same);
    assert.equal(next.result, "limited");
    assert.ok(
      next.result === "limited" && next.retryAfterMs > 25_000 && next.retryAfterMs <= 31_000,
    );
  });

  it("leaves exactly the tier's number of connections of four times as many parallel attempts", async () => {
    await registerServer(redis, vpnServer("a"));
    await registerServer(redis, vpnServer("b"));
    const userId = newUser();
    const attempts = Array.from({ length: 12 }, (_, i) =>
      claimConnection(
        i % 2 === 0 ? redis : other,
        claim(i % 3 === 0 ? "a" : "b", { userId, maxConnections: 3 }),
      ),
    );
    const outcomes = await Promise.all(attempts);
    assert.equal(results(outcomes, "ok"), 3);
    assert.equal(results(outcomes, "too-many"), 9);
    assert.equal((await listConnections(redis, userId)).length, 3);
    assert.equal((await peersOf("a")).length + (await peersOf("b")).length, 3);
  });

  it("an attempt that is refused costs nothing of the limit", async () => {
    await registerServer(redis, vpnServer("a"));
    const userId = newUser();
    await claimConnection(redis, claim("a", { userId, maxConnections: 1 }));
    for (let i = 0; i < 5; i++)
      assert.equal(
        (await claimConnection(redis, claim("a", { userId, maxConnections: 1 }))).result,
        "too-many",
      );
    assert.equal(await redis.strlen(`sel:att:${userId}`), 6);
  });

  it("a device that connects again moves: its old peer is gone, and it is one claim", async () => {
    await registerServer(redis, vpnServer("a"));
    await registerServer(redis, vpnServer("b"));
    const first = claim("a", { maxConnections: 1 });
    await claimConnection(redis, first);
    await claimConnection(redis, { ...first, serverId: "b", connectionId: randomUUID() });
    assert.deepEqual(await peersOf("a"), []);
    assert.deepEqual(await peersOf("b"), [first.publicKey]);
    const rotated = { ...first, serverId: "b", connectionId: randomUUID(), publicKey: randomKey() };
    await claimConnection(redis, rotated);
    assert.deepEqual(await peersOf("b"), [rotated.publicKey]);
    assert.equal((await listConnections(redis, first.userId)).length, 1);
  });

  it("does not let an account take over the key of another's live connection", async () => {
    await registerServer(redis, vpnServer("a"));
    const victim = claim("a");
    await claimConnection(redis, victim);
    assert.equal(
      (
        await claimConnection(
          redis,
          claim("a", { publicKey: victim.publicKey, addresses: ["100.64.9.9/32"] }),
        )
      ).result,
      "key-in-use",
    );
    assert.deepEqual((await desiredPeers(redis, "a"))?.peers[0]?.allowedIps, victim.addresses);
  });

  it("never fills a server over its capacity", async () => {
    await registerServer(redis, vpnServer("a"));
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        claimConnection(i % 2 === 0 ? redis : other, claim("a", { capacityPeers: 7 })),
      ),
    );
    assert.equal(results(outcomes, "ok"), 7);
    assert.equal(results(outcomes, "full"), 23);
    assert.equal((await peersOf("a")).length, 7);
  });

  it("refuses an ended session and a server that is not registered", async () => {
    await registerServer(redis, vpnServer("a"));
    const wanted = claim("a");
    await redis.set(revocationKey(wanted.sessionId), "1");
    assert.equal((await claimConnection(redis, wanted)).result, "revoked");
    assert.equal((await claimConnection(redis, claim("nowhere"))).result, "gone");
    assert.deepEqual(await peersOf("a"), []);
  });

  it("releases by connection and by session, of that account alone, and raises the epoch", async () => {
    await registerServer(redis, vpnServer("a"));
    const mine = claim("a");
    const theirs = claim("a");
    await claimConnection(redis, mine);
    await claimConnection(redis, theirs);
    const before = (await desiredPeers(redis, "a"))?.epoch ?? 0;
    assert.equal(await releaseConnection(redis, theirs.userId, mine.connectionId), false);
    assert.equal(await releaseConnection(redis, mine.userId, mine.connectionId), true);
    assert.equal(await releaseSession(redis, theirs.userId, theirs.sessionId), 1);
    assert.deepEqual(await desiredPeers(redis, "a"), { epoch: before + 2, peers: [] });
    assert.deepEqual(await listConnections(redis, mine.userId), []);
  });

  it("handshakes renew a lease; without any it is released by the next beat", async () => {
    await registerServer(redis, vpnServer("a"));
    const alive = claim("a", { leaseMs: 150 });
    const dead = claim("a", { leaseMs: 150 });
    await claimConnection(redis, alive);
    await claimConnection(redis, dead);
    await beatServer(
      redis,
      "a",
      {
        peers: 2,
        serving: true,
        handshakes: [
          { publicKey: alive.publicKey, ageSeconds: 1 },
          { publicKey: randomKey(), ageSeconds: 0 },
        ],
      },
      LEASE_MS,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    await beatServer(redis, "a", { peers: 2, serving: true, handshakes: [] }, LEASE_MS);
    assert.deepEqual(await peersOf("a"), [alive.publicKey]);
    assert.deepEqual(await listConnections(redis, dead.userId), []);
    assert.equal((await listConnections(redis, alive.userId)).length, 1);
  });

  it("an old handshake never shortens a lease", async () => {
    await registerServer(redis, vpnServer("a"));
    const wanted = claim("a");
    await claimConnection(redis, wanted);
    const [before] = await listConnections(redis, wanted.userId);
    await beatServer(
      redis,
      "a",
      { peers: 1, serving: true, handshakes: [{ publicKey: wanted.publicKey, ageSeconds: 55 }] },
      LEASE_MS,
    );
    assert.deepEqual((await listConnections(redis, wanted.userId))[0], before);
  });

  it("a server that comes with a new key has lost its tunnels: their leases end", async () => {
    const known = vpnServer("a");
    await registerServer(redis, known);
    const wanted = claim("a");
    await claimConnection(redis, wanted);
    await registerServer(redis, known);
    assert.deepEqual(await peersOf("a"), [wanted.publicKey]);
    await registerServer(redis, { ...known, publicKey: randomKey() });
    assert.deepEqual(await peersOf("a"), []);
    assert.deepEqual(await listConnections(redis, wanted.userId), []);
  });

  it("the snapshot shows a server silent after three missed beats, and serving after its first beat", async () => {
    await registerServer(redis, vpnServer("a"));
    assert.deepEqual(
      (await readSnapshot(redis)).servers.map(({ serving, silent }) => [serving, silent]),
      [[false, false]],
    );
    await beatServer(redis, "a", { peers: 3, serving: true, handshakes: [] }, LEASE_MS);
    const [seen] = (await readSnapshot(redis)).servers;
    assert.deepEqual([seen?.serving, seen?.silent, seen?.peers], [true, false, 3]);
    await redis.hincrby("sel:srv:a", "beat", -29_000);
    assert.equal((await readSnapshot(redis)).servers[0]?.silent, false);
    await redis.hincrby("sel:srv:a", "beat", -2_000);
    assert.equal((await readSnapshot(redis)).servers[0]?.silent, true);
    await redis.hincrby("sel:srv:a", "beat", -3_600_000);
    assert.deepEqual((await readSnapshot(redis)).servers, []);
    assert.equal(
      await beatServer(redis, "a", { peers: 0, serving: true, handshakes: [] }, LEASE_MS),
      undefined,
    );
  });
});
