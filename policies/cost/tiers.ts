import { marginalPrice, type Gibibytes, type Tier } from "./prices.ts";
import type { Plan, PlanTier } from "./plan.ts";
import { gigabytesByTier, type UsageCost } from "./usage-cost.ts";
import type { Usage } from "./usage.ts";

/** A tier's month in a region, USD. */
export interface TierCost {
  readonly tier: PlanTier["tier"];
  readonly subscribers: number;
  readonly revenue: number;
  /** Its part of the transfer by GB, and of all else by subscribers. */
  readonly cost: number;
  /** GB a month of one subscriber whose transfer, at the price of the next GB, costs what he pays. */
  readonly breakEvenGb: Gibibytes;
  readonly gb: Gibibytes;
  /** Its part of what use costs, 0 to 1. */
  readonly shareOfUsage: number;
}

export function tierCosts(
  plan: Plan,
  usage: Usage,
  cost: UsageCost,
  fixed: number,
  egress: readonly Tier[],
): readonly TierCost[] {
  const gigabytes = gigabytesByTier(plan, usage);
  const all = gigabytes.reduce((sum, gb) => sum + gb, 0);
  const marginal = marginalPrice(egress, cost.transferGb) * usage.tunnelOverhead;
  const others = cost.total - cost.transfer;
  return plan.tiers.map(({ tier, part, price }, index) => {
    const gb = gigabytes[index] ?? 0;
    const subscribers = plan.subscribers * part;
    const used = (all > 0 ? cost.transfer * (gb / all) : 0) + others * part;
    return {
      tier,
      subscribers,
      revenue: subscribers * price,
      cost: used + fixed * part,
      breakEvenGb: marginal > 0 ? price / marginal : 0,
      gb,
      shareOfUsage: cost.total > 0 ? used / cost.total : 0,
    };
  });
}
