import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { capacityOf } from "../../../local/cloud/instance-types.ts";

describe("the capacity of an instance type", () => {
  it("is what an EKS node of the type leaves to pods", () => {
    const { capacity, allocatable } = capacityOf("m7g.large");
    assert.equal(capacity.cpu, "2");
    // 60m of the first core and 10m of the second.
    assert.equal(allocatable.cpu, "1930m");
    assert.equal(capacity.memory, "7577Mi");
    assert.equal(allocatable.memory, `${7577 - 255 - 11 * 29 - 100}Mi`);
  });

  const pods: readonly (readonly [type: string, pods: number])[] = [
    ["m7g.medium", 8],
    ["m7g.large", 29],
    ["c6gn.xlarge", 58],
    ["c7gn.2xlarge", 58],
    ["r7g.4xlarge", 110],
    ["c6gn.8xlarge", 234],
    ["m7g.16xlarge", 250],
    ["t4g.small", 11],
    ["t4g.large", 35],
  ];
  for (const [type, wanted] of pods) {
    it(`allows ${wanted} pods on ${type}`, () =>
      assert.equal(capacityOf(type).capacity.pods, wanted));
  }

  it("is refused for a name that follows no rule, with what is known", () => {
    for (const type of ["x9.large", "m7g.small", "m7g", "c6gn.metal"]) {
      assert.throws(
        () => capacityOf(type),
        (error: unknown) =>
          error instanceof Error &&
          error.message.includes(type) &&
          error.message.includes("m7g.large"),
        type,
      );
    }
  });
});
