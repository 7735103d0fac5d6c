import { CONNECTION_POOLS } from "../../services/contract/index.ts";
import type { StackConfig } from "../config.ts";
import type { Region } from "../regions.ts";
import { mostNodes } from "./node-bounds.ts";

const blocksOf = ({ cidr, userIds, tunnelIpv4, tunnelIpv6 }: Region) => ({
  cidr,
  userIds,
  tunnelIpv4,
  tunnelIpv6,
});

/**
 * What a region is for and no resource of it shows. The region's component states it as its input
 * `facts`, plain values that preview knows, for policies and the cost estimate to judge by.
 */
export function factsOf(config: StackConfig) {
  const { region, peers } = config;
  return {
    region: region.name,
    subscribers: config.subscribers,
    connections: config.connections,
    share: region.share,
    peersPerServer: config.peersPerServer,
    ...blocksOf(region),
    peers: peers.map((peer) => ({ name: peer.name, ...blocksOf(peer) })),
    pools: CONNECTION_POOLS,
    mostNodes: mostNodes(config),
    usage: {
      tierShares: config.tierShares,
      gbPerMonth: {
        FREE: config.usageGbFree,
        BASIC: config.usageGbBasic,
        PREMIUM: config.usageGbPremium,
        ULTIMATE: config.usageGbUltimate,
      },
      peakOverAveragePercent: config.peakOverAveragePercent,
      ...config.assumptions,
    },
    discountPercent: config.discountPercent,
    supportPlan: config.supportPlan,
    /** USD a month, all regions together. */
    budgets: {
      vpnServers: config.budgetVpnServers,
      database: config.budgetDatabase,
      transfer: config.budgetTransfer,
      monitoring: config.budgetMonitoring,
    },
  };
}
