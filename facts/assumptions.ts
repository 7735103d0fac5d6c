/**
 * What the sizes and the cost estimate assume of use, each a config value (`assumptions`). Every figure
 * is [low, expected, high] use; a range bounds what config may say.
 */
export const LEVELS = ["low", "expected", "high"] as const;
export type Level = (typeof LEVELS)[number];
export type Range = Readonly<Record<Level, number>>;

export interface Assumption extends Range {
  readonly unit: string;
  /** Where the figure comes from. */
  readonly source: string;
  readonly least: number;
  readonly most: number;
  /** A rate by which less is had at high use. */
  readonly falling?: true;
}

const assume = (
  [low, expected, high]: readonly [number, number, number],
  [least, most]: readonly [number, number],
  unit: string,
  source: string,
): Assumption => ({ low, expected, high, least, most, unit, source });

const JUDGED = "our judgement until a month is measured";
const MEASURED = "measured on one core of this family, and what others publish";

export const ASSUMPTIONS = {
  gbFree: assume([1, 3, 10], [0, 1e5], "GB a month and FREE subscriber", JUDGED),
  gbBasic: assume([10, 25, 80], [0, 1e5], "GB a month and BASIC subscriber", JUDGED),
  gbPremium: assume([25, 60, 150], [0, 1e5], "GB a month and PREMIUM subscriber", JUDGED),
  gbUltimate: assume([50, 120, 300], [0, 1e5], "GB a month and ULTIMATE subscriber", JUDGED),
  tunnelOverhead: assume(
    [1.04, 1.045, 1.06],
    [1, 2],
    "bytes on the wire per byte of a user",
    "WireGuard: 60 bytes a packet of 1,420",
  ),
  peakOverAverage: assume(
    [1.9, 2.2, 3],
    [1, 10],
    "peak hour over average",
    "published traffic of access networks",
  ),
  onlineAtPeak: assume(
    [0.05, 0.12, 0.3],
    [0, 5],
    "part of the subscribers online at the peak; `connections` are carried in any case",
    JUDGED,
  ),
  gbitPerVcpu: {
    ...assume([1.5, 1, 0.7], [0.05, 100], "Gbit/s of one vCPU", MEASURED),
    falling: true as const,
  },
  utilisation: {
    ...assume([0.7, 0.65, 0.6], [0.1, 0.9], "part of a node's rate that is planned for", JUDGED),
    falling: true as const,
  },
  sameRegionShare: assume(
    [0, 0.05, 0.2],
    [0, 1],
    "part of the traffic that comes from or goes to servers in the same AWS region, paid each way",
    JUDGED,
  ),
  logGb: assume([40, 120, 400], [0, 1e7], "GB of logs a month, all regions", JUDGED),
  natGb: assume(
    [50, 200, 1_000],
    [0, 1e7],
    "GB through a NAT gateway a month, all regions",
    JUDGED,
  ),
  balancerUnits: assume(
    [1, 4, 15],
    [0, 1e5],
    "capacity units of balancers, average, all regions",
    JUDGED,
  ),
  interZoneGb: assume(
    [200, 1_000, 5_000],
    [0, 1e8],
    "GB between zones a month, all regions",
    JUDGED,
  ),
  entryRequests: assume(
    [150, 600, 2_000],
    [0, 1e6],
    "requests to the entry a month and subscriber",
    "a refresh every 15 minutes of use, a connect with its outcome, and what the CDN lets through",
  ),
  cdnRequests: assume(
    [200, 1_000, 3_000],
    [0, 1e6],
    "requests to the CDN a month and subscriber",
    "a poll of the region map every 45 minutes",
  ),
  cdnKilobytes: assume(
    [1, 2, 6],
    [0, 1e5],
    "kilobytes of one CDN answer",
    "the region map compressed",
  ),
  dnsQueries: assume([20, 60, 200], [0, 1e6], "DNS queries a month and subscriber", JUDGED),
  bucketGb: assume([20, 100, 500], [0, 1e8], "GB in buckets, all regions", JUDGED),
  backupPart: assume(
    [0, 0.2, 1],
    [0, 35],
    "backup GB beyond the free part per GB of storage",
    "free up to the storage's own size",
  ),
  backupCopies: assume(
    [0.1, 0.5, 2],
    [0, 100],
    "GB copied to a second region a month per GB of storage",
    JUDGED,
  ),
  apiCalls: assume(
    [200_000, 1_000_000, 5_000_000],
    [0, 1e10],
    "requests to KMS and Secrets Manager a month, all regions",
    JUDGED,
  ),
} as const satisfies Readonly<Record<string, Assumption>>;

export type AssumptionKey = keyof typeof ASSUMPTIONS;
const isKey = (key: string): key is AssumptionKey => Object.hasOwn(ASSUMPTIONS, key);
export const ASSUMPTION_KEYS = Object.keys(ASSUMPTIONS).filter(isKey);
export const assumption = (key: AssumptionKey): Assumption => ASSUMPTIONS[key];

/** Those with config keys of their own (`usageGbFree`, `peakOverAveragePercent`). */
const OWN_KEYS: readonly AssumptionKey[] = [
  "gbFree",
  "gbBasic",
  "gbPremium",
  "gbUltimate",
  "peakOverAverage",
];
/** What `assumptions` may name. */
export const ASSUMABLE: readonly AssumptionKey[] = ASSUMPTION_KEYS.filter(
  (key) => !OWN_KEYS.includes(key),
);

/** What an assumption must be, in words. */
export function allowedOf(key: AssumptionKey): string {
  const { least, most, falling, unit } = assumption(key);
  const order = falling === true ? "falling" : "rising";
  return (
    `a number from ${least.toLocaleString("en-US")} to ${most.toLocaleString("en-US")}, or [low, expected, high] ` +
    `${order} in that order (${unit})`
  );
}

/** `[low, expected, high]`, or one number for all three; undefined: it is not what is allowed. */
export function rangeOf(key: AssumptionKey, stated: unknown): Range | undefined {
  const { least, most, falling } = assumption(key);
  const values: readonly unknown[] = Array.isArray(stated) ? stated : [stated, stated, stated];
  const [low, expected, high] = values.map((value) =>
    typeof value === "number" && value >= least && value <= most ? value : undefined,
  );
  if (values.length !== 3 || low === undefined || expected === undefined || high === undefined)
    return undefined;
  const rises = low <= expected && expected <= high;
  const falls = low >= expected && expected >= high;
  return (falling === true ? falls : rises) ? { low, expected, high } : undefined;
}

/** Config's assumptions as ranges; one that is not stated has its default. */
export const assumed = (key: AssumptionKey, stated: Readonly<Record<string, unknown>>): Range =>
  (Object.hasOwn(stated, key) ? rangeOf(key, stated[key]) : undefined) ?? assumption(key);
