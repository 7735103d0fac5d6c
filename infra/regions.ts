import type { Region as AwsRegion } from "@pulumi/aws";
import { ENTRIES, HOME_REGION } from "../facts/regions.ts";
import type { IdRange } from "../services/contract/index.ts";
import { overlaps, parseCidr } from "./lib/cidr.ts";

/** One region of the platform: a cell with its own cluster, shards, cache and VPN servers. */
export interface Region {
  readonly name: string;
  readonly awsRegion: AwsRegion;
  /** Three or four availability zones; config may name others than the catalogue. */
  readonly zones: readonly string[];
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

/** What is written down of a region (facts/regions.ts); the rest follows from its place in the catalogue. */
export interface Entry {
  /** AWS's name of the region. */
  readonly name: AwsRegion;
  /** Number of its blocks of addresses and ids, 1 to 6, for ever. */
  readonly block: number;
  /** Weight among all regions by the subscribers who live there. */
  readonly weight: number;
}

/** Where an account lacks one of them, or EKS refuses it there, config names others (`zones`). */
const zonesOf = (awsRegion: string): string[] => ["a", "b", "c"].map((zone) => awsRegion + zone);

/** Whether a name is a zone of the region itself, and not a Local Zone of it (us-east-1-bos-1a). */
export const isZoneOf = (awsRegion: string, zone: string): boolean =>
  zone.startsWith(awsRegion) && /^[a-z]$/.test(zone.slice(awsRegion.length));

/** Where all tunnel addresses lie (RFC 6598). */
export const TUNNEL_BLOCK = "100.64.0.0/10";

/** Whether a region's stack owns what its platform has once; a region without peers is a platform. */
export const isHome = ({ name, peers }: Region): boolean =>
  name === HOME_REGION || peers.length === 0;

/** The embedded cloud's region, a platform of its own; block 0 holds addresses that every VPN server carries. */
const LOCAL: Region = {
  name: "local",
  awsRegion: "us-east-1",
  zones: zonesOf("us-east-1"),
  ...block(7),
  share: 1,
  peers: [],
};

/** The catalogue of a platform with these regions, and of `local` beside it. */
export function catalogue(entries: readonly Entry[]): readonly Region[] {
  const whole = entries.reduce((sum, { weight }) => sum + weight, 0);
  const names = entries.map(({ name }) => name);
  const platform = entries.map(({ name, block: number, weight }) => ({
    name,
    awsRegion: name,
    zones: zonesOf(name),
    ...block(number),
    share: weight / whole,
    peers: names.filter((other) => other !== name),
  }));
  return [LOCAL, ...platform];
}

export const REGIONS = catalogue(ENTRIES);

const stackOf = ({ name }: Region): string =>
  name === "local" ? name : name === HOME_REGION ? "prod" : `prod-${name}`;

/** `local` is itself, `prod` is the home region, `prod-<region>` another; nothing overrides the name. */
export function regionOfStack(stack: string, regions = REGIONS): Region {
  const region = regions.find((candidate) => stackOf(candidate) === stack);
  if (region === undefined) {
    throw new Error(
      `stack "${stack}" names no region of the catalogue; stacks: ${regions.map(stackOf).join(", ")}`,
    );
  }
  return region;
}

const rangesOverlap = (a: IdRange, b: IdRange): boolean =>
  BigInt(a.fromId) <= BigInt(b.toId) && BigInt(b.fromId) <= BigInt(a.toId);

function faultsOfPair(a: Region, b: Region): string[] {
  const pair = `regions ${a.name} and ${b.name}`;
  const blocksOverlap = (one: string, other: string): boolean =>
    overlaps(parseCidr(one), parseCidr(other));
  return [
    ...(blocksOverlap(a.cidr, b.cidr) ? [`cidr of ${pair} overlap: ${a.cidr}, ${b.cidr}`] : []),
    ...(blocksOverlap(a.tunnelIpv4, b.tunnelIpv4)
      ? [`tunnelIpv4 of ${pair} overlap: ${a.tunnelIpv4}, ${b.tunnelIpv4}`]
      : []),
    ...(a.tunnelIpv6 === b.tunnelIpv6
      ? [`tunnelIpv6 of ${pair} is the same: ${a.tunnelIpv6}`]
      : []),
    ...(rangesOverlap(a.userIds, b.userIds) ? [`userIds of ${pair} overlap`] : []),
  ];
}

function faultsOfRegion(region: Region, names: readonly string[]): string[] {
  const { name, awsRegion, zones, tunnelIpv4, peers } = region;
  const tunnels = parseCidr(tunnelIpv4);
  const platform = parseCidr(TUNNEL_BLOCK);
  const inside = tunnels.prefix >= platform.prefix && overlaps(tunnels, platform);
  return [
    ...(inside ? [] : [`tunnelIpv4 of ${name} is ${tunnelIpv4}: it lies outside ${TUNNEL_BLOCK}`]),
    ...zones
      .filter((zone) => !isZoneOf(awsRegion, zone))
      .map((zone) => `zone ${zone} of ${name} is not in ${awsRegion}`),
    ...peers
      .filter((peer) => !names.includes(peer))
      .map((peer) => `peer ${peer} of ${name} is not in the catalogue`),
  ];
}

/** What is wrong with a catalogue, one sentence each; empty: nothing. */
export function catalogueFaults(regions: readonly Region[]): string[] {
  const names = regions.map(({ name }) => name);
  const pairs = regions.flatMap((a, index) =>
    regions.slice(index + 1).map((b) => faultsOfPair(a, b)),
  );
  // Regions with peers make one platform; `local` stands alone.
  const share = regions
    .filter(({ name }) => name !== "local")
    .reduce((sum, region) => sum + region.share, 0);
  const shares =
    Math.abs(share - 1) < 1e-9 ? [] : [`shares of the subscribers add up to ${share}, not 1`];
  return [
    ...regions.flatMap((region) => faultsOfRegion(region, names)),
    ...pairs.flat(),
    ...shares,
  ];
}
