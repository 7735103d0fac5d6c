import type { PeerActivity } from "./wireguard-files.ts";

export interface Handshake {
  readonly publicKey: string;
  readonly ageSeconds: number;
}

interface Known {
  /** First seen without a handshake, or the last handshake: Unix seconds. */
  aliveAt: number;
  handshakeAt: number;
  reportedAt: number;
  rxBytes: number;
  txBytes: number;
}

/** What the peers do, from one look at the interface to the next. Counters restart when a peer is reset. */
export class Activity {
  readonly #known = new Map<string, Known>();
  #rxBytes = 0;
  #txBytes = 0;

  /** Bytes from and to all peers since the start. */
  get transfer(): { readonly rxBytes: number; readonly txBytes: number } {
    return { rxBytes: this.#rxBytes, txBytes: this.#txBytes };
  }

  observe(peers: readonly PeerActivity[], nowSeconds: number): void {
    const present = new Set(peers.map(({ publicKey }) => publicKey));
    for (const key of this.#known.keys()) if (!present.has(key)) this.#known.delete(key);
    for (const { publicKey, handshakeAt, rxBytes, txBytes } of peers) {
      const known = this.#known.get(publicKey) ?? {
        aliveAt: nowSeconds,
        handshakeAt: 0,
        reportedAt: 0,
        rxBytes: 0,
        txBytes: 0,
      };
      this.#rxBytes += rxBytes >= known.rxBytes ? rxBytes - known.rxBytes : rxBytes;
      this.#txBytes += txBytes >= known.txBytes ? txBytes - known.txBytes : txBytes;
      known.rxBytes = rxBytes;
      known.txBytes = txBytes;
      known.handshakeAt = handshakeAt;
      known.aliveAt = Math.max(known.aliveAt, handshakeAt);
      this.#known.set(publicKey, known);
    }
  }

  /** Handshakes that have not been reported, at most `limit`, oldest first. */
  unreported(limit: number, nowSeconds: number): Handshake[] {
    return [...this.#known]
      .filter(([, known]) => known.handshakeAt > known.reportedAt)
      .sort(([, a], [, b]) => a.handshakeAt - b.handshakeAt)
      .slice(0, limit)
      .map(([publicKey, known]) => ({
        publicKey,
        ageSeconds: Math.max(0, nowSeconds - known.handshakeAt),
      }));
  }

  /** The control plane has taken a report that was made at `nowSeconds`. */
  reported(handshakes: readonly Handshake[], nowSeconds: number): void {
    for (const { publicKey, ageSeconds } of handshakes) {
      const known = this.#known.get(publicKey);
      if (known !== undefined) known.reportedAt = nowSeconds - ageSeconds;
    }
  }

  /** Peers with a handshake in the last `seconds`. */
  countActive(seconds: number, nowSeconds: number): number {
    return [...this.#known.values()].filter(
      ({ handshakeAt }) => handshakeAt > 0 && nowSeconds - handshakeAt <= seconds,
    ).length;
  }

  /** Whether a peer has been without a handshake for so long; one that was never seen is not known to be. */
  isIdle(publicKey: string, seconds: number, nowSeconds: number): boolean {
    const known = this.#known.get(publicKey);
    return known !== undefined && nowSeconds - known.aliveAt > seconds;
  }
}
