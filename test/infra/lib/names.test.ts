import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { physicalName, rolePrefix } from "../../../infra/lib/names.ts";
import { REGIONS } from "../../../infra/regions.ts";

describe("physical names", () => {
  it("carry the region and the part", () => {
    assert.equal(physicalName("us-east-1", "entry"), "svpn-us-east-1-entry");
  });

  it("fit for the longest part in every region of the catalogue", () => {
    for (const { name } of REGIONS) assert.ok(physicalName(name, "shard-63-r15").length <= 32);
  });

  it("are refused, and not cut, when too long or not lower-case", () => {
    assert.throws(() => physicalName("ap-southeast-1", "a-part-with-a-long-name"), /at most 32/);
    assert.throws(() => physicalName("local", "Entry"), RangeError);
    assert.throws(() => physicalName("local", "entry-"), RangeError);
  });

  it("of roles begin so that the deployer may make them, and leave the provider its 26 characters", () => {
    assert.equal(rolePrefix("nodes-system"), "svpn-nodes-system-");
    assert.throws(() => rolePrefix("a-part-whose-role-name-would-be-cut"), /at most 37/);
  });
});
