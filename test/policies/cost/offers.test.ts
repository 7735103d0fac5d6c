import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CostError } from "../../../policies/cost/errors.ts";
import { parseOffer, refreshed } from "../../../policies/cost/offers.ts";
import { parsePrices } from "../../../policies/cost/prices.ts";

interface Product {
  readonly family: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Price by the range that it holds for. */
  readonly prices: readonly {
    readonly usd: string;
    readonly begin?: string;
    readonly end?: string;
  }[];
}

/** An offer file by hand, in the form of AWS's public price list. */
function offerOf(offerCode: string, products: readonly Product[]): string {
  const sku = (index: number): string => `SKU${index}`;
  return JSON.stringify({
    formatVersion: "v1.0",
    offerCode,
    version: "20261120",
    publicationDate: "2026-11-20T17:00:00Z",
    products: Object.fromEntries(
      products.map(({ family, attributes }, index) => [
        sku(index),
        { sku: sku(index), productFamily: family, attributes },
      ]),
    ),
    terms: {
      OnDemand: Object.fromEntries(
        products.map(({ prices }, index) => [
          sku(index),
          {
            [`${sku(index)}.TERM`]: {
              priceDimensions: Object.fromEntries(
                prices.map(({ usd, begin = "0", end = "Inf" }, n) => [
                  `RATE${n}`,
                  { unit: "Hrs", beginRange: begin, endRange: end, pricePerUnit: { USD: usd } },
                ]),
              ),
            },
          },
        ]),
      ),
    },
  });
}

const node = (usd: string, changes: Readonly<Record<string, string>> = {}): Product => ({
  family: "Compute Instance",
  attributes: {
    instanceType: "c6gn.xlarge",
    operatingSystem: "Linux",
    tenancy: "Shared",
    preInstalledSw: "NA",
    capacitystatus: "Used",
    regionCode: "us-east-1",
    ...changes,
  },
  prices: [{ usd }],
});
const HEAD =
  "# asOf: 2026-11-24\n# validUntil: 2027-05-31\nservice,item,region,unit,usd,source,date,mark\n";
const TABLE = `${HEAD}ec2-linux-ondemand,c6gn.xlarge,us-east-1,hour,0.1728,KP,2026-07-20,V
ec2-linux-ondemand,c6gn.xlarge,eu-central-1,hour,0.1972,KP,2026-07-20,V
data-transfer,internet-out-first-10240GB,us-east-1,GB,0.09,IC,2024-09-25,V
data-transfer,internet-out-next-40960GB,us-east-1,GB,0.085,IC,2024-09-25,V
data-transfer,internet-out-over-51200GB,us-east-1,GB,0.07,IC,2024-09-25,V
rds-postgres,db.m7g.large-multi-az,us-east-1,hour,0.337,FX,undated,R
`;

describe("prices of an offer file", () => {
  it("come into the rows that they are of, with version and date, and into no other", () => {
    const offer = parseOffer(
      offerOf("AmazonEC2", [
        node("0.1800000000"),
        node("0.9", { operatingSystem: "Windows" }),
        node("0.0", { capacitystatus: "UnusedCapacityReservation" }),
      ]),
    );
    const { text, changed, read, left } = refreshed(TABLE, [offer]);
    assert.deepEqual(changed, ["ec2-linux-ondemand c6gn.xlarge us-east-1: 0.1728 is 0.18 now"]);
    assert.deepEqual([read, left], [1, 5]);
    const price = parsePrices(text).find("ec2-linux-ondemand", "c6gn.xlarge", "us-east-1");
    assert.equal(price.usd, 0.18);
    assert.deepEqual(
      [price.source, price.asOf, price.mark],
      ["PL AmazonEC2 20261120", "2026-11-20", "V"],
    );
    assert.equal(text.split("\n").length, TABLE.split("\n").length);
  });

  it("of transfer come tier by tier, and a derived row becomes a read one", () => {
    const transfer = parseOffer(
      offerOf("AWSDataTransfer", [
        {
          family: "Data Transfer",
          attributes: {
            transferType: "AWS Outbound",
            fromRegionCode: "us-east-1",
            toLocation: "External",
          },
          prices: [
            { usd: "0.09", end: "10240" },
            { usd: "0.084", begin: "10240", end: "51200" },
            { usd: "0.07", begin: "51200" },
          ],
        },
      ]),
    );
    const database = parseOffer(
      offerOf("AmazonRDS", [
        {
          family: "Database Instance",
          attributes: {
            instanceType: "db.m7g.large",
            databaseEngine: "PostgreSQL",
            deploymentOption: "Multi-AZ",
            regionCode: "us-east-1",
          },
          prices: [{ usd: "0.337" }],
        },
      ]),
    );
    const { text, changed, read } = refreshed(TABLE, [transfer, database]);
    assert.deepEqual(changed, [
      "data-transfer internet-out-next-40960GB us-east-1: 0.085 is 0.084 now",
    ]);
    assert.equal(read, 4);
    const table = parsePrices(text);
    assert.equal(table.find("rds-postgres", "db.m7g.large-multi-az", "us-east-1").mark, "V");
    assert.deepEqual(
      table.tiers("data-transfer", "internet-out", "us-east-1").map(({ usd }) => usd),
      [0.09, 0.084, 0.07],
    );
  });

  it("are refused where two products stand for one row, or the service is none of ours", () => {
    const twice = parseOffer(offerOf("AmazonEC2", [node("0.1"), node("0.2")]));
    assert.throws(() => refreshed(TABLE, [twice]), /is 0.1 and 0.2 in the offer files/);
    assert.throws(() => parseOffer(offerOf("AmazonMQ", [])), CostError);
    assert.throws(() => parseOffer("{}"), /offerCode is "": it must be one of AmazonEC2/);
  });
});
