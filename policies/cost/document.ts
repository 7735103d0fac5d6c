import type { Estimate } from "./estimate.ts";
import type { Level } from "./usage.ts";

export interface CostLine {
  readonly urn: string;
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  readonly unitPrice: number;
  readonly monthly: number;
}

/** The estimate as JSON: amounts in USD a month, transfer in GB of 2^30 bytes. */
export interface CostDocument {
  readonly currency: "USD";
  readonly region: string;
  readonly asOf: string;
  readonly validUntil: string;
  readonly fixed: {
    readonly total: number;
    readonly components: readonly {
      readonly name: string;
      readonly budget: number;
      readonly monthly: number;
      readonly lines: readonly CostLine[];
    }[];
  };
  readonly usage: Readonly<Record<Level, number>>;
  readonly usageLines: Readonly<
    Record<
      Level,
      readonly {
        readonly component: string;
        readonly item: string;
        readonly quantity: number;
        readonly unit: string;
        readonly monthly: number;
      }[]
    >
  >;
  readonly perTier: readonly {
    readonly tier: string;
    readonly subscribers: number;
    readonly revenue: number;
    readonly cost: number;
    readonly breakEvenGb: number;
  }[];
  readonly unpriced: readonly string[];
  readonly transfer: {
    readonly subscribers: number;
    readonly budget: number;
    /** What the budget buys when all of it goes to transfer. */
    readonly budgetGb: number;
    readonly expectedGb: number;
    readonly expected: number;
    /** Part of the whole expected cost. */
    readonly share: number;
    readonly nodes: readonly {
      readonly level: Level;
      readonly planned: number;
      readonly needed: number;
      readonly limit: string;
      readonly peakGbit: number;
    }[];
    /** Transfer of AWS beside the same on rented hosts by list price; null: not established there. */
    readonly beside: readonly {
      readonly level: Level;
      readonly aws: number;
      readonly hosts: { readonly least: number; readonly most: number } | null;
    }[];
  };
  readonly ceiling: number;
  readonly prices: {
    readonly used: number;
    readonly oldest: string;
    /** Rows of more than a year before the table's date, or of no date. */
    readonly old: number;
    /** Rows from memory (K) or derived (R). */
    readonly unsure: number;
  };
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;
const LEVELS = ["low", "expected", "high"] as const;

function pricesOf({ prices, asOf }: Estimate): CostDocument["prices"] {
  const yearAgo = `${Number(asOf.slice(0, 4)) - 1}${asOf.slice(4)}`;
  const dates = prices.flatMap((price) => (price.asOf === undefined ? [] : [price.asOf])).sort();
  return {
    used: prices.length,
    oldest: dates[0] ?? "undated",
    old: prices.filter((price) => price.asOf === undefined || price.asOf < yearAgo).length,
    unsure: prices.filter(({ mark }) => mark === "K" || mark === "R").length,
  };
}

function transferOf({ usage, plan, budgetGb, fixed }: Estimate): CostDocument["transfer"] {
  const { expected } = usage;
  return {
    subscribers: plan.subscribers,
    budget: cents(plan.budgets["CDN and network transfer"]),
    budgetGb: Math.round(budgetGb),
    expectedGb: Math.round(expected.transferGb),
    expected: cents(expected.transfer),
    share: expected.transfer / Math.max(1, fixed + expected.total),
    nodes: LEVELS.flatMap((level) => {
      const { sizing, plannedNodes } = usage[level];
      if (sizing === undefined) return [];
      const { nodes, limit, peakGbit } = sizing;
      return [{ level, planned: plannedNodes, needed: nodes, limit, peakGbit: cents(peakGbit) }];
    }),
    beside: LEVELS.map((level) => {
      const { transfer, hosts } = usage[level];
      const [least, most] = [hosts[0], hosts.at(-1)];
      return {
        level,
        aws: cents(transfer),
        hosts:
          least === undefined || most === undefined
            ? null
            : { least: cents(least.monthly), most: cents(most.monthly) },
      };
    }),
  };
}

/** The estimate as it leaves the pack: plain, rounded to cents. */
export function documentOf(estimate: Estimate): CostDocument {
  const { usage } = estimate;
  const lines = (level: Level) =>
    usage[level].lines.map(({ component, item, quantity, unit, monthly }) => ({
      component,
      item,
      quantity: cents(quantity),
      unit,
      monthly: cents(monthly),
    }));
  return {
    currency: "USD",
    region: estimate.region,
    asOf: estimate.asOf,
    validUntil: estimate.validUntil,
    fixed: {
      total: cents(estimate.fixed),
      components: estimate.components.map(({ name, budget, monthly, lines: own }) => ({
        name,
        budget: cents(budget),
        monthly: cents(monthly),
        lines: own.map(({ urn, item, quantity, unit, unitPrice, monthly: amount }) => ({
          urn,
          item,
          quantity,
          unit,
          unitPrice,
          monthly: cents(amount),
        })),
      })),
    },
    usage: {
      low: cents(usage.low.total),
      expected: cents(usage.expected.total),
      high: cents(usage.high.total),
    },
    usageLines: { low: lines("low"), expected: lines("expected"), high: lines("high") },
    perTier: estimate.perTier.map(({ tier, subscribers, revenue, cost, breakEvenGb }) => ({
      tier,
      subscribers: Math.round(subscribers),
      revenue: cents(revenue),
      cost: cents(cost),
      breakEvenGb: Math.round(breakEvenGb),
    })),
    unpriced: estimate.unpriced.map(({ text }) => text),
    transfer: transferOf(estimate),
    ceiling: cents(estimate.ceiling),
    prices: pricesOf(estimate),
  };
}
