import {
  allowedOf,
  assumption,
  ASSUMPTION_KEYS,
  rangeOf,
  type AssumptionKey,
  type Level,
  type Range,
} from "../../facts/assumptions.ts";
import { at, isObject, type Planned, type PlannedObject } from "../lib/planned.ts";
import { CostError } from "./errors.ts";

export { LEVELS, type Level } from "../../facts/assumptions.ts";
export type UsageKey = AssumptionKey;
export type Usage = Readonly<Record<UsageKey, number>>;

const KEYS = ASSUMPTION_KEYS;
const isUsage = (values: Readonly<Record<string, number>>): values is Usage =>
  KEYS.every((key) => values[key] !== undefined);

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

/** In the unit of the facts, whose own range follows from the assumption's. */
function statedRange(key: UsageKey, facts: PlannedObject): Range {
  const [path, scale] = placeOf(key);
  const stated = at(facts, path);
  if (stated === undefined) return assumption(key);
  const scaled = (value: Planned | undefined): unknown =>
    typeof value === "number" ? value * scale : undefined;
  const range = rangeOf(key, Array.isArray(stated) ? stated.map(scaled) : scaled(stated));
  if (range !== undefined) return range;
  throw new CostError(
    `usage.${path}`,
    `usage.${path} is ${JSON.stringify(stated) ?? "unknown"}: it must be ${allowedOf(key)}${scale === 1 ? "" : ", stated in percent"}`,
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
    Object.fromEntries(KEYS.map((key) => [key, statedRange(key, own)[level]]));
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
