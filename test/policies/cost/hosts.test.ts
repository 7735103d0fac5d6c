import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { documentOf } from "../../../policies/cost/document.ts";
import { CostError } from "../../../policies/cost/errors.ts";
import { estimate } from "../../../policies/cost/estimate.ts";
import { hostCosts, hosts, parseHosts } from "../../../policies/cost/hosts.ts";
import { costTable } from "../../../policies/cost/table.ts";
import { usageBudget } from "../../../policies/stack/usage-budget.ts";
import { regionStack } from "./region.ts";

const REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-1"];
const cost = (region: string) => documentOf(estimate(regionStack(region)));
const ROW = "a,b,us,port,100,10,,nothing,not read,not read,a page,2026-01-01,V";

describe("rented hosts", () => {
  it("say of every row where it was read, what counts, the fair use and whether VPN is allowed", () => {
    for (const row of hosts()) {
      assert.ok(["us", "eu", "sg"].includes(row.region), row.host);
      for (const words of [row.counts, row.fairUse, row.vpn, row.source])
        assert.ok(words.length > 1, row.host);
      assert.match(row.date, /^(\d{4}-\d\d(-\d\d)?|undated)$/);
    }
  });

  it("are used for a figure where a row was read, has a date, and does not forbid VPN services", () => {
    const traffic = { gb: 1e6, peakGbit: 7, utilisation: 0.65 };
    const of = (line: string): number[] =>
      hostCosts("us-east-1", traffic, parseHosts(line)).map(({ monthly }) => monthly);
    assert.deepEqual(of(ROW), [200]);
    for (const [from, to] of [
      ["2026-01-01", "undated"],
      [",V", ",V*"],
      [",V", ",K"],
      ["not read,a page", "no (VPN as a service),a page"],
      ["port,100", "port,"],
      ["b,us", "b,eu"],
    ] as const)
      assert.deepEqual(of(ROW.replace(from, to)), [], to);
  });

  it("that count in and out take twice as much of a VPN server", () => {
    const of = (counts: string): number | undefined =>
      hostCosts(
        "eu-central-1",
        { gb: 1e6, peakGbit: 7, utilisation: 0.65 },
        parseHosts(`a,b,eu,traffic,1,,,${counts},none,yes,a page,2026-01-01,V`),
      )[0]?.monthly;
    assert.equal(of("out")?.toFixed(2), "1073.74");
    assert.equal(of("in and out")?.toFixed(2), "2147.48");
  });

  it("refuse a row that leaves a cell open", () => {
    assert.throws(() => parseHosts(ROW.replace("a page", "")), CostError);
    assert.throws(
      () => parseHosts(ROW.replace("port", "other")),
      /a kind of port, traffic, bundle/,
    );
  });

  it("are 20 to 45 times cheaper in the US and EU, and not established in Singapore", () => {
    for (const region of REGIONS.slice(0, 2)) {
      const { beside } = cost(region).transfer;
      const expected = beside.find(({ level }) => level === "expected");
      assert.ok(expected?.hosts, region);
      assert.ok(expected.aws / expected.hosts.most > 20, region);
      assert.ok(expected.aws / expected.hosts.least < 48, region);
    }
    for (const { hosts: own } of cost("ap-southeast-1").transfer.beside) assert.equal(own, null);
  });

  it("stand beside AWS's transfer in the table and in what C02 says", () => {
    const table = costTable(REGIONS.map((region) => ({ stack: region, cost: cost(region) })));
    assert.match(table, /us-east-1: AWS +\$[\d,]+ +\$79,001 +\$[\d,]+\n +us-east-1: rented hosts/);
    assert.match(table, /ap-southeast-1: rented hosts( +not established){3}/);
    assert.match(table, /times cheaper by list price in us-east-1, eu-central-1: ask first/);
    assert.match(table, /prices for ap-southeast-1 are not established/);
    const said = (region: string): string | undefined =>
      usageBudget.stack?.(regionStack(region))[0]?.message;
    assert.match(
      said("us-east-1") ?? "",
      /; the same traffic on rented hosts: \$3,000 by list price;/,
    );
    assert.match(said("ap-southeast-1") ?? "", /rented hosts: not established for ap-southeast-1;/);
  });
});
