import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { differenceOf } from "../../../policies/cost/difference.ts";
import { documentOf, type CostDocument } from "../../../policies/cost/document.ts";
import { estimate } from "../../../policies/cost/estimate.ts";
import { record, recorded } from "../../../policies/cost/record.ts";
import { costTable, differenceLines } from "../../../policies/cost/table.ts";
import type { PlannedObject } from "../../../policies/lib/planned.ts";
import { budget } from "../../../policies/stack/budget.ts";
import { broken } from "../support.ts";
import { regionFixtures, regionStack, stackOfFixtures } from "./region.ts";

const REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-1"];
const document = (region: string, facts: PlannedObject = {}): CostDocument =>
  documentOf(estimate(regionStack(region, facts)));
const named = (region: string) => ({ stack: region, cost: document(region) });
/** The amounts of the table's line that begins so. */
const amounts = (text: string, begin: string): number[] =>
  [
    ...(text.split("\n").find((line) => line.trim().startsWith(begin)) ?? "").matchAll(
      /\$([\d,]+)/g,
    ),
  ].map(([, digits]) => Number((digits ?? "").replaceAll(",", "")));

describe("the cost of several regions", () => {
  const text = costTable(REGIONS.map(named));

  it("is the sum of theirs, to the dollar, of fixed cost, use and budgets", () => {
    const all = REGIONS.map((region) => document(region));
    const sum = (of: (cost: CostDocument) => number): number =>
      Math.round(all.reduce((total, cost) => total + of(cost), 0));
    assert.deepEqual(amounts(text, "fixed "), [sum((cost) => cost.fixed.total), 41_000]);
    assert.deepEqual(amounts(text, "transfer, requests"), [
      sum(({ usage }) => usage.low),
      sum(({ usage }) => usage.expected),
      sum(({ usage }) => usage.high),
    ]);
    assert.deepEqual(amounts(text, "all "), [
      474_500,
      sum((cost) => cost.fixed.total + cost.usage.expected),
    ]);
  });

  it("says what transfer costs, and what its budget buys", () => {
    assert.match(
      text,
      /transfer: 2,934 TB expected, 30.0 GB a subscriber, \$176,847: 9\d % of all cost/,
    );
    assert.match(text, /its budget of \$7,500 buys 81 TB: 0.8 GB a subscriber/);
    assert.match(
      text,
      /prices: \d+ list prices, the oldest of 20\d\d-.*; \d+ are over a year old or undated, \d+ from memory or derived; valid until 2027-05-31/,
    );
  });
});

describe("the cost of one region", () => {
  it("is a document of plain numbers whose lines add up", () => {
    const cost: CostDocument = JSON.parse(JSON.stringify(document("us-east-1"))) as CostDocument;
    for (const { lines, monthly } of cost.fixed.components) {
      const sum = lines.reduce((all, line) => all + line.monthly, 0);
      assert.ok(Math.abs(sum - monthly) < 0.01 * lines.length);
      for (const line of lines)
        assert.ok(Math.abs(line.quantity * line.unitPrice - line.monthly) < 0.006, line.item);
    }
    assert.deepEqual(cost.unpriced, []);
    assert.equal(cost.currency, "USD");
  });

  it("shows what is over its budget, and what a change makes of the bill", () => {
    const before = document("us-east-1");
    assert.equal(differenceOf(before, document("us-east-1")), undefined);
    const fixtures = regionFixtures("us-east-1").map((fixture) =>
      fixture.name === "endpoint-a"
        ? broken(fixture, { "scalingConfig.desiredSize": 200 })
        : fixture,
    );
    const after = documentOf(estimate(stackOfFixtures(fixtures)));
    assert.match(
      costTable([{ stack: "prod", cost: after }]),
      /VPN servers +\$2\d,\d+ +\$12,500 +OVER/,
    );
    const difference = differenceOf(before, after);
    assert.ok(difference !== undefined);
    const lines = differenceLines(difference);
    assert.match(
      lines[0] ?? "",
      /^against what is deployed: fixed \+\$25,622, use as expected \+\$0$/,
    );
    assert.match(lines[1] ?? "", /^ {2}\+\$25,229 200 nodes c6gn.xlarge of endpoint-a$/);
  });
});

describe("the estimate that the policy pack leaves behind", () => {
  it("is written by C01 alone, and holds the figures, nothing for a local region, or the reason", () => {
    const folder = mkdtempSync(join(tmpdir(), "securevpn-cost-test-"));
    try {
      const file = join(folder, "estimate.json");
      assert.deepEqual(recorded([budget], undefined), [budget]);
      const [rule] = recorded([budget], file);
      assert.deepEqual(rule?.stack?.(regionStack("us-east-1")), []);
      const written: unknown = JSON.parse(readFileSync(file, "utf8"));
      assert.deepEqual(written, JSON.parse(JSON.stringify({ cost: document("us-east-1") })));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    assert.deepEqual(record({ ...regionStack("us-east-1"), stack: "local" }), {
      cost: null,
    });
    const wrong = record(regionStack("us-east-1", { budgets: { transfer: 0 } }));
    assert.match("error" in wrong ? wrong.error : "", /budgets.transfer is 0/);
  });
});
