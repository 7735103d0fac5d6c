import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { DATABASE_CLASSES } from "../../../facts/instance-capacity.ts";
import {
  explainSizes,
  sizesOf,
  type Demand,
  type Size,
  type SizeSettings,
} from "../../../infra/lib/sizing.ts";

const PLAN: Demand = {
  subscribers: 100_000,
  connections: 200_000,
  share: 0.5,
  zones: 3,
  gbPerSubscriber: 28.75,
  peakOverAverage: 2.2,
  tunnelOverhead: 1.045,
  onlineAtPeak: 0.12,
  gbitPerVcpu: 1,
  utilisation: 0.65,
  peersPerServer: 10_000,
};
const CALCULATED: SizeSettings = {
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

function size(
  key: Size["key"],
  demand: Partial<Demand> = {},
  settings: Partial<SizeSettings> = {},
): Size {
  const sizes = sizesOf({ ...PLAN, ...demand }, { ...CALCULATED, ...settings });
  const found = sizes.find((item) => item.key === key);
  if (found === undefined) throw new Error(`no size ${key}`);
  return found;
}

describe("the sizes of a region", () => {
  it("follow from the plan's 100,000 subscribers and 200,000 connections", () => {
    const values = sizesOf(PLAN, CALCULATED).map(({ key, value, fault }) => [key, value, fault]);
    assert.deepEqual(values, [
      ["endpointNodesPerZone", 5, undefined],
      ["shards", 2, undefined],
      ["databaseInstanceClass", "db.m7g.large", undefined],
      ["databaseStorageGb", 100, undefined],
      ["cacheNodeType", "cache.m7g.large", undefined],
      ["serviceReplicas", 3, undefined],
      ["systemNodes", 6, undefined],
    ]);
  });

  it("carry the peak when any one zone is gone", () => {
    const demand = fc.record({
      connections: fc.integer({ min: 1, max: 20_000_000 }),
      share: fc.double({ min: 0.01, max: 1, noNaN: true }),
      zones: fc.constantFrom(2, 3, 4),
    });
    fc.assert(
      fc.property(demand, (some) => {
        const perZone = Number(size("endpointNodesPerZone", some).value);
        const left = perZone * (some.zones - 1) * PLAN.peersPerServer;
        assert.ok(left >= Math.ceil(some.connections * some.share));
      }),
    );
  });

  it("never shrink when the demand grows", () => {
    const growth = fc.tuple(
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.integer({ min: 0, max: 10_000_000 }),
    );
    const rank = (value: number | string): number =>
      typeof value === "number" ? value : Object.keys(DATABASE_CLASSES).indexOf(value);
    fc.assert(
      fc.property(growth, growth, ([subscribers, more], [connections, moreOf]) => {
        for (const key of ["endpointNodesPerZone", "shards", "serviceReplicas"] as const) {
          const before = size(key, { subscribers, connections });
          const after = size(key, {
            subscribers: subscribers + more,
            connections: connections + moreOf,
          });
          assert.ok(rank(after.value) >= rank(before.value), key);
        }
      }),
    );
  });

  it("are bound by traffic where subscribers use much, and the report says so", () => {
    const { value, steps } = size("endpointNodesPerZone", { gbPerSubscriber: 100 });
    // 50,000 x 100 GB, 4.5 % more on the wire: 17.1 Gbit/s on average, 37.6 at the peak, 15 servers of 2.6.
    assert.equal(value, 8);
    assert.match(steps.join("\n"), /bound by traffic: 15/);
  });

  it("take a larger node's rate, and no more than an internet gateway gives a small one", () => {
    const rate = (type: string): string =>
      size("endpointNodesPerZone", {}, { endpointInstanceType: type }).steps.join();
    assert.match(rate("c6gn.2xlarge"), /least of 8 by 8 vCPU, 5 by the internet gateway/);
    assert.match(rate("c6gn.8xlarge"), /25 by the internet gateway, 50 baseline/);
    assert.match(rate("c7g.large"), /0\.9 baseline, x 0\.65 = 0\.6 Gbit/);
  });

  it("grow shards, class, cache and pods for ten million subscribers", () => {
    const many = { subscribers: 10_000_000, connections: 20_000_000 };
    assert.equal(size("shards", many).value, 10);
    assert.equal(size("databaseInstanceClass", many).value, "db.m7g.2xlarge");
    assert.equal(size("cacheNodeType", many).value, "cache.m7g.4xlarge");
    assert.equal(size("serviceReplicas", many).value, 167);
  });

  it("that config sets are kept when they hold the target and refused when they do not", () => {
    assert.equal(size("shards", {}, { shards: 4 }).from, "config");
    assert.equal(size("shards", {}, { shards: 4 }).fault, undefined);
    assert.match(size("shards", {}, { shards: 1 }).fault ?? "", /at least 2 shards/);
    assert.match(
      size(
        "databaseInstanceClass",
        { connections: 4_000_000 },
        {
          databaseInstanceClass: "db.t4g.micro",
        },
      ).fault ?? "",
      /too small; db\.m7g\.2xlarge is enough/,
    );
  });

  it("stop at the slices of a region's block of ids", () => {
    const { fault } = size("shards", { subscribers: 50_000_000, share: 1 });
    assert.match(fault ?? "", /at most 64: spread the subscribers/);
  });

  it("say when no known type is enough", () => {
    const { fault } = size("databaseInstanceClass", { connections: 200_000_000, share: 1 });
    assert.match(fault ?? "", /no known type is enough/);
  });

  it("are shown with every step of their arithmetic", () => {
    const lines = explainSizes(sizesOf(PLAN, CALCULATED));
    assert.ok(lines.includes("endpointNodesPerZone = 5 (calculated)"));
    assert.ok(
      lines.includes("  by peers: 200,000 connections x 0.5 = 100,000, / 10,000 a server = 10"),
    );
  });
});
