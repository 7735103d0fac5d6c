import type { Tier } from "../../contract/index.ts";

/** What a VPN server is; changes only when it registers. */
export interface VpnServer {
  readonly id: string;
  readonly region: string;
  readonly zone: string;
  /** Public address of its node, and the UDP port of its WireGuard interface. */
  readonly host: string;
  readonly port: number;
  /** WireGuard public key, base64. */
  readonly publicKey: string;
  /** Lowest tier that may use it. */
  readonly minTier: Tier;
  readonly capacityPeers: number;
}

/** A VPN server as one snapshot of the registry shows it. */
export interface ServerState extends VpnServer {
  /** Leases, or peers that its agent reports when those are more. */
  readonly peers: number;
  /** Three beats are missing. */
  readonly silent: boolean;
  /** Its data plane has applied a configuration and reports back. */
  readonly serving: boolean;
  /** Takes no new connection; the old ones finish. */
  readonly draining: boolean;
  /** Mean of the round trips that clients report; undefined: none has. */
  readonly latencyMs: number | undefined;
}

export const BEAT_SECONDS = 10;
/** A server that missed this many beats is out of the selection. */
export const MISSED_BEATS = 3;

export const loadOf = (server: ServerState): number => server.peers / server.capacityPeers;
