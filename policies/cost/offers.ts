import {
  at,
  isObject,
  plannedOf,
  textAt,
  type Planned,
  type PlannedObject,
} from "../lib/planned.ts";
import { CostError } from "./errors.ts";

/** A price that an offer file of AWS's public price list states for a row of our table. */
export interface OfferPrice {
  readonly service: string;
  readonly item: string;
  readonly region: string;
  readonly usd: number;
}

/** One file: a service's products in a region, with their on-demand terms. */
export interface Offer {
  readonly code: string;
  readonly version: string;
  /** Day of publication. */
  readonly date: string;
  readonly prices: readonly OfferPrice[];
}

type Attributes = PlannedObject;
type Kind = (
  attributes: Attributes,
  family: string,
) => readonly [service: string, item: string] | undefined;

const isAll = (attributes: Attributes, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => textAt(attributes, key) === value);

/** Which row a product is the price of, by its offer; what is in none of these is refreshed by hand. */
const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  AmazonEC2: [
    (attributes) =>
      isAll(attributes, {
        operatingSystem: "Linux",
        tenancy: "Shared",
        preInstalledSw: "NA",
        capacitystatus: "Used",
      })
        ? ["ec2-linux-ondemand", textAt(attributes, "instanceType") ?? ""]
        : undefined,
    (attributes, family) =>
      family === "Storage" && textAt(attributes, "volumeApiName") === "gp3"
        ? ["ebs", "gp3-storage"]
        : undefined,
  ],
  AmazonRDS: [
    (attributes, family) => {
      const zones = { "Single-AZ": "single-az", "Multi-AZ": "multi-az" };
      const place = Object.entries(zones).find(
        ([name]) => name === textAt(attributes, "deploymentOption"),
      )?.[1];
      if (place === undefined || textAt(attributes, "databaseEngine") !== "PostgreSQL")
        return undefined;
      if (family === "Database Instance")
        return ["rds-postgres", `${textAt(attributes, "instanceType") ?? ""}-${place}`];
      return family === "Database Storage" &&
        textAt(attributes, "volumeType") === "General Purpose-GP3"
        ? ["rds", `gp3-storage-${place}`]
        : undefined;
    },
  ],
  AmazonElastiCache: [
    (attributes) =>
      textAt(attributes, "cacheEngine") === "Valkey"
        ? ["elasticache-valkey", textAt(attributes, "instanceType") ?? ""]
        : undefined,
  ],
  AWSDataTransfer: [
    (attributes) =>
      isAll(attributes, { transferType: "AWS Outbound", toLocation: "External" })
        ? ["data-transfer", "internet-out"]
        : undefined,
  ],
};

const valuesOf = (value: Planned | undefined): PlannedObject[] =>
  isObject(value) ? Object.values(value).filter(isObject) : [];

/** `first-10240GB`, `next-40960GB`, `over-153600GB`; nothing where one price holds for all. */
function tierOf(dimension: PlannedObject): string {
  const [begin, end] = [
    Number(textAt(dimension, "beginRange") ?? "0"),
    textAt(dimension, "endRange") ?? "Inf",
  ];
  if (end === "Inf") return begin === 0 ? "" : `-over-${begin}GB`;
  return begin === 0 ? `-first-${end}GB` : `-next-${Number(end) - begin}GB`;
}

function pricesOf(
  sku: string,
  row: readonly [string, string],
  region: string,
  onDemand: Planned | undefined,
) {
  const own = valuesOf(at(onDemand, sku));
  return own
    .flatMap((term) => valuesOf(at(term, "priceDimensions")))
    .flatMap((dimension): OfferPrice[] => {
      const usd = Number(textAt(dimension, "pricePerUnit.USD") ?? "");
      const [service, item] = row;
      return usd > 0 ? [{ service, item: `${item}${tierOf(dimension)}`, region, usd }] : [];
    });
}

/** Reads an offer file; one that is not of a service we know is refused. */
export function parseOffer(text: string): Offer {
  const file = plannedOf(JSON.parse(text));
  const code = textAt(isObject(file) ? file : {}, "offerCode") ?? "";
  const kinds = KINDS[code];
  if (kinds === undefined || !isObject(file))
    throw new CostError(
      "offerCode",
      `offerCode is "${code}": it must be one of ${Object.keys(KINDS).join(", ")}`,
    );
  const terms = at(file, "terms.OnDemand");
  const prices = valuesOf(at(file, "products")).flatMap((product) => {
    const attributes = at(product, "attributes");
    if (!isObject(attributes)) return [];
    const family = textAt(product, "productFamily") ?? "";
    const row = kinds.map((kind) => kind(attributes, family)).find((one) => one !== undefined);
    const region = textAt(attributes, "regionCode") ?? textAt(attributes, "fromRegionCode") ?? "";
    return row === undefined ? [] : pricesOf(textAt(product, "sku") ?? "", row, region, terms);
  });
  const date = (textAt(file, "publicationDate") ?? "").slice(0, 10);
  return { code, version: textAt(file, "version") ?? "", date, prices };
}

export interface Refresh {
  readonly text: string;
  /** Rows whose amount is another one. */
  readonly changed: readonly string[];
  /** Rows that the files confirm or change, and those that none of them states. */
  readonly read: number;
  readonly left: number;
}

/** The table with every row that the offers state read anew; no row is added, none is guessed. */
export function refreshed(table: string, offers: readonly Offer[]): Refresh {
  const found = new Map<string, OfferPrice & { offer: Offer }>();
  for (const offer of offers) {
    for (const price of offer.prices) {
      const key = [price.service, price.item, price.region].join(",");
      const other = found.get(key);
      if (other !== undefined && other.usd !== price.usd)
        throw new CostError(
          key,
          `${key} is ${other.usd} and ${price.usd} in the offer files: its product must be told apart in policies/cost/offers.ts`,
        );
      found.set(key, { ...price, offer });
    }
  }
  const changed: string[] = [];
  let [read, left] = [0, 0];
  const lines = table.split("\n").map((line) => {
    if (line === "" || line.startsWith("#") || line.startsWith("service,")) return line;
    const [service, item, region, unit, usd] = line.split(",");
    const price = found.get([service, item, region].join(","));
    if (price === undefined) {
      left += 1;
      return line;
    }
    read += 1;
    if (Number(usd) !== price.usd)
      changed.push(`${service} ${item} ${region}: ${usd} is ${price.usd} now`);
    const { code, version, date } = price.offer;
    return [service, item, region, unit, price.usd, `PL ${code} ${version}`, date, "V"].join(",");
  });
  return { text: lines.join("\n"), changed, read, left };
}
