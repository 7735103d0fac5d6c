import {
  AGENT,
  DATABASE_NAME,
  type HostPort,
  type RegionConfig,
  type ShardMap,
} from "../../services/contract/index.ts";
import type { StackConfig } from "../config.ts";
import type { Region } from "../regions.ts";

/** A region's block of ids is cut into this many slices; shard n owns slice n, so adding one moves nobody. */
const SLICES = 64n;
/** The e-mail directory stays on the first shards when others are added (contract: ShardMap.directory). */
const DIRECTORY_SHARDS = 2;
const MTU = 1420;
/** Carried by every VPN server inside the tunnel; the first address of the platform's block. */
const GATEWAY_IPV4 = "100.64.0.1";
const GATEWAY_IPV6 = "fd5e:7665:706e::1";

export const shardNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `shard-${index}`);

export function shardMapOf(region: Region, shards: readonly string[]): ShardMap {
  const from = BigInt(region.userIds.fromId);
  const to = BigInt(region.userIds.toId);
  const slice = (to - from + 1n) / SLICES;
  const ranges = shards.map((shard, index) => {
    const first = from + slice * BigInt(index);
    return { shard, fromId: String(first), toId: String(first + slice - 1n) };
  });
  return { version: shards.length, ranges, directory: shards.slice(0, DIRECTORY_SHARDS) };
}

/** Name of a region's API; it is also the issuer of its tokens. */
export const hostNameOf = (region: string, zone: string): string => `api.${region}.${zone}`;

/** Name of a region's CDN, for what everybody polls. */
export const cdnHostNameOf = (region: string, zone: string): string => `cdn.${region}.${zone}`;

/** Name that leads each client to the nearest region that answers. */
export const sharedHostNameOf = (zone: string): string => `api.${zone}`;

export interface Endpoints {
  readonly shards: readonly {
    readonly name: string;
    readonly primary: HostPort;
    readonly replicas: readonly HostPort[];
  }[];
  readonly cache: HostPort & { readonly user: string };
}

export function vpnSettings(capacityPeers: number): RegionConfig["vpn"] {
  return {
    udpPort: AGENT.udpPort,
    mtu: MTU,
    gatewayIpv4: GATEWAY_IPV4,
    gatewayIpv6: GATEWAY_IPV6,
    capacityPeers,
  };
}

export function regionConfigOf(
  { region, zoneName, peersPerServer }: StackConfig,
  endpoints: Endpoints,
): RegionConfig {
  const issuerOf = (name: string): string => `https://${hostNameOf(name, zoneName)}`;
  return {
    region: region.name,
    issuer: issuerOf(region.name),
    userIds: region.userIds,
    shardMap: shardMapOf(
      region,
      endpoints.shards.map(({ name }) => name),
    ),
    shards: endpoints.shards.map((shard) => ({ ...shard, database: DATABASE_NAME })),
    cache: { ...endpoints.cache, tls: true },
    tunnel: { ipv4Cidr: region.tunnelIpv4, ipv6Cidr: region.tunnelIpv6 },
    vpn: vpnSettings(peersPerServer),
    peers: region.peers.map((name) => ({ region: name, issuer: issuerOf(name) })),
    trustedHops: 1,
  };
}
