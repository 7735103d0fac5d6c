import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Picker, type Picked } from "../../../../services/selector/domain/picker.ts";
import type { ServerState } from "../../../../services/selector/domain/server.ts";
import type { Wish } from "../../../../services/selector/domain/verdicts.ts";
import { seeded, server } from "../fixtures.ts";

const anybody: Wish = { tier: "FREE" };

function pickOf(picker: Picker, wish: Wish): Picked {
  const picked = picker.pick(wish);
  assert.ok("server" in picked, "why" in picked ? picked.why : "");
  return picked;
}

function counts(picks: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const id of picks) found.set(id, (found.get(id) ?? 0) + 1);
  return found;
}

const fleet = (
  size: number,
  of: (index: number) => Partial<ServerState> = () => ({}),
): ServerState[] =>
  Array.from({ length: size }, (_, index) =>
    server(`s${index}`, { capacityPeers: 1000, ...of(index) }),
  );

describe("picking a VPN server", () => {
  it("an empty region is a sentence, not a crash", () => {
    const picker = new Picker(seeded(1));
    assert.deepEqual(picker.pick(anybody), { why: "no VPN server is registered" });
  });

  it("says how many servers fail which constraint", () => {
    const picker = new Picker(seeded(1));
    const servers = [
      server("a", { silent: true }),
      server("b", { silent: true }),
      server("c", { draining: true }),
      server("d", { peers: 100 }),
      server("e", { minTier: "PREMIUM" }),
    ];
    picker.load({ takenAtMs: 1, servers });
    assert.deepEqual(picker.pick(anybody), { why: "2 silent, 1 draining, 1 full, 1 tier" });
    assert.deepEqual(
      picker.verdicts(anybody).map(({ reason }) => reason),
      ["silent", "silent", "draining", "full", "tier"],
    );
  });

  it("keeps to the location and the server that are asked for", () => {
    const picker = new Picker(seeded(1));
    picker.load({ takenAtMs: 1, servers: [server("a"), server("b", { zone: "us-east-1b" })] });
    for (let i = 0; i < 10; i++) {
      assert.equal(pickOf(picker, { ...anybody, location: "us-east-1b" }).server.id, "b");
      assert.equal(pickOf(picker, { ...anybody, serverId: "a" }).server.id, "a");
    }
    assert.ok("why" in picker.pick({ ...anybody, location: "nowhere" }));
  });

  it("deals equal servers evenly over 4 processes while loads are 30 s stale: max/mean is at most 1.03", () => {
    for (const size of [30, 300]) {
      const processes = [1, 2, 3, 4].map((seed) => new Picker(seeded(seed)));
      const servers = fleet(size);
      for (const picker of processes) picker.load({ takenAtMs: 1, servers });
      const picks = Array.from(
        { length: 100 * size },
        (_, i) => pickOf(processes[i % 4] ?? new Picker(Math.random), anybody).server.id,
      );
      const most = Math.max(...counts(picks).values());
      assert.ok(most / 100 <= 1.03, `${size} servers: ${most} picks of a mean of 100`);
    }
  });

  it("keeps its place in the round over new snapshots: one pick a second goes round all servers", () => {
    const picker = new Picker(seeded(9));
    const picks: string[] = [];
    for (let second = 0; second < 300; second++) {
      picker.load({ takenAtMs: second * 1000, servers: fleet(30) });
      picks.push(pickOf(picker, anybody).server.id);
    }
    assert.deepEqual(new Set(counts(picks).values()), new Set([10]));
  });

  it("sends nobody to servers above the water line, and more to emptier ones", () => {
    const picker = new Picker(seeded(5));
    picker.load({
      takenAtMs: 1,
      servers: fleet(3, (index) => ({ peers: [0, 10, 500][index] ?? 0 })),
    });
    const found = counts(Array.from({ length: 30 }, () => pickOf(picker, anybody).server.id));
    assert.equal(found.get("s2"), undefined);
    assert.ok((found.get("s0") ?? 0) > (found.get("s1") ?? 0));
  });

  it("prefers the nearer of two equally loaded servers until its load makes up for it", () => {
    const picker = new Picker(seeded(5));
    const near = server("near", { latencyMs: 10, capacityPeers: 1000 });
    const far = server("far", { latencyMs: 200, capacityPeers: 1000 });
    picker.load({ takenAtMs: 1, servers: [near, far] });
    assert.deepEqual(
      [...counts(Array.from({ length: 20 }, () => pickOf(picker, anybody).server.id)).keys()],
      ["near"],
    );
    picker.load({ takenAtMs: 60_000, servers: [{ ...near, peers: 600 }, far] });
    assert.deepEqual(
      [...counts(Array.from({ length: 20 }, () => pickOf(picker, anybody).server.id)).keys()],
      ["far"],
    );
  });

  it("leaves a server out that turned out to be full, until the next snapshot", () => {
    const picker = new Picker(seeded(2));
    const servers = fleet(3);
    picker.load({ takenAtMs: 1, servers });
    pickOf(picker, anybody);
    picker.exclude("s1");
    assert.ok(
      !counts(Array.from({ length: 20 }, () => pickOf(picker, anybody).server.id)).has("s1"),
    );
    picker.load({ takenAtMs: 2, servers });
    assert.ok(
      counts(Array.from({ length: 20 }, () => pickOf(picker, anybody).server.id)).has("s1"),
    );
  });

  it("gives a server back that was not used", () => {
    const picker = new Picker(seeded(2));
    picker.load({ takenAtMs: 1, servers: fleet(5) });
    const first = pickOf(picker, anybody).server.id;
    picker.giveBack(anybody, first);
    assert.equal(pickOf(picker, anybody).server.id, first);
  });

  it("recommends by score, with a reason for each", () => {
    const picker = new Picker(seeded(2));
    picker.load({
      takenAtMs: 1,
      servers: [server("busy", { peers: 50 }), server("idle"), server("gone", { silent: true })],
    });
    const list = picker.recommend(anybody, 5);
    assert.deepEqual(
      list.map(({ serverId, score }) => [serverId, score]),
      [
        ["idle", 0],
        ["busy", 0.35],
      ],
    );
    assert.match(list[0]?.reason ?? "", /load 0 %/);
  });
});
