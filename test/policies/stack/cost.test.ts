import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { estimate } from "../../../policies/cost/estimate.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { budget } from "../../../policies/stack/budget.ts";
import { usageBudget } from "../../../policies/stack/usage-budget.ts";
import { describeCases } from "../cases.ts";
import { regionFixtures, stackOfFixtures } from "../cost/region.ts";
import { broken, findingsOf } from "../support.ts";

/** A region whose use is within every budget: the plan's own is not, and C02 says so. */
const SMALL: PlannedObject = {
  subscribers: 100_000,
  usage: {
    gbPerMonth: { FREE: 0, BASIC: 1, PREMIUM: 1, ULTIMATE: 1 },
    peakOverAveragePercent: 100,
  },
};
const REGION = regionFixtures("us-east-1");

describeCases([
  {
    rule: budget,
    compliant: REGION,
    fine: [
      {
        title: "nothing of a local region is paid for",
        stack: "local",
        of: "endpoint-a",
        change: { "scalingConfig.desiredSize": 200 },
      },
      { title: "a free type", also: [{ type: "aws:ec2/vpc:Vpc", name: "vpc", props: {} }] },
    ],
    violating: [
      {
        title: "nodes over the budget of VPN servers, the three largest lines named",
        of: "endpoint-a",
        change: { "scalingConfig.desiredSize": 200 },
        says: /VPN servers must cost at most \$12,500 a month in this region: it is \$2\d,\d+, most of it 200 nodes c6gn.xlarge of endpoint-a \$25,229; public IPv4 addresses of nodes of endpoint-a \$730; .*of endpoint-[abc] \$\d+$/,
      },
      {
        title: "the same in a stack that only calls itself local",
        of: "endpoint-a",
        change: { "scalingConfig.desiredSize": 200 },
        without: ["aws"],
        also: [
          {
            type: "pulumi:providers:aws",
            name: "aws",
            props: { region: "us-east-1", defaultTags: '{"tags":{"environment":"local"}}' },
          },
        ],
        says: /^VPN servers must cost at most \$12,500 a month/,
      },
      {
        title: "the same when no provider says its region",
        of: "aws",
        change: { region: undefined },
        says: /in unknown is missing/,
      },
      {
        title: "a database over a smaller budget",
        of: "region",
        change: { "facts.budgets.database": 1_000 },
        says: /^database and caching must cost at most \$500 a month/,
      },
      {
        title: "a budget of zero",
        of: "region",
        change: { "facts.budgets.monitoring": 0 },
        says: /budgets.monitoring is 0: it must be a number of USD a month above 0/,
      },
      {
        title: "a type that has no price",
        also: [{ type: "aws:mq/broker:Broker", name: "queue", props: {} }],
        says: /^aws:mq\/broker:Broker queue must have a price, or a reason on the free list/,
      },
      {
        title: "a size that has no price",
        of: "shard",
        change: { instanceClass: "db.x9z.large" },
        says: /the price rds-postgres db.x9z.large-multi-az in us-east-1 is missing/,
      },
      {
        title: "a size that preview does not know",
        of: "cache",
        change: { nodeType: UNKNOWN },
        says: /nodeType of .* cache is not known in preview/,
      },
      {
        title: "a NAT gateway in an endpoint subnet",
        of: "nat-gateway",
        options: { from: { subnetId: ["subnet-endpoint-a"] } },
        says: /endpoint subnets must have no NAT gateway and no NLB/,
      },
      {
        title: "an NLB in an endpoint subnet",
        of: "entry",
        change: { loadBalancerType: "network" },
        options: { from: { subnets: ["subnet-endpoint-a"] } },
        says: /endpoint subnets must have no NAT gateway and no NLB/,
      },
    ],
  },
  {
    rule: usageBudget,
    compliant: regionFixtures("us-east-1", SMALL),
    fine: [
      {
        title: "fixed cost over the budget is C01's to say",
        of: "region",
        change: { "facts.budgets.database": 1 },
      },
    ],
    violating: [
      {
        title: "the plan's own use",
        of: "region",
        change: { facts: {} },
        says: /^CDN and network transfer at the expected use must cost at most \$3,750 a month in this region: it is \$79,\d+ .*1,502,188 GB of transfer to the internet\); the same traffic on rented hosts: \$3,000 by list price; assumed are GB a month of FREE 3, BASIC 25, PREMIUM 60, ULTIMATE 120, and 4.5 % on top for the tunnel$/,
      },
      {
        title: "a FREE tier that uses more than a tenth",
        of: "region",
        change: { "facts.usage.gbPerMonth.FREE": 1 },
        says: /^FREE must cause at most 10 % of what use costs: it is \d\d %; assumed/,
      },
    ],
  },
]);

describe("the day on which prices are too old", () => {
  it("warns for 30 days, then stops the run from validUntil on, and not a day before", () => {
    const on = (day: string): string[] =>
      findingsOf(budget, REGION, { today: new Date(`${day}T00:00:00Z`) }).filter((text) =>
        text.startsWith("prices"),
      );
    const warned = (day: string): string[] =>
      findingsOf(usageBudget, REGION, { today: new Date(`${day}T00:00:00Z`) }).filter((text) =>
        text.startsWith("prices"),
      );
    assert.deepEqual(warned("2027-04-30"), []);
    assert.match(
      warned("2027-05-01").join(),
      /^prices must be read anew within 30 days: from 2027-05-31/,
    );
    assert.match(warned("2027-05-30").join(), /within 1 day:/);
    assert.deepEqual(warned("2027-05-31"), []);
    assert.deepEqual(on("2027-05-30"), []);
    assert.deepEqual(on("2027-05-31"), [
      "prices must be read anew: those of policies/cost/prices.csv were valid until 2027-05-31",
    ]);
  });
});

describe("an EKS version in extended support", () => {
  it("is refused from its first day on, and priced at six times as much", () => {
    const fixtures = REGION.map((fixture) =>
      fixture.name === "cluster" ? broken(fixture, { version: "1.34" }) : fixture,
    );
    const on = (day: string): string[] =>
      findingsOf(budget, fixtures, { today: new Date(`${day}T00:00:00Z`) });
    assert.deepEqual(on("2026-12-01"), []);
    assert.match(
      on("2026-12-02").join(),
      /^version must be in standard support: that of 1.34 ended on 2026-12-02/,
    );
    const { resources } = stackOfFixtures(fixtures);
    const cost = estimate({ stack: "fixtures", resources, today: new Date("2026-12-02") });
    const lines = cost.components.flatMap((component) => component.lines);
    assert.equal(lines.find(({ item }) => item.startsWith("EKS"))?.monthly, 730 * 0.6);
  });
});
