import {
  DISCOUNTED,
  MOST_DISCOUNT_PERCENT,
  SUPPORT_PLANS,
  type Discounted,
  type SupportPlan,
} from "../../facts/contract-terms.ts";
import type { Level } from "../../facts/assumptions.ts";
import { at, isObject, type PlannedObject } from "../lib/planned.ts";
import { CostError } from "./errors.ts";
import { usageOf, type Usage } from "./usage.ts";

/** Everything that the judged program assumes of use and of its contract with AWS. */
export interface Assumptions {
  readonly usage: Readonly<Record<Level, Usage>>;
  /** Percent off list prices; facts/contract-terms.ts has the range. */
  readonly discountPercent: Readonly<Record<Discounted, number>>;
  readonly supportPlan: SupportPlan;
}

const shown = (value: unknown): string => JSON.stringify(value) ?? "unknown";

function discountsOf(facts: PlannedObject): Readonly<Record<Discounted, number>> {
  const stated = at(facts, "discountPercent") ?? {};
  const own = isObject(stated) ? stated : undefined;
  const wrong = Object.keys(own ?? {}).find((key) => !DISCOUNTED.some((known) => known === key));
  if (own === undefined || wrong !== undefined)
    throw new CostError(
      "discountPercent",
      `discountPercent is ${shown(stated)}: it must be percentages by ${DISCOUNTED.join(", ")}`,
    );
  const percent = (key: Discounted): number => {
    const value = at(own, key) ?? 0;
    if (typeof value === "number" && value >= 0 && value <= MOST_DISCOUNT_PERCENT) return value;
    throw new CostError(
      `discountPercent.${key}`,
      `discountPercent.${key} is ${shown(value)}: it must be 0 to ${MOST_DISCOUNT_PERCENT}`,
    );
  };
  return {
    compute: percent("compute"),
    database: percent("database"),
    cache: percent("cache"),
    transfer: percent("transfer"),
  };
}

function supportPlanOf(facts: PlannedObject): SupportPlan {
  const stated = at(facts, "supportPlan") ?? "none";
  const plan = SUPPORT_PLANS.find((known) => known === stated);
  if (plan !== undefined) return plan;
  throw new CostError(
    "supportPlan",
    `supportPlan is ${shown(stated)}: it must be one of ${SUPPORT_PLANS.join(", ")}`,
  );
}

/** The one place where assumptions are read and their ranges kept. */
export const assumptionsOf = (facts: PlannedObject): Assumptions => ({
  usage: usageOf(facts),
  discountPercent: discountsOf(facts),
  supportPlan: supportPlanOf(facts),
});
