import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ENTITLEMENTS, entitlementsOf, shardOf, TIERS } from "../../../services/contract/index.ts";

describe("contract", () => {
  it("admits the plan's attempts a minute: 3, 5, 10, 20", () => {
    assert.deepEqual(
      TIERS.map((tier) => ENTITLEMENTS[tier].attemptsPerMinute),
      [3, 5, 10, 20],
    );
  });

  it("earns the plan's 474,500 dollars a month with the plan's subscribers", () => {
    const subscribers = { FREE: 50_000, BASIC: 25_000, PREMIUM: 15_000, ULTIMATE: 10_000 };
    const cents = TIERS.reduce(
      (sum, tier) => sum + subscribers[tier] * ENTITLEMENTS[tier].priceCents,
      0,
    );
    assert.equal(cents / 100, 474_500);
  });

  it("never gives an unknown tier more than FREE", () => {
    assert.equal(entitlementsOf("ROOT"), ENTITLEMENTS.FREE);
    assert.equal(entitlementsOf("__proto__"), ENTITLEMENTS.FREE);
  });

  it("finds the shard of an id at the edges of its range, and refuses an id that no shard holds", () => {
    const map = {
      version: 1,
      directory: ["a"],
      ranges: [
        { shard: "a", fromId: "1", toId: "9007199254740993" },
        { shard: "b", fromId: "9007199254740994", toId: "9223372036854775807" },
      ],
    };
    assert.equal(shardOf(map, 9007199254740993n), "a");
    assert.equal(shardOf(map, 9007199254740994n), "b");
    assert.throws(() => shardOf(map, 0n), RangeError);
  });
});
