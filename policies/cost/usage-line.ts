import type { SupportPlan } from "../../facts/contract-terms.ts";
import type { PlannedStack } from "../lib/rule.ts";
import type { Component, Plan } from "./plan.ts";
import type { Price, PriceTable } from "./prices.ts";

/** One line of what use costs. */
export interface UsageLine {
  readonly component: Component;
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  readonly monthly: number;
  readonly prices: readonly Price[];
}

export interface UsageContext {
  readonly stack: PlannedStack;
  readonly table: PriceTable;
  readonly region: string;
  readonly plan: Plan;
  readonly peersPerServer: number;
  /** Live connections of the region at its peak. */
  readonly connections: number;
  readonly supportPlan: SupportPlan;
  /** What the region costs without any use, USD a month. */
  readonly fixed: number;
}

export const line = (
  component: Component,
  item: string,
  quantity: number,
  price: Price,
): UsageLine => ({
  component,
  item,
  quantity,
  unit: price.unit,
  monthly: quantity * price.usd,
  prices: [price],
});
