import ipaddr from "ipaddr.js";

/** Left for gateways and the like at the start of a region's block. */
const RESERVED = 16n;

/**
 * Tunnel addresses of the n-th device of a region (n from 1), unique over the fleet since regions'
 * blocks do not overlap: `["100.64.0.17/32", "fd5e:...::17/128"]`. Throws when the block is used up.
 */
export function tunnelAddresses(
  index: bigint,
  tunnel: { readonly ipv4Cidr: string; readonly ipv6Cidr: string },
): [string, string] {
  const [network, prefix] = ipaddr.IPv4.parseCIDR(tunnel.ipv4Cidr);
  const offset = RESERVED + index;
  if (index < 1n || offset >= 2n ** BigInt(32 - prefix) - 1n)
    throw new RangeError(`tunnel address ${index} lies outside of ${tunnel.ipv4Cidr}`);
  const base = network.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) + offset;
  const v4 = [24n, 16n, 8n, 0n].map((shift) => String((base >> shift) & 255n)).join(".");
  const [network6] = ipaddr.IPv6.parseCIDR(tunnel.ipv6Cidr);
  const bytes = network6.toByteArray();
  for (let at = 15, rest = offset; at >= 8; at--, rest >>= 8n) bytes[at] = Number(rest & 255n);
  return [`${v4}/32`, `${ipaddr.fromByteArray(bytes).toString()}/128`];
}
