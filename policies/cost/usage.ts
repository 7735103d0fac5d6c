import { at, isObject, type Planned, type PlannedObject } from "../lib/planned.ts";
import { CostError } from "./errors.ts";

export const LEVELS = ["low", "expected", "high"] as const;
export type Level = (typeof LEVELS)[number];
export type Range = Readonly<Record<Level, number>>;

interface Assumption extends Range {
  readonly unit: string;
  /** Where the figure comes from. */
  readonly source: string;
  /** A rate by which less is had at high usage. */
  readonly falling?: true;
}

const assume = (
  [low, expected, high]: readonly [number, number, number],
  unit: string,
  source: string,
): Assumption => ({ low, expected, high, unit, source });

const JUDGED = "our judgement until a month is measured";
const MEASURED = "measured on one core of this family, and what others publish";

/** What the estimate assumes of use, each overridable by the region's facts (`usage`). */
export const ASSUMPTIONS = {
  gbFree: assume([1, 3, 10], "GB a month and FREE subscriber", JUDGED),
  gbBasic: assume([10, 25, 80], "GB a month and BASIC subscriber", JUDGED),
  gbPremium: assume([25, 60, 150], "GB a month and PREMIUM subscriber", JUDGED),
  gbUltimate: assume([50, 120, 300], "GB a month and ULTIMATE subscriber", JUDGED),
  tunnelOverhead: assume(
    [1.04, 1.045, 1.06],
    "bytes on the wire per byte of a user",
    "WireGuard: 60 bytes a packet of 1,420",
  ),
  peakOverAverage: assume(
    [1.9, 2.2, 3],
    "peak hour over average",
    "published traffic of access networks",
  ),
  onlineAtPeak: assume([0.05, 0.12, 0.3], "part of the subscribers online at the peak", JUDGED),
  gbitPerVcpu: { ...assume([1.5, 1, 0.7], "Gbit/s of one vCPU", MEASURED), falling: true as const },
  logGb: assume([40, 120, 400], "GB of logs a month, all regions", JUDGED),
  natGb: assume([50, 200, 1_000], "GB through a NAT gateway a month, all regions", JUDGED),
  balancerUnits: assume([1, 4, 15], "capacity units of balancers, average, all regions", JUDGED),
  interZoneGb: assume([200, 1_000, 5_000], "GB between zones a month, all regions", JUDGED),
  cdnRequests: assume(
    [200, 1_000, 3_000],
    "requests to the CDN a month and subscriber",
    "a poll of the region map every 45 minutes",
  ),
  cdnKilobytes: assume([1, 2, 6], "kilobytes of one CDN answer", "the region map compressed"),
  dnsQueries: assume([20, 60, 200], "DNS queries a month and subscriber", JUDGED),
  bucketGb: assume([20, 100, 500], "GB in buckets, all regions", JUDGED),
  backupPart: assume(
    [0, 0.2, 1],
    "backup GB beyond the free part per GB of storage",
    "free up to the storage's own size",
  ),
  backupCopies: assume(
    [0.1, 0.5, 2],
    "GB copied to a second region a month per GB of storage",
    JUDGED,
  ),
  apiCalls: assume(
    [200_000, 1_000_000, 5_000_000],
    "requests to KMS and Secrets Manager a month, all regions",
    JUDGED,
  ),
} as const satisfies Readonly<Record<string, Assumption>>;

export type UsageKey = keyof typeof ASSUMPTIONS;
export type Usage = Readonly<Record<UsageKey, number>>;

const isUsageKey = (key: string): key is UsageKey => Object.hasOwn(ASSUMPTIONS, key);
const KEYS = Object.keys(ASSUMPTIONS).filter(isUsageKey);
const isUsage = (values: Readonly<Record<string, number>>): values is Usage =>
  KEYS.every((key) => values[key] !== undefined);
const assumption = (key: UsageKey): Assumption => ASSUMPTIONS[key];

/** Where the region's facts (`usage`) state an assumption, and what makes their number ours. */
const STATED: Partial<Record<UsageKey, readonly [path: string, scale: number]>> = {
  gbFree: ["gbPerMonth.FREE", 1],
  gbBasic: ["gbPerMonth.BASIC", 1],
  gbPremium: ["gbPerMonth.PREMIUM", 1],
  gbUltimate: ["gbPerMonth.ULTIMATE", 1],
  peakOverAverage: ["peakOverAveragePercent", 1 / 100],
};
const placeOf = (key: UsageKey): readonly [path: string, scale: number] => STATED[key] ?? [key, 1];
/** Read by the plan and not here. */
const OTHERS = ["tierShares"];
const ALLOWED = [
  ...new Set([...OTHERS, ...KEYS.map((key) => placeOf(key)[0].split(".")[0] ?? "")]),
];

const amount = (value: Planned | undefined): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

/** `[low, expected, high]`; one number stands for all three. */
function rangeOf(key: UsageKey, facts: PlannedObject): Range {
  const [path, scale] = placeOf(key);
  const stated = at(facts, path);
  const { falling, unit } = assumption(key);
  if (stated === undefined) return assumption(key);
  const [low, expected, high] = [0, 1, 2].map(
    (index) => amount(stated) ?? amount(at(stated, String(index))),
  );
  const known = low !== undefined && expected !== undefined && high !== undefined;
  const rises = known && low <= expected && expected <= high;
  const falls = known && low >= expected && expected >= high;
  if (known && (falling === true ? falls : rises))
    return { low: low * scale, expected: expected * scale, high: high * scale };
  throw new CostError(
    `usage.${path}`,
    `usage.${path} is ${JSON.stringify(stated) ?? "unknown"}: it must be a number of 0 or more, or [low, expected, high] ` +
      `${falling === true ? "falling" : "rising"} in that order (${unit}${scale === 1 ? "" : ", in percent"})`,
  );
}

/** The assumptions at each level, with what the region states laid over them. */
export function usageOf(facts: PlannedObject): Readonly<Record<Level, Usage>> {
  const stated = at(facts, "usage");
  const own = isObject(stated) ? stated : {};
  const wrong = Object.keys(own).find((key) => !ALLOWED.includes(key));
  if (wrong !== undefined) {
    throw new CostError(
      `usage.${wrong}`,
      `usage.${wrong} is ${JSON.stringify(own[wrong]) ?? "unknown"}: there is no such assumption; it must be one of ${ALLOWED.join(", ")}`,
    );
  }
  const values = (level: Level) =>
    Object.fromEntries(KEYS.map((key) => [key, rangeOf(key, own)[level]]));
  return {
    low: complete(values("low")),
    expected: complete(values("expected")),
    high: complete(values("high")),
  };
}

function complete(values: Readonly<Record<string, number>>): Usage {
  if (isUsage(values)) return values;
  throw new Error("an assumption has no value"); // KEYS are the assumptions' own
}
