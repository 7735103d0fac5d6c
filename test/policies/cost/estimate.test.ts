import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { CostError, MissingPrice } from "../../../policies/cost/errors.ts";
import { CostErrors, estimate, isPriced, type Estimate } from "../../../policies/cost/estimate.ts";
import { BUDGETS } from "../../../policies/cost/plan.ts";
import { PriceTable, prices } from "../../../policies/cost/prices.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { broken } from "../support.ts";
import { sizesOf } from "../../../infra/lib/sizing.ts";
import { regionFixtures, regionStack, stackOfFixtures } from "./region.ts";

const REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-1"];
const cents = (amount: number): number => Math.round(amount * 100) / 100;
const sum = (amounts: readonly number[]): number => amounts.reduce((all, one) => all + one, 0);
const of = (region: string, facts: PlannedObject = {}): Estimate =>
  estimate(regionStack(region, facts));
const item = (cost: Estimate, name: RegExp): { quantity: number; monthly: number } => {
  const lines = cost.components
    .flatMap(({ lines: all }) => all)
    .filter((line) => name.test(line.item));
  return {
    quantity: sum(lines.map((line) => line.quantity)),
    monthly: sum(lines.map((line) => line.monthly)),
  };
};

const SIZES = {
  endpointInstanceType: "c6gn.xlarge",
  endpointNodesPerZone: 0,
  shards: 0,
  databaseInstanceClass: "",
  databaseStorageGb: 0,
  cacheNodeType: "",
  systemInstanceType: "m7g.large",
  systemNodes: 0,
  serviceReplicas: 0,
};

describe("the estimate of a region", () => {
  it("comes to these figures at the table's prices; one changed price changes one of them", () => {
    const figures = REGIONS.map((region) => {
      const { components, usage } = of(region);
      return [
        ...components.map(({ monthly }) => cents(monthly)),
        ...[usage.low, usage.expected, usage.high].map(({ total }) => cents(total)),
      ];
    });
    assert.deepEqual(figures, FIGURES);
  });

  it("moves with every price that it used", () => {
    const table = prices();
    for (const region of REGIONS) {
      const before = of(region);
      for (const changed of before.prices.filter(({ usd }) => usd > 0)) {
        const rows = table.rows.map((row) =>
          row === changed ? { ...row, usd: row.usd * 2 } : row,
        );
        const after = estimate(regionStack(region), new PriceTable(rows, table));
        const totals = ({ fixed, usage }: Estimate): number => fixed + usage.high.total;
        // A tier above the region's use is read, and costs nothing yet.
        if (/^out-to-internet-(next|over)/.test(changed.item)) continue;
        assert.ok(totals(after) > totals(before), `${changed.service} ${changed.item} ${region}`);
      }
    }
  });

  it("counts what hangs on another resource: disks, addresses, a replica's storage, both zones", () => {
    const cost = of("us-east-1");
    assert.equal(item(cost, /^root disks of 20/).quantity, 15 * 20);
    assert.equal(item(cost, /^root disks of 40/).quantity, 3 * 40);
    assert.equal(item(cost, /addresses of nodes/).quantity, 15 * 730);
    assert.equal(item(cost, /addresses in 3 zones/).quantity, 3 * 730);
    assert.equal(item(cost, /elastic IPv4/).quantity, 730);
    assert.equal(item(cost, /storage, single-az/).quantity, 100);
    assert.equal(item(cost, /primary db.m7g.large, multi-az/).monthly, 730 * 0.337);
    assert.equal(item(cost, /copy of shard's backups/).quantity, 100);
    assert.equal(item(cost, /volume, gp3/).quantity, 20);
  });

  it("is no less with more use, and its low, expected and high are in that order", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), fc.constantFrom(...REGIONS), (gb, more, region) => {
        const usage = (BASIC: number): Estimate => of(region, { usage: { gbPerMonth: { BASIC } } });
        const [less, greater] = [usage(gb), usage(gb + more)];
        for (const level of ["low", "expected", "high"] as const)
          assert.ok(less.usage[level].total <= greater.usage[level].total + 1e-6);
        for (const { usage: levels } of [less, greater]) {
          assert.ok(levels.low.total <= levels.expected.total);
          assert.ok(levels.expected.total <= levels.high.total);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("has no use without subscribers: fixed cost alone", () => {
    const cost = of("us-east-1", { subscribers: 0 });
    assert.equal(cost.fixed, of("us-east-1").fixed);
    for (const level of ["low", "expected", "high"] as const) {
      assert.equal(cost.usage[level].total, 0);
      assert.deepEqual(cost.usage[level].lines, []);
    }
  });

  it("splits budgets and subscribers over the regions by their share, with nothing left", () => {
    const all = REGIONS.map((region) => of(region));
    for (const [name, whole] of Object.entries(BUDGETS)) {
      const parts = all.flatMap(({ components }) => components.filter((one) => one.name === name));
      assert.equal(cents(sum(parts.map(({ budget }) => budget))), whole);
    }
    const tiers = all.flatMap(({ perTier }) => perTier);
    assert.equal(cents(sum(tiers.map(({ revenue }) => revenue))), 474_500);
    assert.equal(sum(tiers.map(({ subscribers }) => subscribers)), 100_000);
  });

  it("gives each tier its part of the whole, and the GB at which it earns nothing", () => {
    const cost = of("us-east-1");
    const parts = sum(cost.perTier.map((tier) => tier.cost));
    assert.equal(cents(parts), cents(cost.fixed + cost.usage.expected.total));
    assert.deepEqual(
      cost.perTier.map(({ breakEvenGb }) => Math.round(breakEvenGb)),
      [0, 96, 191, 383],
    );
  });

  it("says how many nodes the load needs and what binds, and prices those beyond the plan", () => {
    const { low, high } = of("us-east-1").usage;
    // The plan's connections are carried at any use, and a lost zone's part by the other two.
    assert.deepEqual([low.sizing?.nodes, low.sizing?.limit], [15, "peers"]);
    assert.deepEqual([high.sizing?.nodes, high.sizing?.limit], [36, "vCPU"]);
    assert.ok(high.lines.some((line) => line.item.includes("21 nodes c6gn.xlarge")));
    const many = of("us-east-1", { peersPerServer: 100, usage: { gbPerMonth: { BASIC: 1 } } });
    assert.equal(many.usage.expected.sizing?.limit, "peers");
    assert.equal(many.usage.expected.sizing.nodes, 1_500);
  });

  it("needs the nodes that the program's sizing plans, whatever the assumptions are", () => {
    const figure = fc.record({
      connections: fc.integer({ min: 1, max: 2_000_000 }),
      peersPerServer: fc.integer({ min: 100, max: 10_000 }),
      utilisation: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      onlineAtPeak: fc.double({ min: 0, max: 5, noNaN: true }),
      gbitPerVcpu: fc.double({ min: 0.05, max: 5, noNaN: true }),
    });
    fc.assert(
      fc.property(figure, ({ connections, peersPerServer, ...usage }) => {
        const planned = sizesOf(
          {
            subscribers: 100_000,
            connections,
            share: 0.5,
            zones: 3,
            gbPerSubscriber: 28.75,
            peakOverAverage: 2.2,
            tunnelOverhead: 1.045,
            peersPerServer,
            ...usage,
          },
          SIZES,
        ).find(({ key }) => key === "endpointNodesPerZone");
        const { expected } = of("us-east-1", { connections, peersPerServer, usage }).usage;
        assert.equal(expected.sizing?.perZone, planned?.value);
      }),
      { numRuns: 50 },
    );
  });

  it("takes off what a contract does, by group of services, and never more than its range", () => {
    const list = of("us-east-1");
    const less = of("us-east-1", { discountPercent: { compute: 40, transfer: 10 } });
    const nodes = /^5 nodes c6gn.xlarge/;
    assert.equal(cents(item(less, nodes).monthly), cents(item(list, nodes).monthly * 0.6));
    assert.equal(cents(less.usage.low.transfer), cents(list.usage.low.transfer * 0.9));
    assert.equal(item(less, /primary/).monthly, item(list, /primary/).monthly);
    for (const [facts, key] of [
      [{ discountPercent: { compute: 100 } }, "discountPercent.compute"],
      [{ discountPercent: { everything: 1 } }, "discountPercent"],
      [{ discountPercent: 100 }, "discountPercent"],
      [{ supportPlan: "gold" }, "supportPlan"],
    ] as const)
      assert.throws(
        () => of("us-east-1", facts),
        (error) => error instanceof CostError && error.key === key,
      );
  });

  it("adds a support plan by the whole platform's bill, and none where there is none", () => {
    const support = (facts: PlannedObject): number =>
      sum(
        of("us-east-1", facts)
          .usage.expected.lines.filter((line) => line.item.startsWith("AWS support"))
          .map(({ monthly }) => monthly),
      );
    assert.equal(support({}), 0);
    const { fixed, usage } = of("us-east-1");
    const bill = fixed + usage.expected.total;
    assert.equal(cents(support({ supportPlan: "developer" })), cents(bill * 0.03));
    // us-east-1 has half: the platform's bill is twice as large, and each step holds for half of it.
    const steps = 10_000 * 0.1 + 70_000 * 0.07 + (2 * bill - 80_000) * 0.05;
    assert.equal(cents(support({ supportPlan: "business" })), cents(steps / 2));
  });

  it("names every missing price and every input that is not known, and counts none as zero", () => {
    const wrong: Record<string, PlannedObject> = {
      shard: { instanceClass: "db.x9z.large" },
      cache: { nodeType: UNKNOWN },
    };
    const fixtures = regionFixtures("us-east-1").map((fixture) =>
      broken(fixture, wrong[fixture.name] ?? {}),
    );
    assert.throws(
      () => estimate(stackOfFixtures(fixtures)),
      (error) =>
        error instanceof CostErrors &&
        error.faults.length === 2 &&
        /rds-postgres db.x9z.large-multi-az in us-east-1 is missing/.test(error.message) &&
        /nodeType of .* cache is not known in preview: to price it, it must be a text/.test(
          error.message,
        ),
    );
    assert.throws(() => of("eu-west-1"), CostError);
    assert.throws(() => prices().find("eks", "cluster-standard", "eu-west-1"), MissingPrice);
  });

  it("names what is neither priced nor free, and prices nothing of a local region", () => {
    const more = [
      ...regionFixtures("us-east-1"),
      { type: "aws:mq/broker:Broker", name: "queue", props: {} },
    ];
    assert.deepEqual(
      estimate(stackOfFixtures(more)).unpriced.map(({ text }) => text),
      ["aws:mq/broker:Broker queue"],
    );
    assert.equal(isPriced({ ...regionStack("us-east-1"), stack: "local" }), false);
    assert.equal(isPriced(regionStack("us-east-1")), true);
  });

  it("refuses figures out of range with key, value and what is allowed", () => {
    for (const [facts, key, says] of [
      [
        { budgets: { transfer: 0 } },
        "budgets.transfer",
        /is 0: it must be a number of USD a month above 0/,
      ],
      [{ budgets: { transfer: "x" } }, "budgets.transfer", /is "x"/],
      [
        { budgets: { fun: 1 } },
        "budgets.fun",
        /must be one of vpnServers, database, transfer, monitoring/,
      ],
      [{ share: 0 }, "share", /share is 0: it must be a number above 0, at most 1/],
      [{ share: 1.5 }, "share", /share is 1.5/],
      [{ subscribers: -1 }, "subscribers", /subscribers is -1/],
      [{ usage: { tierShares: [50, 25, 15] } }, "usage.tierShares", /100 together/],
      [{ usage: { tierShares: [50, 25, 15, 11] } }, "usage.tierShares", /100 together/],
      [
        { usage: { gbPerMonth: { FREE: [3, 1, 10] } } },
        "usage.gbPerMonth.FREE",
        /rising in that order/,
      ],
      [
        { usage: { gbPerMonth: { FREE: -1 } } },
        "usage.gbPerMonth.FREE",
        /is -1: it must be a number from 0 to 100,000/,
      ],
      [{ usage: { gbitPerVcpu: [1, 2, 3] } }, "usage.gbitPerVcpu", /falling in that order/],
      [{ usage: { gbPerWeek: 1 } }, "usage.gbPerWeek", /must be one of tierShares, gbPerMonth/],
    ] as const)
      assert.throws(
        () => of("us-east-1", facts),
        (error) => error instanceof CostError && error.key === key && says.test(error.message),
        key,
      );
  });
});

/** VPN servers, database, network, monitoring; use at low, expected and high, by region. */
const FIGURES = [
  [2043.91, 597.19, 65.38, 191.4, 34469.89, 79875.8, 220724.98],
  [2315.65, 710.59, 73.77, 229.01, 22241.37, 49494.43, 133723.62],
  [2324.65, 792.58, 77.57, 238.32, 20386.18, 49255.27, 135804.12],
];
