/** A client device that this server should serve. */
export interface Peer {
  readonly publicKey: string;
  readonly allowedIps: readonly string[];
}

/** The whole list as the selector keeps it; `epoch` counts its changes. */
export interface PeerList {
  readonly epoch: number;
  readonly peers: readonly Peer[];
}

/** A list that is shorter by more than this is believed only when it is newer than what we have. */
const MAX_SHRINK = 0.2;

/**
 * The peers that this server should have, from pushes and full lists. It never empties itself: a
 * list that lacks more than a fifth of the peers counts only with an epoch that moved on. Two peers
 * never share an address: WireGuard would take it from one of them in silence.
 */
export class DesiredPeers {
  readonly #peers = new Map<string, Peer>();
  readonly #owners = new Map<string, string>();
  #epoch = 0;

  get epoch(): number {
    return this.#epoch;
  }

  list(): Peer[] {
    return [...this.#peers.values()];
  }

  add(peer: Peer, epoch: number): void {
    this.#put(peer);
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  remove(publicKey: string, epoch: number): void {
    this.#drop(publicKey);
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  /** Takes a full list over; answers why not, when it is refused. */
  replace(list: PeerList): string | undefined {
    if (list.epoch < this.#epoch) return "it is older than what is applied";
    const keys = new Set(list.peers.map(({ publicKey }) => publicKey));
    const gone = [...this.#peers.keys()].filter((key) => !keys.has(key));
    if (gone.length > this.#peers.size * MAX_SHRINK && list.epoch <= this.#epoch) {
      return `it lacks ${gone.length} of ${this.#peers.size} peers and is not newer`;
    }
    for (const key of gone) this.#drop(key);
    for (const peer of list.peers) this.#put(peer);
    this.#epoch = list.epoch;
    return undefined;
  }

  /** The selector's store began anew: its epochs count from zero again. */
  forgetEpoch(): void {
    this.#epoch = 0;
  }

  #put(peer: Peer): void {
    this.#drop(peer.publicKey);
    for (const address of peer.allowedIps) {
      const owner = this.#owners.get(address);
      if (owner !== undefined) this.#drop(owner);
      this.#owners.set(address, peer.publicKey);
    }
    this.#peers.set(peer.publicKey, peer);
  }

  #drop(publicKey: string): void {
    const peer = this.#peers.get(publicKey);
    if (peer === undefined) return;
    for (const address of peer.allowedIps) if (this.#owners.get(address) === publicKey) this.#owners.delete(address);
    this.#peers.delete(publicKey);
  }
}
