import type { IdRange, ShardMap } from "./shard-map.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * What every service of a region knows about the region, without secrets: written by the program as
 * a ConfigMap, mounted as one JSON file (`FILES.regionConfig`), parsed by services/shared.
 */
export interface RegionConfig {
  /** Catalogue name, e.g. `us-east-1`. */
  readonly region: string;
  /** Token issuer and base URL of the API, `https://api.<region>.<zone>`. */
  readonly issuer: string;
  readonly userIds: IdRange;
  readonly shardMap: ShardMap;
  readonly shards: readonly {
    readonly name: string;
    readonly database: string;
    readonly primary: HostPort;
    readonly replicas: readonly HostPort[];
  }[];
  readonly cache: HostPort & { readonly user: string; readonly tls: boolean };
  readonly tunnel: { readonly ipv4Cidr: string; readonly ipv6Cidr: string };
  readonly vpn: {
    readonly udpPort: number;
    readonly mtu: number;
    /** Address that every VPN server carries inside the tunnel: resolver and ping target. */
    readonly gatewayIpv4: string;
    readonly gatewayIpv6: string;
    readonly capacityPeers: number;
  };
  /** Other regions, for login hints and grants. */
  readonly peers: readonly { readonly region: string; readonly issuer: string }[];
  /** Proxies in front of a service whose X-Forwarded-For entry is true. */
  readonly trustedHops: number;
}
