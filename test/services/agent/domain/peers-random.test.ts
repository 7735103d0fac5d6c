import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { PeerSet, type Peer } from "../../../../services/agent/domain/peers.ts";

const KEYS = 8;
/** Fewer addresses than keys, so that keys fight over them as a rotated device's do. */
const ADDRESSES = 5;

type Step =
  | {
      readonly do: "add" | "remove";
      readonly key: number;
      readonly address: number;
      readonly lost: boolean;
    }
  | { readonly do: "list" | "crash" | "halved" | "empty" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("add" as const, "remove" as const),
      key: fc.nat(KEYS - 1),
      address: fc.nat(ADDRESSES - 1),
      lost: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("list" as const, "crash" as const, "halved" as const, "empty" as const),
    }),
  },
);

const sorted = (peers: readonly Peer[]): Peer[] =>
  [...peers].sort((a, b) => a.publicKey.localeCompare(b.publicKey));

/** A control plane that keeps addresses unique and counts each change, as the selector's scripts do. */
class ControlPlane {
  readonly peers = new Map<string, string>();
  epoch = 0;

  add(key: string, address: string): Peer & { readonly epoch: number } {
    for (const [other, owned] of this.peers)
      if (owned === address && other !== key) this.peers.delete(other);
    this.peers.set(key, address);
    this.epoch += 1;
    return { publicKey: key, allowedIps: [address], epoch: this.epoch };
  }

  list(): Peer[] {
    return [...this.peers].map(([publicKey, address]) => ({ publicKey, allowedIps: [address] }));
  }
}

function assertUniqueAddresses(set: PeerSet): void {
  const owned = set.list().flatMap(({ allowedIps }) => allowedIps);
  assert.equal(new Set(owned).size, owned.length, "an address has two peers");
}

describe("the peers of a server, over random histories", () => {
  it("one true list ends every history of lost pushes, broken lists and crashes equal to what is wanted", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const control = new ControlPlane();
        let set = new PeerSet();
        for (const action of steps) {
          if (action.do === "add") {
            const { epoch, ...peer } = control.add(
              `key-${action.key}`,
              `100.64.0.${action.address}/32`,
            );
            if (!action.lost) set.add(peer, epoch);
          } else if (action.do === "remove") {
            const key = `key-${action.key}`;
            if (!control.peers.delete(key)) continue;
            control.epoch += 1;
            if (!action.lost) set.remove(key, control.epoch);
          } else if (action.do === "list") set.reconcile(control.list(), control.epoch, set.mark());
          else if (action.do === "crash") set = new PeerSet(set.list(), set.epoch);
          else if (!set.hasGap) {
            // A broken answer of the epoch that is applied. (An older one means a control plane that
            // lost its state: what it lacks then stays on purpose, see the other suite.)
            const list = control.list();
            set.reconcile(
              action.do === "empty" ? [] : list.slice(0, list.length / 2),
              set.epoch,
              set.mark(),
            );
          }
          assertUniqueAddresses(set);
        }
        set.reconcile(control.list(), control.epoch, set.mark());
        assert.deepEqual(sorted(set.list()), sorted(control.list()));
      }),
      { numRuns: 500, seed: 20261124 },
    );
  });

  it("no sequence of empty or stale lists removes a peer, whatever number they carry", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
        (count, epochs) => {
          const peers = Array.from({ length: count }, (_, n) => ({
            publicKey: `key-${n}`,
            allowedIps: [`100.64.0.${n}/32`],
          }));
          const set = new PeerSet(peers, 7);
          for (const epoch of epochs) set.reconcile([], Math.min(epoch, set.epoch), set.mark());
          assert.equal(set.size, count);
        },
      ),
      { seed: 20261124 },
    );
  });

  it("a list in which some items are garbled removes nobody, not even with a newer epoch", () => {
    const peers = Array.from({ length: 10 }, (_, n) => ({
      publicKey: `key-${n}`,
      allowedIps: [`100.64.0.${n}/32`],
    }));
    const set = new PeerSet(peers, 7);
    assert.deepEqual(set.reconcile(peers.slice(0, 4), 8, set.mark(), 6), {
      added: 0,
      removed: 0,
      refused: { missing: 6, why: "garbled" },
    });
    assert.equal(set.size, 10);
    assert.equal(
      set.reconcile(peers.slice(0, 4), 8, set.mark()).removed,
      6,
      "the whole list of that epoch is taken",
    );
  });

  it("a push that follows a lost one says so, and the list of its epoch is taken whole", () => {
    const set = new PeerSet(
      [0, 1, 2, 3].map((n) => ({ publicKey: `key-${n}`, allowedIps: [`100.64.0.${n}/32`] })),
      7,
    );
    assert.equal(set.hasGap, false);
    set.remove("key-0", 8);
    assert.equal(set.hasGap, false);
    set.remove("key-1", 11);
    assert.equal(set.hasGap, true);
    assert.deepEqual(set.reconcile([], 11, set.mark()), { added: 0, removed: 2 });
    assert.equal(set.hasGap, false);
  });
});
