import type { Region } from "../regions.ts";
import { formatCidr, parseCidr, subnet } from "./cidr.ts";

/** The kinds of subnet, one of each per zone. */
export type Tier = "public" | "private" | "data" | "endpoint";

/** Prefix length of every subnet: 4,091 addresses for each. */
const BLOCK_PREFIX = 20;
/** Longest prefix of a VPC that holds all of them. */
export const MAX_VPC_PREFIX = 16;

/** A fleet that loses one zone must carry the peak on two. */
export const MIN_ZONES = 3;
/** Blocks of a kind before the next kind's begin. */
export const MAX_ZONES = 4;

/** Number of a kind's first /20 in the VPC; a zone takes the next one, and a fourth zone still fits. */
const FIRST_BLOCK: Readonly<Record<Tier, number>> = {
  private: 0,
  public: 4,
  endpoint: 8,
  data: 12,
};

/** Block of a kind in the zone with that index. */
export function subnetCidr(region: Pick<Region, "cidr">, tier: Tier, zoneIndex: number): string {
  return formatCidr(subnet(parseCidr(region.cidr), BLOCK_PREFIX, FIRST_BLOCK[tier] + zoneIndex));
}

/** Blocks of a kind in all zones of a region, in their order. */
export function tierCidrs(region: Pick<Region, "cidr" | "zones">, tier: Tier): string[] {
  return region.zones.map((_, index) => subnetCidr(region, tier, index));
}
