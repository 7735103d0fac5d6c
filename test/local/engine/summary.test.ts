import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { overThreshold } from "../../../local/engine/summary-cost.ts";
import {
  COMMENT_MARK,
  renderSummary,
  type PreviewDocument,
} from "../../../local/engine/summary.ts";

const plain: PreviewDocument = {
  stack: "prod",
  resources: [],
  changes: { create: 1, update: 2, replace: 0, delete: 0, same: 232 },
  policies: [{ name: "a", level: "mandatory", ran: "yes", violations: [] }],
};

describe("summary of previews for a pull request", () => {
  it("carries the mark by which the comment is edited in place, and a row a stack", () => {
    const text = renderSummary([plain, { ...plain, stack: "prod-eu-central-1" }]);
    assert.ok(text.startsWith(COMMENT_MARK));
    assert.match(text, /\| prod \| 1 \| 2 \| 0 \| 0 \| 232 \|/);
    assert.match(text, /\| prod-eu-central-1 \|/);
    assert.match(text, /1 ran; none was violated/);
  });

  it("puts what stops the change first, and keeps a table whole whatever a message holds", () => {
    const violations = [{ urn: "urn:pulumi:prod::securevpn::a:b:C::x", message: "must | be\nso" }];
    const policies = [
      { name: "advice", level: "advisory", ran: "yes", violations },
      { name: "stop", level: "mandatory", ran: "yes", violations },
    ];
    const text = renderSummary([{ ...plain, policies }]);
    assert.ok(text.indexOf("| stop |") < text.indexOf("| advice |"));
    assert.match(text, /must \\\| be so \| a:b:C x \|/);
  });

  it("shows each component against its budget and says which is over", () => {
    const components = [
      { name: "VPN servers", budget: 100, monthly: 120, lines: [] },
      { name: "Monitoring", budget: 200, monthly: 50, lines: [] },
    ];
    const cost = {
      currency: "USD",
      asOf: "2026-11-01",
      fixed: { total: 170, components },
      usage: { low: 1, expected: 2, high: 3 },
      usageLines: { expected: [] },
    };
    const text = renderSummary([{ ...plain, cost }]);
    assert.match(text, /\| prod \| VPN servers \| \$120 \| \$100 \| \*\*over\*\* \|/);
    assert.match(text, /\| prod \| Monitoring \| \$50 \| \$200 \| 25 % \|/);
  });

  const URN = "urn:pulumi:prod::securevpn::aws:eks/nodeGroup:NodeGroup::endpoint-0";
  const line = { urn: URN, item: "5 nodes c6gn.xlarge", monthly: 700 };
  const priced = (stack: string, before: number): PreviewDocument => ({
    ...plain,
    stack,
    cost: {
      asOf: "2026-11-01",
      fixed: {
        total: 700,
        components: [{ name: "VPN servers", budget: 900, monthly: 700, lines: [line] }],
      },
      usage: { low: 100, expected: 300, high: 900 },
      usageLines: { expected: [{ item: "transfer to the internet", monthly: 300 }] },
    },
    costDifference: {
      fixed: { before, after: 700 },
      usage: { before: 300, after: 300 },
      lines: before === 700 ? [] : [{ urn: URN, item: line.item, before, after: 700 }],
    },
  });

  it("gives the total of all regions, the changed lines in percent, and what drives the bill", () => {
    const text = renderSummary([priced("prod", 500), priced("prod-eu-central-1", 700)]);
    assert.match(text, /\*\*\$2,000\*\* for the 2 regions above, .*: \+\$200 \(\+11\.1 %\)/);
    assert.match(
      text,
      /\| prod \| 5 nodes c6gn\.xlarge of endpoint-0 \| \$500 \| \$700 \| \+\$200 \(\+40\.0 %\) \|/,
    );
    assert.match(text, /- \$700 \(35 %\) 5 nodes c6gn.xlarge of endpoint-0 in prod\n/);
    assert.match(text, /- \$300 \(15 %\) transfer to the internet in prod\n/);
  });

  it("says when the platform's month rises above a threshold, and when it cannot be told", () => {
    const documents = [priced("prod", 500), priced("prod-eu-central-1", 700)];
    assert.equal(overThreshold(documents, {}), undefined);
    assert.equal(overThreshold(documents, { percent: 12 }), undefined);
    assert.match(overThreshold(documents, { percent: 11 }) ?? "", /\+11\.1 %\) a month: .* 11 %/);
    assert.match(overThreshold(documents, { usd: 199 }) ?? "", /\+\$200 .* more than \$199/);
    assert.match(renderSummary(documents, { percent: 11 }), /\*\*Over the threshold\*\*/);
    const unknown = { ...plain, costError: "no price" };
    assert.match(overThreshold([unknown], { percent: 11 }) ?? "", /not priced/);
  });

  it("counts a region that is not deployed yet as new", () => {
    const { costDifference: _none, ...region } = priced("prod-eu-west-1", 0);
    const changes = { create: 478, update: 0, replace: 0, delete: 0, same: 0 };
    const documents = [priced("prod", 700), { ...region, changes }];
    assert.match(renderSummary(documents), /: \+\$1,000 \(\+100\.0 %\) against what is deployed/);
    assert.match(overThreshold(documents, { percent: 50 }) ?? "", /more than 50 %/);
  });

  it("names the policies that did not run", () => {
    const policies = [{ name: "c01", level: "mandatory", ran: "no", violations: [] }];
    assert.match(renderSummary([{ ...plain, policies }]), /prod: \*\*did not run\*\*: c01/);
  });

  it("stays below GitHub's limit of a comment", () => {
    const violations = Array.from({ length: 2_000 }, (_, index) => ({
      urn: "",
      message: `violation ${index} ${"x".repeat(50)}`,
    }));
    assert.ok(
      renderSummary([
        { ...plain, policies: [{ name: "p", level: "advisory", ran: "yes", violations }] },
      ]).length < 65_536,
    );
  });
});
