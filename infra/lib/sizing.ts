/**
 * Sizes as arithmetic. Today they are one figure and what config asks for; the calculation from
 * subscribers and traffic takes the same place.
 */

/** Peers that one VPN server may hold; 200,000 live connections are 20 servers of this size. */
export const PEERS_PER_SERVER = 10_000;

/** VPN servers of a region: one on every endpoint node. */
export function vpnServerCount(zones: readonly string[], nodesPerZone: number): number {
  return zones.length * nodesPerZone;
}
