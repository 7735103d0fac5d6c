import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { CostError, MissingPrice } from "../../../policies/cost/errors.ts";
import {
  marginalPrice,
  parsePrices,
  prices,
  tieredCost,
  tieredQuantity,
} from "../../../policies/cost/prices.ts";

const REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-1"];
const HEAD =
  "# asOf: 2026-11-24\n# validUntil: 2027-05-31\nservice,item,region,unit,usd,source,date,mark\n";
const egress = (region: string) => prices().tiers("data-transfer", "internet-out", region);
const cents = (amount: number): number => Math.round(amount * 100) / 100;

describe("the price table", () => {
  it("charges each tier's part at its own price, at the edges of 10, 50 and 150 TB", () => {
    const tiers = egress("us-east-1");
    assert.equal(cents(tieredCost(tiers, 0)), 0);
    assert.equal(cents(tieredCost(tiers, 10 * 1024)), 921.6);
    assert.equal(cents(tieredCost(tiers, 10 * 1024 + 1)), cents(921.6 + 0.085));
    assert.equal(cents(tieredCost(tiers, 50 * 1024)), 4_403.2);
    assert.equal(cents(tieredCost(tiers, 50 * 1024 + 1)), cents(4_403.2 + 0.07));
    assert.equal(cents(tieredCost(tiers, 150 * 1024)), 11_571.2);
    assert.equal(cents(tieredCost(tiers, 150 * 1024 + 1)), cents(11_571.2 + 0.05));
  });

  it("names the price of the next GB on both sides of every edge", () => {
    const tiers = egress("ap-southeast-1");
    for (const [gb, usd] of [
      [0, 0.12],
      [10_239, 0.12],
      [10_240, 0.085],
      [51_200, 0.082],
      [153_600, 0.08],
      [1e9, 0.08],
    ] as const)
      assert.equal(marginalPrice(tiers, gb), usd);
  });

  it("grows with the quantity, and what money buys costs that money, in every region", () => {
    const amount = fc.double({ min: 0, max: 1e7, noNaN: true });
    for (const region of REGIONS) {
      const tiers = egress(region);
      fc.assert(
        fc.property(amount, amount, (one, other) => {
          assert.ok(tieredCost(tiers, one) <= tieredCost(tiers, one + other) + 1e-6);
          assert.ok(Math.abs(tieredCost(tiers, tieredQuantity(tiers, one)) - one) < 1e-4);
        }),
      );
    }
  });

  it("takes a region's own price, else the one for all regions, and never another region's", () => {
    assert.equal(prices().find("vpc", "nat-gateway", "us-east-1").usd, 0.045);
    assert.equal(prices().find("wafv2", "rule", "eu-central-1").usd, 1);
    assert.throws(
      () => prices().find("vpc", "nat-gateway", "eu-west-1"),
      (error) =>
        error instanceof MissingPrice &&
        error.key === "vpc/nat-gateway/eu-west-1" &&
        /known for us-east-1, eu-central-1, ap-southeast-1/.test(error.message),
    );
    assert.throws(() => prices().find("vpc", "no-such-thing", "us-east-1"), /known nowhere/);
    assert.throws(() => egress("eu-west-1"), MissingPrice);
  });

  it("holds every row once, with a source and a mark, and says until when it holds", () => {
    const { rows, asOf, validUntil } = prices();
    assert.ok(rows.length > 600);
    const keys = rows.map(({ service, item, region }) => `${service}/${item}/${region}`);
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(rows.every(({ source }) => source !== ""));
    assert.ok(asOf < validUntil);
  });

  it("refuses a line that it cannot read, by its number, and a table without dates", () => {
    const row = "a,b,us-east-1,hour,1,K,2026-11,K";
    assert.equal(parsePrices(`${HEAD}${row}\n`).rows.length, 1);
    for (const [line, says] of [
      ["a,b,us-east-1,hour,,K,2026-11,K", /line 4 .* amount of 0 or more/],
      ["a,b,us-east-1,hour,-1,K,2026-11,K", /line 4/],
      ["a,b,us-east-1,hour,one,K,2026-11,K", /line 4/],
      [`${row},more`, /line 4/],
      [
        "a,b,us-east-1,hour,1,K,2026-11,X",
        /mark in line 4 .* is "X": it must be one of V, V\*, K, R/,
      ],
    ] as const)
      assert.throws(
        () => parsePrices(`${HEAD}${line}\n`),
        (error) => error instanceof CostError && says.test(error.message),
      );
    assert.throws(() => parsePrices("# asOf: 2026-11-24\n"), /validUntil of prices.csv is missing/);
  });
});
