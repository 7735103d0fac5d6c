import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { deployedStack } from "../../../local/engine/deployed-resources.ts";
import { fixedCost } from "../../../policies/cost/fixed.ts";
import { prices } from "../../../policies/cost/prices.ts";
import { isPriced } from "../../../policies/cost/estimate.ts";

const urn = (type: string, name: string): string => `urn:pulumi:prod::securevpn::${type}::${name}`;
const PROVIDER = urn("pulumi:providers:aws", "aws");
const SHARD = urn("aws:rds/instance:Instance", "shard");
const instance = { instanceClass: "db.m7g.large", storageType: "gp3" };
const STATE = {
  version: 3,
  deployment: {
    resources: [
      {
        urn: PROVIDER,
        type: "pulumi:providers:aws",
        inputs: { region: "us-east-1", defaultTags: '{"tags":{"environment":"prod"}}' },
      },
      {
        urn: SHARD,
        type: "aws:rds/instance:Instance",
        provider: `${PROVIDER}::id`,
        inputs: { ...instance, allocatedStorage: 100, multiAz: true },
      },
      {
        urn: urn("aws:rds/instance:Instance", "shard-replica"),
        type: "aws:rds/instance:Instance",
        provider: `${PROVIDER}::id`,
        inputs: { ...instance, replicateSourceDb: "shard" },
        propertyDependencies: { replicateSourceDb: [SHARD] },
      },
      { urn: urn("aws:kms/key:Key", "old"), type: "aws:kms/key:Key", delete: true, inputs: {} },
    ],
  },
};

describe("the resources of an exported state", () => {
  const stack = deployedStack("prod", STATE, new Date("2026-11-24"));

  it("are seen as planned ones: by inputs, with their provider and what they hang on", () => {
    const [, shard, replica] = stack.resources;
    assert.equal(shard?.name, "shard");
    assert.equal(shard.provider?.["region"], "us-east-1");
    assert.deepEqual(
      replica?.relations("replicateSourceDb").map(({ name }) => name),
      ["shard"],
    );
    assert.deepEqual(replica.relations("kmsKeyId"), []);
    assert.equal(isPriced(stack), true);
  });

  it("leave out what only waits to be deleted, and are priced like planned ones", () => {
    const { lines, faults, unpriced } = fixedCost(stack, prices(), "us-east-1");
    assert.deepEqual([faults, unpriced], [[], []]);
    assert.deepEqual(
      lines.map(({ quantity, price }) => [quantity, price.item]),
      [
        [730, "db.m7g.large-multi-az"],
        [100, "gp3-storage-multi-az"],
        [730, "db.m7g.large-single-az"],
        [100, "gp3-storage-single-az"],
      ],
    );
  });

  it("are none where nothing is deployed", () => {
    const empty = deployedStack("prod", { version: 3, deployment: {} }, new Date("2026-11-24"));
    assert.deepEqual(empty.resources, []);
  });
});
