import { PLAN } from "../../facts/plan.ts";
import { at, isObject, numberAt, type Planned, type PlannedObject } from "../lib/planned.ts";
import { CostError } from "./errors.ts";

/** Hours of a month, as AWS's own examples count them. */
export const HOURS = 730;

/** The plan's components and what each may cost a month in USD, in all regions together. */
export const BUDGETS = {
  "VPN servers": PLAN.budgets.vpnServers,
  "database and caching": PLAN.budgets.database,
  "CDN and network transfer": PLAN.budgets.transfer,
  "monitoring and operations": PLAN.budgets.monitoring,
} as const;
export type Component = keyof typeof BUDGETS;
export const COMPONENTS = [
  "VPN servers",
  "database and caching",
  "CDN and network transfer",
  "monitoring and operations",
] as const satisfies readonly Component[];

/** The plan's tiers: price a month, and the assumption of what one subscriber carries. */
const TIERS = [
  { tier: "FREE", price: 0, gb: "gbFree" },
  { tier: "BASIC", price: 4.99, gb: "gbBasic" },
  { tier: "PREMIUM", price: 9.99, gb: "gbPremium" },
  { tier: "ULTIMATE", price: 19.99, gb: "gbUltimate" },
] as const;
/** Percent of the subscribers in each; 100,000 so spread pay $474,500. */
const TIER_SHARES = [50, 25, 15, 10];

export type PlanTier = (typeof TIERS)[number] & {
  /** Part of the subscribers, 0 to 1. */
  readonly part: number;
};

/** Part of the subscribers by AWS region, where the region's component does not state it. */
const SHARES: Readonly<Record<string, number>> = {
  "us-east-1": 0.5,
  "eu-central-1": 0.3,
  "ap-southeast-1": 0.2,
};
/** Subscribers of the whole platform, of which the plan speaks. */
export const SUBSCRIBERS = PLAN.subscribers;

export interface Plan {
  /** Who live in the region. */
  readonly subscribers: number;
  /** The region's part of subscribers and budgets. */
  readonly share: number;
  readonly tiers: readonly PlanTier[];
  /** The region's part of each component's budget, USD a month. */
  readonly budgets: Readonly<Record<Component, number>>;
}

/** Names of the components in the region's facts (`budgets`). */
const BUDGET_KEYS = {
  "VPN servers": "vpnServers",
  "database and caching": "database",
  "CDN and network transfer": "transfer",
  "monitoring and operations": "monitoring",
} as const satisfies Readonly<Record<Component, string>>;

const shown = (value: Planned | undefined): string => JSON.stringify(value) ?? "unknown";

function budgetOf(facts: PlannedObject, component: Component): number {
  const key = BUDGET_KEYS[component];
  const stated = at(facts, `budgets.${key}`);
  if (stated === undefined) return BUDGETS[component];
  if (typeof stated === "number" && stated > 0) return stated;
  throw new CostError(
    `budgets.${key}`,
    `budgets.${key} is ${shown(stated)}: it must be a number of USD a month above 0, for ${component} in all regions together`,
  );
}

function assertBudgetKeys(facts: PlannedObject): void {
  const allowed: readonly string[] = Object.values(BUDGET_KEYS);
  const stated = at(facts, "budgets");
  const wrong = Object.keys(isObject(stated) ? stated : {}).find((key) => !allowed.includes(key));
  if (wrong === undefined) return;
  throw new CostError(
    `budgets.${wrong}`,
    `budgets.${wrong} is ${shown(at(stated, wrong))}: there is no such component; it must be one of ${allowed.join(", ")}`,
  );
}

function tiersOf(facts: PlannedObject): readonly PlanTier[] {
  const stated = at(facts, "usage.tierShares");
  const shares =
    stated === undefined ? TIER_SHARES : TIERS.map((_, index) => numberAt(stated, String(index)));
  const sum = shares.reduce<number>((all, share) => all + (share ?? NaN), 0);
  if (Math.abs(sum - 100) < 1e-9 && shares.every((share) => share !== undefined && share >= 0))
    return TIERS.map((tier, index) => ({ ...tier, part: (shares[index] ?? 0) / 100 }));
  throw new CostError(
    "usage.tierShares",
    `usage.tierShares is ${shown(stated)}: it must be the percentages of ${TIERS.map(({ tier }) => tier).join(", ")}, 100 together`,
  );
}

function figure(
  facts: PlannedObject,
  key: string,
  otherwise: number,
  allowed: readonly [(value: number) => boolean, string],
): number {
  const value = at(facts, key) === undefined ? otherwise : numberAt(facts, key);
  const [holds, words] = allowed;
  if (value !== undefined && holds(value)) return value;
  throw new CostError(key, `${key} is ${shown(at(facts, key))}: it must be ${words}`);
}

/** The plan for one region, from what its component states; the plan's own figures where it is silent. */
export function planOf(facts: PlannedObject, region: string): Plan {
  assertBudgetKeys(facts);
  const share = figure(facts, "share", SHARES[region] ?? 1, [
    (value) => value > 0 && value <= 1,
    "a number above 0, at most 1",
  ]);
  const subscribers = figure(facts, "subscribers", SUBSCRIBERS, [
    (value) => value >= 0,
    "a number of 0 or more, of the whole platform",
  ]);
  const part = (component: Component): number => budgetOf(facts, component) * share;
  return {
    subscribers: subscribers * share,
    share,
    tiers: tiersOf(facts),
    budgets: {
      "VPN servers": part("VPN servers"),
      "database and caching": part("database and caching"),
      "CDN and network transfer": part("CDN and network transfer"),
      "monitoring and operations": part("monitoring and operations"),
    },
  };
}
