/** Subscription tiers, lowest first. The order is the order of entitlement. */
export const TIERS = ["FREE", "BASIC", "PREMIUM", "ULTIMATE"] as const;
export type Tier = (typeof TIERS)[number];

/** What a tier gives. */
export interface Entitlements {
  /** Connection attempts admitted in any 60 s. */
  readonly attemptsPerMinute: number;
  /** Devices an account may register. */
  readonly maxDevices: number;
  /** Devices of an account connected at the same time. */
  readonly maxConnections: number;
  /** List price in US cents a month. */
  readonly priceCents: number;
  /** Hard monthly transfer cap in GB; null: none. FREE has one because it earns nothing. */
  readonly monthlyTransferGb: number | null;
}

export const ENTITLEMENTS: Readonly<Record<Tier, Entitlements>> = {
  FREE: {
    attemptsPerMinute: 3,
    maxDevices: 1,
    maxConnections: 1,
    priceCents: 0,
    monthlyTransferGb: 10,
  },
  BASIC: {
    attemptsPerMinute: 5,
    maxDevices: 3,
    maxConnections: 3,
    priceCents: 499,
    monthlyTransferGb: null,
  },
  PREMIUM: {
    attemptsPerMinute: 10,
    maxDevices: 6,
    maxConnections: 6,
    priceCents: 999,
    monthlyTransferGb: null,
  },
  ULTIMATE: {
    attemptsPerMinute: 20,
    maxDevices: 10,
    maxConnections: 10,
    priceCents: 1999,
    monthlyTransferGb: null,
  },
};

/** Entitlements of a tier read from outside; a tier that we do not know never gets more than FREE. */
export function entitlementsOf(tier: string): Entitlements {
  return ENTITLEMENTS[(TIERS as readonly string[]).includes(tier) ? (tier as Tier) : "FREE"];
}
