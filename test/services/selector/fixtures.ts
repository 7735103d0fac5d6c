import { createPublicKey, randomBytes, randomUUID, type KeyObject } from "node:crypto";
import {
  AGENT_TOKEN_AUDIENCE,
  TOKEN_AUDIENCE,
  type AccessClaims,
  type RegionConfig,
  type Tier,
} from "../../../services/contract/index.ts";
import type { ServerState, VpnServer } from "../../../services/selector/domain/server.ts";
import { signAccessToken, signingKeyFromSeed } from "../../../services/shared/jwt.ts";

export const signingKey = signingKeyFromSeed("ab".repeat(32));
export const verificationKeys = new Map<string, KeyObject>([
  [signingKey.kid, createPublicKey(signingKey.privateKey)],
]);

export const region: RegionConfig = {
  region: "local",
  issuer: "https://api.local.securevpn.test",
  userIds: { fromId: "1", toId: "1000000" },
  shardMap: {
    version: 1,
    ranges: [{ fromId: "1", toId: "1000000", shard: "shard-0" }],
    directory: ["shard-0"],
  },
  shards: [
    {
      name: "shard-0",
      database: "securevpn",
      primary: { host: "127.54.0.99", port: 15432 },
      replicas: [],
    },
  ],
  cache: { host: "127.54.0.1", port: 16379, user: "default", tls: false },
  tunnel: { ipv4Cidr: "100.64.0.0/13", ipv6Cidr: "fd5e:7665:706e::/64" },
  vpn: {
    udpPort: 51820,
    mtu: 1420,
    gatewayIpv4: "100.64.0.1",
    gatewayIpv6: "fd5e:7665:706e::1",
    capacityPeers: 100,
  },
  peers: [],
  trustedHops: 1,
};

/** A public key that a device could have. */
export function randomKey(): string {
  const bytes = randomBytes(32);
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  return bytes.toString("base64");
}

let users = 1000;
/** A user id that no other call gave. */
export const newUser = (): string => String(users++);

export interface Caller {
  readonly token: string;
  readonly claims: AccessClaims;
}

let devices = 16;
/** A signed access token with a device of its own. */
export function caller(
  options: { user?: string; tier?: Tier; device?: boolean; session?: string } = {},
): Caller {
  const now = Math.floor(Date.now() / 1000);
  const index = devices++;
  const device = {
    did: randomUUID(),
    dpk: randomKey(),
    tun: [`100.64.${index >> 8}.${index & 255}/32`, `fd5e:7665:706e::${index.toString(16)}/128`],
  };
  const claims: AccessClaims = {
    iss: region.issuer,
    aud: TOKEN_AUDIENCE,
    sub: options.user ?? newUser(),
    iat: now,
    exp: now + 900,
    jti: randomUUID(),
    sid: options.session ?? randomUUID(),
    tier: options.tier ?? "ULTIMATE",
    ...(options.device === false ? {} : device),
  };
  return { claims, token: signAccessToken(signingKey, claims) };
}

export function server(id: string, changes: Partial<ServerState> = {}): ServerState {
  return {
    ...vpnServer(id),
    peers: 0,
    silent: false,
    serving: true,
    draining: false,
    latencyMs: undefined,
    ...changes,
  };
}

export function vpnServer(id: string, changes: Partial<VpnServer> = {}): VpnServer {
  return {
    id,
    region: "local",
    zone: "us-east-1a",
    host: "203.0.113.7",
    port: 51820,
    publicKey: randomKey(),
    minTier: "FREE",
    capacityPeers: 100,
    ...changes,
  };
}

/** Deterministic numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A TokenReview's answer for an agent of a node. */
export function reviewOf(node: string, changes: Record<string, unknown> = {}): unknown {
  return {
    status: {
      authenticated: true,
      audiences: [AGENT_TOKEN_AUDIENCE],
      user: {
        username: "system:serviceaccount:securevpn-vpn:vpn-server",
        extra: { "authentication.kubernetes.io/node-name": [node] },
      },
      ...changes,
    },
  };
}
