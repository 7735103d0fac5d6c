import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { overlaps, parseCidr } from "../../../infra/lib/cidr.ts";
import { tierCidrs, type Tier } from "../../../infra/lib/subnets.ts";
import { REGIONS } from "../../../infra/regions.ts";

const TIERS: readonly Tier[] = ["public", "private", "data", "endpoint"];

describe("subnets", () => {
  it("of all kinds and zones lie in the region's block and overlap nowhere", () => {
    for (const region of REGIONS) {
      const all = TIERS.flatMap((tier) => tierCidrs(region, tier)).map(parseCidr);
      assert.equal(all.length, 12);
      for (const [index, a] of all.entries()) {
        assert.ok(overlaps(a, parseCidr(region.cidr)));
        for (const b of all.slice(index + 1)) assert.ok(!overlaps(a, b));
      }
    }
  });

  it("of a kind keep their block when the region gets another zone", () => {
    const zones = ["a", "b", "c"] as const;
    assert.deepEqual(tierCidrs({ cidr: "10.0.0.0/16", zones: [...zones] }, "endpoint"), [
      "10.0.128.0/20",
      "10.0.144.0/20",
      "10.0.160.0/20",
    ]);
  });
});
