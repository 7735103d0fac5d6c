import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { defaultMaxConnections, memoryOf } from "../../facts/database-connections.ts";
import { DATABASE_CLASSES } from "../../facts/instance-capacity.ts";

describe("memory of an RDS instance class", () => {
  const known: readonly (readonly [string, number | undefined])[] = [
    ["db.t4g.micro", 1],
    ["db.m7g.large", 8],
    ["db.m7g.4xlarge", 64],
    ["db.r7g.xlarge", 32],
    ["db.x2g.large", 32],
    ["db.z1d.large", undefined],
    ["m7g.large", undefined],
  ];
  for (const [name, memory] of known) {
    it(`${name}: ${String(memory)} GiB`, () => assert.equal(memoryOf(name), memory));
  }

  it("is the catalogue's for every class of the catalogue", () => {
    const named = Object.keys(DATABASE_CLASSES);
    const memories = Object.values(DATABASE_CLASSES).map(({ memoryGib }) => memoryGib);
    assert.deepEqual(named.map(memoryOf), memories);
  });
});

describe("connections of an RDS instance class", () => {
  const known: readonly (readonly [string, number | undefined])[] = [
    ["db.t4g.micro", 80],
    ["db.t4g.medium", 401],
    ["db.m7g.large", 829],
    ["db.m7g.4xlarge", 5_000],
    ["db.z1d.large", undefined],
  ];
  for (const [name, connections] of known) {
    it(`${name}: ${String(connections)}`, () =>
      assert.equal(defaultMaxConnections(name), connections));
  }
});
