import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CostError, MissingPrice } from "./errors.ts";

/** AWS bills transfer in units of 2^30 bytes and calls them GB. */
export type Gibibytes = number;

/** V read, V* read second hand, K from memory, R derived from a read price. */
const MARKS = ["V", "V*", "K", "R"] as const;
export type Mark = (typeof MARKS)[number];

export interface Price {
  readonly service: string;
  readonly item: string;
  /** An AWS region, an edge location, or `all` and `global`. */
  readonly region: string;
  readonly unit: string;
  readonly usd: number;
  readonly source: string;
  /** Day, month or year that the source states; undefined: it states none. */
  readonly asOf: string | undefined;
  readonly mark: Mark;
}

/** A price that holds up to a quantity; the last tier's is Infinity. */
export interface Tier {
  readonly upTo: Gibibytes;
  readonly usd: number;
  readonly price: Price;
}

const keyOf = (service: string, item: string, region: string): string =>
  `${service}/${item}/${region}`;
const isMark = (text: string): text is Mark => MARKS.some((mark) => mark === text);

export class PriceTable {
  readonly rows: readonly Price[];
  /** Day of the table, and the first day on which it may no longer be used. */
  readonly asOf: string;
  readonly validUntil: string;
  readonly #byKey: ReadonlyMap<string, Price>;

  constructor(
    rows: readonly Price[],
    dates: { readonly asOf: string; readonly validUntil: string },
  ) {
    this.rows = rows;
    this.asOf = dates.asOf;
    this.validUntil = dates.validUntil;
    this.#byKey = new Map(rows.map((row) => [keyOf(row.service, row.item, row.region), row]));
  }

  /** The same prices less what a contract takes off each service. */
  less(percentOff: (service: string) => number): PriceTable {
    const rows = this.rows.map((row) => {
      const percent = percentOff(row.service);
      return percent === 0 ? row : { ...row, usd: row.usd * (1 - percent / 100) };
    });
    return new PriceTable(rows, this);
  }

  /** The region's own row, else the one for all regions. */
  find(service: string, item: string, region: string): Price {
    for (const place of [region, "all", "global"]) {
      const row = this.#byKey.get(keyOf(service, item, place));
      if (row !== undefined) return row;
    }
    const places = this.rows
      .filter((row) => row.service === service && row.item === item)
      .map((row) => row.region);
    const known =
      places.length > 0 ? `it is known for ${places.join(", ")}` : "it is known nowhere";
    throw new MissingPrice(
      keyOf(service, item, region),
      `the price ${service} ${item} in ${region} is missing: ${known}; add its row to policies/cost/prices.csv`,
    );
  }

  /** Rows `<prefix>-first-10240GB`, `-next-…`, `-over-…` as tiers. */
  tiers(service: string, prefix: string, region: string): readonly Tier[] {
    const rows = this.rows.filter(
      (row) =>
        row.service === service &&
        row.region === region &&
        new RegExp(`^${prefix}-(first|next|over)-\\d+GB$`).test(row.item),
    );
    let upTo = 0;
    const tiers = rows.map((price): Tier => {
      const [, kind, size] = /-(first|next|over)-(\d+)GB$/.exec(price.item) ?? [];
      upTo = kind === "over" ? Infinity : upTo + Number(size);
      return { upTo, usd: price.usd, price };
    });
    if (tiers.at(-1)?.upTo === Infinity) return tiers;
    const wanted = `${prefix}-over-…GB`;
    throw new MissingPrice(
      keyOf(service, wanted, region),
      `the price ${service} ${wanted} in ${region} is missing: add the rows of its tiers to policies/cost/prices.csv`,
    );
  }
}

function rowOf(line: string, number: number): Price {
  const [service, item, region, unit, usd, source, date, mark, ...more] = line.split(",");
  const amount = Number(usd);
  if (!service || !item || !region || !unit || !usd || more.length > 0 || !(amount >= 0)) {
    throw new CostError(
      `prices.csv:${number}`,
      `line ${number} of prices.csv is "${line}": it must be service,item,region,unit,usd,source,date,mark with an amount of 0 or more`,
    );
  }
  if (!isMark(mark ?? "")) {
    throw new CostError(
      `prices.csv:${number}`,
      `mark in line ${number} of prices.csv is "${mark ?? ""}": it must be one of ${MARKS.join(", ")}`,
    );
  }
  const asOf = /\d{4}(-\d\d){0,2}/.exec(date ?? "")?.[0];
  return {
    service,
    item,
    region,
    unit,
    usd: amount,
    source: source ?? "",
    asOf,
    mark: MARKS.find((known) => known === mark) ?? "K",
  };
}

function dateIn(text: string, key: "asOf" | "validUntil"): string {
  const date = new RegExp(`^# ${key}: (\\d{4}-\\d\\d-\\d\\d)$`, "m").exec(text)?.[1];
  if (date !== undefined) return date;
  throw new CostError(
    key,
    `${key} of prices.csv is missing: it must be a line "# ${key}: YYYY-MM-DD"`,
  );
}

/** The table from its text; every line is checked. */
export function parsePrices(text: string): PriceTable {
  const rows = text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#") && !line.startsWith("service,"))
    .map(({ line, number }) => rowOf(line, number));
  return new PriceTable(rows, {
    asOf: dateIn(text, "asOf"),
    validUntil: dateIn(text, "validUntil"),
  });
}

let table: PriceTable | undefined;

/** The table beside this file, read once. */
export function prices(): PriceTable {
  table ??= parsePrices(readFileSync(join(import.meta.dirname, "prices.csv"), "utf8"));
  return table;
}

const WARNED_DAYS = 30;
const DAY = 86_400_000;

/** What to say while the table may still be used, in its last days. */
export function expiryWarning(validUntil: string, today: Date): string | undefined {
  const days = Math.ceil((Date.parse(`${validUntil}T00:00:00Z`) - today.getTime()) / DAY);
  return days > 0 && days <= WARNED_DAYS
    ? `prices must be read anew within ${days} ${days === 1 ? "day" : "days"}: from ${validUntil} on policies/cost/prices.csv is refused`
    : undefined;
}

/** What a quantity costs when every tier's part has its own price. */
export function tieredCost(tiers: readonly Tier[], quantity: Gibibytes): number {
  let from = 0;
  let cost = 0;
  for (const { upTo, usd } of tiers) {
    if (quantity <= from) break;
    cost += (Math.min(quantity, upTo) - from) * usd;
    from = upTo;
  }
  return cost;
}

/** What a sum of money buys: the inverse of `tieredCost`. */
export function tieredQuantity(tiers: readonly Tier[], money: number): Gibibytes {
  let from = 0;
  let left = money;
  for (const { upTo, usd } of tiers) {
    const whole = (upTo - from) * usd;
    if (left <= whole) return from + left / usd;
    left -= whole;
    from = upTo;
  }
  return from;
}

/** The price of the next unit after a quantity. */
export const marginalPrice = (tiers: readonly Tier[], quantity: Gibibytes): number =>
  tiers.find(({ upTo }) => quantity < upTo)?.usd ?? tiers.at(-1)?.usd ?? 0;
