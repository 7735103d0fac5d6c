import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { PeerSet, type Peer } from "../../../../services/agent/domain/peers.ts";

const peer = (n: number, key = `key-${n}`): Peer => ({
  publicKey: key,
  allowedIps: [`100.64.${n >> 8}.${n & 255}/32`],
});
const peers = (count: number): Peer[] => Array.from({ length: count }, (_, index) => peer(index));
const keys = (set: PeerSet): string[] =>
  set
    .list()
    .map(({ publicKey }) => publicKey)
    .sort();

describe("the peers of a server", () => {
  it("an empty list with the same epoch removes nobody", () => {
    const set = new PeerSet(peers(10), 7);
    assert.deepEqual(set.reconcile([], 7, set.mark()), {
      added: 0,
      removed: 0,
      refused: { missing: 10, why: "shrink" },
    });
    assert.equal(set.size, 10);
  });

  it("a halved, an older and a single-peer list remove nobody", () => {
    for (const [list, epoch] of [
      [peers(5), 7],
      [peers(9), 6],
      [[], 0],
    ] as const) {
      const set = new PeerSet(peers(10), 7);
      set.reconcile(list, epoch, set.mark());
      assert.equal(set.size, 10);
    }
    const single = new PeerSet(peers(1), 7);
    single.reconcile([], 7, single.mark());
    assert.equal(single.size, 1);
  });

  it("a fifth may leave without a newer epoch, anything with one", () => {
    const set = new PeerSet(peers(10), 7);
    assert.deepEqual(set.reconcile(peers(8), 7, set.mark()), { added: 0, removed: 2 });
    assert.deepEqual(set.reconcile([], 8, set.mark()), { added: 0, removed: 8 });
    assert.equal(set.epoch, 8);
  });

  it("a refused list still adds", () => {
    const set = new PeerSet(peers(10), 7);
    assert.equal(set.reconcile([peer(99)], 7, set.mark()).added, 1);
    assert.equal(set.size, 11);
  });

  it("a control plane that lost everything and counts anew removes no peer, not even later with newer epochs", () => {
    const set = new PeerSet(peers(10), 500);
    set.reconcile([], 0, set.mark());
    set.add(peer(50), 1);
    set.reconcile([peer(50)], 1, set.mark());
    set.reconcile([peer(50), peer(51)], 2, set.mark());
    assert.equal(set.size, 12);
    set.reconcile([peer(51)], 3, set.mark());
    assert.deepEqual(
      keys(set).filter((key) => key.length > 5),
      ["key-51"],
    );
    assert.equal(
      set.dropIdleOrphans((key) => key === "key-3"),
      1,
    );
    assert.equal(set.size, 10);
  });

  it("orphans that a later list names are ordinary peers again", () => {
    const set = new PeerSet(peers(10), 7);
    set.reconcile([], 7, set.mark());
    set.reconcile(peers(10), 7, set.mark());
    assert.equal(
      set.dropIdleOrphans(() => true),
      0,
    );
    assert.equal(set.reconcile(peers(2), 8, set.mark()).removed, 8);
  });

  it("a push that arrives while a list is under way outlasts that list", () => {
    const set = new PeerSet(peers(3), 7);
    const mark = set.mark();
    set.add(peer(9), 8);
    set.remove("key-0", 9);
    set.reconcile(peers(3), 8, mark);
    assert.deepEqual(keys(set), ["key-1", "key-2", "key-9"]);
    set.reconcile(peers(2), 10, set.mark());
    assert.deepEqual(keys(set), ["key-0", "key-1"]);
  });

  it("an address has one peer: the newer takes it", () => {
    const set = new PeerSet([peer(1)], 0);
    set.add(peer(1, "rotated"), 1);
    assert.deepEqual(keys(set), ["rotated"]);
  });

  it("over 20,000 random pushes, lost pushes and reconciles it ends equal to what is wanted", () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % below;
    };
    const wanted = new Map<string, Peer>();
    const set = new PeerSet();
    let epoch = 0;
    for (let step = 0; step < 20_000; step++) {
      const item = peer(random(200));
      const isAdd = random(2) === 0;
      if (isAdd === wanted.has(item.publicKey)) continue;
      epoch += 1;
      if (isAdd) wanted.set(item.publicKey, item);
      else wanted.delete(item.publicKey);
      const isLost = random(10) === 0;
      if (!isLost && isAdd) set.add(item, epoch);
      if (!isLost && !isAdd) set.remove(item.publicKey, epoch);
      if (random(100) === 0) {
        set.reconcile([...wanted.values()], epoch, set.mark());
        assert.deepEqual(keys(set), [...wanted.keys()].sort());
      }
    }
  });
});
