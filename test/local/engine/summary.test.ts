import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  COMMENT_MARK,
  renderSummary,
  type PreviewDocument,
} from "../../../local/engine/summary.ts";

const plain: PreviewDocument = {
  stack: "prod",
  resources: [],
  changes: { create: 1, update: 2, replace: 0, delete: 0, same: 232 },
  policies: [{ name: "a", level: "mandatory", violations: [] }],
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
      { name: "advice", level: "advisory", violations },
      { name: "stop", level: "mandatory", violations },
    ];
    const text = renderSummary([{ ...plain, policies }]);
    assert.ok(text.indexOf("| stop |") < text.indexOf("| advice |"));
    assert.match(text, /must \\\| be so \| a:b:C x \|/);
  });

  it("shows each component against its budget and says which is over", () => {
    const components = [
      { name: "VPN servers", budget: 100, monthly: 120 },
      { name: "Monitoring", budget: 200, monthly: 50 },
    ];
    const cost = {
      currency: "USD",
      asOf: "2026-11-01",
      fixed: { total: 170, components },
      usage: { low: 1, expected: 2, high: 3 },
    };
    const text = renderSummary([{ ...plain, cost }]);
    assert.match(text, /\| prod \| VPN servers \| \$120 \| \$100 \| \*\*over\*\* \|/);
    assert.match(text, /\| prod \| Monitoring \| \$50 \| \$200 \| 25 % \|/);
  });

  it("stays below GitHub's limit of a comment", () => {
    const violations = Array.from({ length: 2_000 }, (_, index) => ({
      urn: "",
      message: `violation ${index} ${"x".repeat(50)}`,
    }));
    assert.ok(
      renderSummary([{ ...plain, policies: [{ name: "p", level: "advisory", violations }] }])
        .length < 65_536,
    );
  });
});
