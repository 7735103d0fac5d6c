import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { regionProgram, type Program } from "./support/program.ts";

describe("a region", () => {
  let local: Program;
  let prod: Program;
  before(async function () {
    this.timeout(60_000); // first import of the aws and kubernetes packages
    local = await regionProgram("local");
    prod = await regionProgram("prod");
  });

  it("comes up under mocks for local and for prod", () => {
    assert.ok(local.resources.length > 150, `${local.resources.length}`);
    assert.ok(prod.resources.length > local.resources.length - 10, `${prod.resources.length}`);
  });
});
