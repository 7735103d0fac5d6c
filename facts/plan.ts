/**
 * The plan: whom the platform is for and what it may cost. Config's defaults are these figures, and
 * policies hold what a program says about itself against them.
 */
export const PLAN = {
  /** Subscribers of the whole platform. */
  subscribers: 100_000,
  /** Live connections of the whole platform at its peak. */
  connections: 200_000,
  /** Peers that one VPN server holds. */
  peersPerServer: 10_000,
  /** USD a month, all regions together: 41,000. */
  budgets: { vpnServers: 25_000, database: 5_000, transfer: 7_500, monitoring: 3_500 },
} as const;
