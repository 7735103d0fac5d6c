import { z } from "zod";
import { DISCOUNTED, MOST_DISCOUNT_PERCENT, SUPPORT_PLANS } from "../facts/contract-terms.ts";
import { PLAN } from "../facts/plan.ts";
import type { Key } from "./config-key.ts";
import { assumptions, count, discounts, estimate, percentages } from "./config-shapes.ts";

/** Whom the region serves, what they are assumed to use, and what that may cost. */
export const USE_KEYS = {
  subscribers: {
    schema: count(1, 50_000_000),
    type: "integer",
    default: PLAN.subscribers,
    description: "Subscribers of the whole platform; the region serves its share of them",
  },
  connections: {
    schema: count(1, 100_000_000),
    type: "integer",
    default: PLAN.connections,
    description: "Live connections of the whole platform at its peak",
  },
  tierShares: {
    schema: percentages,
    type: "array",
    items: "integer",
    default: [50, 25, 15, 10],
    description: "Percentage of subscribers on FREE, BASIC, PREMIUM and ULTIMATE",
  },
  usageGbFree: {
    schema: estimate(0, 100_000),
    type: "array",
    items: "integer",
    default: [1, 3, 10],
    description: "GB a month of a FREE subscriber: low, expected, high",
  },
  usageGbBasic: {
    schema: estimate(0, 100_000),
    type: "array",
    items: "integer",
    default: [10, 25, 80],
    description: "GB a month of a BASIC subscriber: low, expected, high",
  },
  usageGbPremium: {
    schema: estimate(0, 100_000),
    type: "array",
    items: "integer",
    default: [25, 60, 150],
    description: "GB a month of a PREMIUM subscriber: low, expected, high",
  },
  usageGbUltimate: {
    schema: estimate(0, 100_000),
    type: "array",
    items: "integer",
    default: [50, 120, 300],
    description: "GB a month of an ULTIMATE subscriber: low, expected, high",
  },
  peakOverAveragePercent: {
    schema: estimate(100, 1_000),
    type: "array",
    items: "integer",
    default: [190, 220, 300],
    description: "Traffic of the busiest hour in percent of the average: low, expected, high",
  },
  peersPerServer: {
    schema: count(100, PLAN.peersPerServer),
    type: "integer",
    default: PLAN.peersPerServer,
    description: "Peers that one VPN server holds",
  },
  assumptions: {
    schema: assumptions,
    type: "object",
    default: {},
    description:
      "Assumptions of [facts/assumptions.ts](facts/assumptions.ts) in place of theirs: a number, or [low, expected, high], by name, e.g. `utilisation`, `onlineAtPeak`, `gbitPerVcpu`, `sameRegionShare`",
  },
  discountPercent: {
    schema: discounts,
    type: "object",
    default: {},
    description: `Percent that a contract takes off list prices, 0 to ${MOST_DISCOUNT_PERCENT}, by ${DISCOUNTED.join(", ")}`,
  },
  supportPlan: {
    schema: z.enum(SUPPORT_PLANS),
    type: "string",
    default: "none",
    description: "AWS support plan of the account: none, developer or business",
  },
  budgetVpnServers: {
    schema: count(1, 100_000_000),
    type: "integer",
    default: PLAN.budgets.vpnServers,
    description: "USD a month for VPN servers, all regions together",
  },
  budgetDatabase: {
    schema: count(1, 100_000_000),
    type: "integer",
    default: PLAN.budgets.database,
    description: "USD a month for database and caching, all regions together",
  },
  budgetTransfer: {
    schema: count(1, 100_000_000),
    type: "integer",
    default: PLAN.budgets.transfer,
    description: "USD a month for CDN and network transfer, all regions together",
  },
  budgetMonitoring: {
    schema: count(1, 100_000_000),
    type: "integer",
    default: PLAN.budgets.monitoring,
    description: "USD a month for monitoring and operations, all regions together",
  },
} as const satisfies Record<string, Key>;
