import type { IdRange } from "../services/contract/index.ts";
import { overlaps, parseCidr } from "./lib/cidr.ts";

/** One region of the platform: a cell with its own cluster, shards, cache and VPN servers. */
export interface Region {
  readonly name: string;
  readonly awsRegion: string;
  /** Three availability zones: a fleet that loses one must carry the peak on two. */
  readonly zones: readonly [string, string, string];
  readonly cidr: string;
  /** Block of user ids; it says for ever where an account lives. */
  readonly userIds: IdRange;
  /** Tunnel addresses of the region's devices, unique over all regions. */
  readonly tunnelIpv4: string;
  readonly tunnelIpv6: string;
  /** Share of all subscribers who live here, 0 to 1. */
  readonly share: number;
  /** Names of the other regions of the same platform. */
  readonly peers: readonly string[];
}

/** Blocks are cut by number, so that a new region takes the next number and nothing moves. */
function block(number: number): Pick<Region, "cidr" | "userIds" | "tunnelIpv4" | "tunnelIpv6"> {
  const size = 2n ** 55n;
  const from = BigInt(number) * size;
  return {
    cidr: `10.${16 * number}.0.0/16`,
    userIds: { fromId: String(from), toId: String(from + size - 1n) },
    tunnelIpv4: `100.${64 + 8 * number}.0.0/13`,
    tunnelIpv6: `fd5e:7665:706e:${number}::/64`,
  };
}

const PLATFORM = ["us-east-1", "eu-central-1", "ap-southeast-1"];
const peersOf = (name: string): string[] => PLATFORM.filter((other) => other !== name);
const zonesOf = (awsRegion: string): [string, string, string] => [`${awsRegion}a`, `${awsRegion}b`, `${awsRegion}c`];

/** Where all tunnel addresses lie (RFC 6598). */
export const TUNNEL_BLOCK = "100.64.0.0/10";

/** The home region of the platform: it owns what exists once (the shared name's certificate record). */
export const HOME_REGION = "us-east-1";

/** Block 0 is the platform's own (addresses that every VPN server carries); local takes the last. */
export const REGIONS: readonly Region[] = [
  // The embedded cloud's region, a platform of its own.
  { name: "local", awsRegion: "us-east-1", zones: zonesOf("us-east-1"), ...block(7), share: 1, peers: [] },
  { name: "us-east-1", awsRegion: "us-east-1", zones: zonesOf("us-east-1"), ...block(1), share: 0.5, peers: peersOf("us-east-1") },
  { name: "eu-central-1", awsRegion: "eu-central-1", zones: zonesOf("eu-central-1"), ...block(2), share: 0.3, peers: peersOf("eu-central-1") },
  { name: "ap-southeast-1", awsRegion: "ap-southeast-1", zones: zonesOf("ap-southeast-1"), ...block(3), share: 0.2, peers: peersOf("ap-southeast-1") },
];

/** `local` is itself, `prod` is the home region, `prod-<region>` is that region; nothing overrides it. */
export function regionOfStack(stack: string, regions = REGIONS): Region {
  const wanted = stack === "prod" ? HOME_REGION : stack.startsWith("prod-") ? stack.slice("prod-".length) : stack;
  const region = regions.find(({ name }) => name === wanted);
  if (region === undefined || (wanted === "local") !== (stack === "local")) {
    const allowed = regions.map(({ name }) => (name === "local" ? "local" : name === HOME_REGION ? "prod" : `prod-${name}`));
    throw new Error(`stack "${stack}" names no region of the catalogue; stacks: ${allowed.join(", ")}`);
  }
  return region;
}

/** What is wrong with a catalogue, one sentence each; empty: nothing. */
export function catalogueFaults(regions: readonly Region[]): string[] {
  const faults: string[] = [];
  for (const [index, a] of regions.entries()) {
    for (const b of regions.slice(index + 1)) {
      const pair = `regions ${a.name} and ${b.name}`;
      if (overlaps(parseCidr(a.cidr), parseCidr(b.cidr))) faults.push(`cidr of ${pair} overlap: ${a.cidr}, ${b.cidr}`);
      if (overlaps(parseCidr(a.tunnelIpv4), parseCidr(b.tunnelIpv4))) faults.push(`tunnelIpv4 of ${pair} overlap`);
      if (a.tunnelIpv6 === b.tunnelIpv6) faults.push(`tunnelIpv6 of ${pair} is the same`);
      if (BigInt(a.userIds.fromId) <= BigInt(b.userIds.toId) && BigInt(b.userIds.fromId) <= BigInt(a.userIds.toId)) {
        faults.push(`userIds of ${pair} overlap`);
      }
    }
  }
  return faults;
}
