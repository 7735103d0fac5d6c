import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { regionConfigOf, shardMapOf, shardNames } from "../../../infra/lib/region-config.ts";
import { REGIONS } from "../../../infra/regions.ts";
import { shardOf } from "../../../services/contract/index.ts";
import { configOf } from "../support/program.ts";

const shardCounts = fc.integer({ min: 1, max: 64 });
const regions = fc.constantFrom(...REGIONS);

describe("the shard map", () => {
  it("gives every shard a range inside the region's ids, and no id two shards", () => {
    fc.assert(
      fc.property(regions, shardCounts, (region, count) => {
        const { ranges } = shardMapOf(region, shardNames(count));
        let before = BigInt(region.userIds.fromId) - 1n;
        for (const range of ranges) {
          assert.equal(BigInt(range.fromId), before + 1n);
          assert.ok(BigInt(range.toId) >= BigInt(range.fromId));
          before = BigInt(range.toId);
        }
        assert.ok(before <= BigInt(region.userIds.toId));
      }),
    );
  });

  it("moves nobody when a shard is added", () => {
    fc.assert(
      fc.property(regions, fc.integer({ min: 1, max: 63 }), (region, count) => {
        const less = shardMapOf(region, shardNames(count));
        const more = shardMapOf(region, shardNames(count + 1));
        assert.deepEqual(more.ranges.slice(0, count), less.ranges);
        assert.ok(more.version > less.version);
      }),
    );
  });

  it("is read by the services as it is written", () => {
    const region = configOf("prod").region;
    const map = shardMapOf(region, shardNames(2));
    for (const { shard, fromId, toId } of map.ranges) {
      assert.equal(shardOf(map, BigInt(fromId)), shard);
      assert.equal(shardOf(map, BigInt(toId)), shard);
    }
  });
});

describe("region.json", () => {
  const at = { host: "h", port: 1 };
  const endpoints = {
    shards: [{ name: "shard-0", primary: at, replicas: [] }],
    cache: { ...at, user: "u" },
  };

  it("names the region's issuer and its peers' by the zone in config", () => {
    const config = regionConfigOf(configOf("prod", { zoneName: "vpn.example.com" }), endpoints);
    assert.equal(config.issuer, "https://api.us-east-1.vpn.example.com");
    assert.deepEqual(config.peers, [
      { region: "eu-central-1", issuer: "https://api.eu-central-1.vpn.example.com" },
      { region: "ap-southeast-1", issuer: "https://api.ap-southeast-1.vpn.example.com" },
    ]);
  });

  it("says that the cache speaks TLS and that one proxy stands in front", () => {
    const config = regionConfigOf(configOf("local"), endpoints);
    assert.deepEqual(config.cache, { host: "h", port: 1, user: "u", tls: true });
    assert.equal(config.trustedHops, 1);
    assert.deepEqual(config.peers, []);
  });
});
