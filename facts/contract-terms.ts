/** What a contract with AWS changes in the bill; list prices and no support plan otherwise. */

/** Groups of services that discounts are agreed for. */
export const DISCOUNTED = ["compute", "database", "cache", "transfer"] as const;
export type Discounted = (typeof DISCOUNTED)[number];

/** A commitment of one year without upfront payment stays below this; transfer has no public one at all. */
export const MOST_DISCOUNT_PERCENT = 40;

export const SUPPORT_PLANS = ["none", "developer", "business"] as const;
export type SupportPlan = (typeof SUPPORT_PLANS)[number];

/**
 * Support costs the greater of a minimum and a part of the account's bill, which falls in steps:
 * https://aws.amazon.com/premiumsupport/pricing/ as it stood until 2025, and second hand in pages of
 * 2026 (awsnegotiations.com, atonementlicensing.com: Developer 3 % and at least $29, Business 10 % of the first
 * $10,000 down to 3 % above $250,000 and at least $100). Not read on AWS's own page this year: AWS has
 * announced plans of other names, so ask before you rely on it.
 */
export const SUPPORT_PRICES: Readonly<
  Record<
    SupportPlan,
    { readonly least: number; readonly steps: readonly (readonly [upTo: number, part: number])[] }
  >
> = {
  none: { least: 0, steps: [] },
  developer: { least: 29, steps: [[Infinity, 0.03]] },
  business: {
    least: 100,
    steps: [
      [10_000, 0.1],
      [80_000, 0.07],
      [250_000, 0.05],
      [Infinity, 0.03],
    ],
  },
};

/** What a plan costs a month for a bill of so many USD. */
export function supportCost(plan: SupportPlan, bill: number): number {
  const { least, steps } = SUPPORT_PRICES[plan];
  let from = 0;
  let cost = 0;
  for (const [upTo, part] of steps) {
    cost += Math.max(0, Math.min(bill, upTo) - from) * part;
    from = upTo;
  }
  return Math.max(least, cost);
}
