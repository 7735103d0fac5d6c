export interface Peer {
  readonly publicKey: string;
  /** Tunnel addresses, each a single one: `100.64.0.17/32`, `fd5e::11/128`. */
  readonly allowedIps: readonly string[];
}

/** State of the set when a whole list was asked for; the answer is judged by it. */
export interface Mark {
  /** Highest epoch heard of. */
  readonly epoch: number;
  /** Highest epoch of which every change is applied. */
  readonly applied: number;
  readonly sequence: number;
}

export interface Reconciled {
  readonly added: number;
  readonly removed: number;
  /** Peers that the list lacks and that stay all the same; undefined: the list was taken as it is. */
  readonly refused?: { readonly missing: number; readonly why: "garbled" | "stale" | "shrink" };
}

/** A larger part of the peers leaves only with a newer epoch. */
const MAX_SHRINK = 1 / 5;

/**
 * The peers that this server should carry. Changes come by push and are always taken; a whole list
 * may add anything but not remove a fifth without an epoch newer than what is applied, and nothing at
 * all when part of it is garbled or it is older: an empty or halved answer of a broken control plane
 * must not cut every tunnel. What an older list lacks (a control plane that lost its state) becomes an
 * orphan: it stays until a list names it again or it has been idle for longer than any lease.
 *
 * Every change of a server counts its epoch up by one, so a jump means that a push was lost.
 */
export class PeerSet {
  readonly #peers = new Map<string, readonly string[]>();
  /** Address -> key: WireGuard would silently take an address from the peer that had it. */
  readonly #owners = new Map<string, string>();
  readonly #orphans = new Set<string>();
  /** Keys that a push changed, by when: an answer that was under way then does not know. */
  readonly #pushed = new Map<string, number>();
  #sequence = 0;
  #seen: number;
  #applied: number;

  constructor(peers: readonly Peer[] = [], epoch = 0) {
    this.#seen = epoch;
    this.#applied = epoch;
    for (const peer of peers) this.#put(peer);
  }

  /** Highest epoch of which every change is applied. */
  get epoch(): number {
    return this.#applied;
  }

  /** Whether a push was lost: the whole list is needed. */
  get hasGap(): boolean {
    return this.#seen > this.#applied;
  }

  get size(): number {
    return this.#peers.size;
  }

  list(): Peer[] {
    return [...this.#peers].map(([publicKey, allowedIps]) => ({ publicKey, allowedIps }));
  }

  /** Call before asking for a whole list; one list at a time. */
  mark(): Mark {
    this.#pushed.clear();
    return { epoch: this.#seen, applied: this.#applied, sequence: this.#sequence };
  }

  /** Takes a pushed peer; false: nothing changed. */
  add(peer: Peer, epoch: number): boolean {
    this.#push(peer.publicKey, epoch);
    return this.#put(peer);
  }

  /** Takes a pushed removal; false: it was not there. */
  remove(publicKey: string, epoch: number): boolean {
    this.#push(publicKey, epoch);
    return this.#drop(publicKey);
  }

  /** Takes a whole list; `garbled` items of it could not be read and may be any of ours. */
  reconcile(list: readonly Peer[], epoch: number, mark: Mark, garbled = 0): Reconciled {
    const settled = this.#peers.size - this.#orphans.size;
    const listed = new Set(list.map(({ publicKey }) => publicKey));
    const missing = [...this.#peers.keys()].filter(
      (key) => !listed.has(key) && !this.#orphans.has(key) && !this.#isNewer(key, mark),
    );
    let added = 0;
    for (const peer of list) {
      if (this.#isNewer(peer.publicKey, mark)) continue;
      this.#orphans.delete(peer.publicKey);
      if (this.#put(peer)) added += 1;
    }
    const why = refusal(epoch, mark, missing.length > settled * MAX_SHRINK, garbled > 0);
    if (why === "stale") {
      // A control plane that lost its state counts anew: from here on its own epochs are compared.
      this.#seen = epoch;
      this.#applied = epoch;
      for (const key of missing) if (this.#peers.has(key)) this.#orphans.add(key);
    }
    if (why !== undefined && missing.length > 0)
      return { added, removed: 0, refused: { missing: missing.length, why } };
    const removed = missing.filter((key) => this.#drop(key)).length;
    if (why === undefined) this.#advance(epoch);
    return { added, removed };
  }

  /** Drops orphans that `isIdle` says have had no handshake for longer than any lease; answers how many. */
  dropIdleOrphans(isIdle: (publicKey: string) => boolean): number {
    return [...this.#orphans].filter((key) => isIdle(key) && this.#drop(key)).length;
  }

  #push(publicKey: string, epoch: number): void {
    this.#sequence += 1;
    this.#pushed.set(publicKey, this.#sequence);
    this.#orphans.delete(publicKey);
    this.#seen = Math.max(this.#seen, epoch);
    if (epoch === this.#applied + 1) this.#applied = epoch;
  }

  #advance(epoch: number): void {
    this.#applied = Math.max(this.#applied, epoch);
    this.#seen = Math.max(this.#seen, epoch);
  }

  #isNewer(publicKey: string, mark: Mark): boolean {
    return (this.#pushed.get(publicKey) ?? 0) > mark.sequence;
  }

  #put({ publicKey, allowedIps }: Peer): boolean {
    const known = this.#peers.get(publicKey);
    if (known?.join() === allowedIps.join()) return false;
    this.#drop(publicKey);
    for (const address of allowedIps) {
      const owner = this.#owners.get(address);
      if (owner !== undefined) this.#drop(owner);
      this.#owners.set(address, publicKey);
    }
    this.#peers.set(publicKey, allowedIps);
    return true;
  }

  #drop(publicKey: string): boolean {
    const known = this.#peers.get(publicKey);
    if (known === undefined) return false;
    for (const address of known)
      if (this.#owners.get(address) === publicKey) this.#owners.delete(address);
    this.#peers.delete(publicKey);
    this.#orphans.delete(publicKey);
    return true;
  }
}

/** Why a list may not remove peers; undefined: it may. */
function refusal(
  epoch: number,
  mark: Mark,
  shrinks: boolean,
  garbled: boolean,
): "garbled" | "stale" | "shrink" | undefined {
  if (epoch < mark.epoch) return "stale";
  if (garbled) return "garbled";
  return epoch <= mark.applied && shrinks ? "shrink" : undefined;
}
