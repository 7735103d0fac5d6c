import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import { runProgram } from "./support/program.ts";

let runs = 0;

/** Runs the entry with a config that it refuses; a module runs once, so each run has its own address. */
async function refused(stack: string, config: Record<string, string>): Promise<Error> {
  let failure: unknown;
  const program = await runProgram(stack, async () => {
    pulumi.runtime.setAllConfig(config);
    try {
      await import(`../../infra/index.ts?run=${++runs}`);
    } catch (error) {
      failure = error;
    }
  });
  assert.deepEqual(program.resources, [], "no resource before the config is known to be good");
  assert.ok(failure instanceof Error, "the program ran");
  return failure;
}

describe("the program's entry", () => {
  it("makes nothing of an unknown key and shows the message alone", async function () {
    this.timeout(30_000);
    const error = await refused("prod", { "securevpn:shardz": "1" });
    assert.ok(pulumi.RunError.isInstance(error));
    assert.match(error.message, /configuration of stack prod:\n {2}securevpn:shardz is no config key/);
  });

  it("makes nothing of a wrong region", async () => {
    assert.match((await refused("prod", { "aws:region": "eu-central-1" })).message, /aws:region/);
    assert.match((await refused("prod-mars-1", {})).message, /stack "prod-mars-1" names no region/);
  });

  it("makes nothing of overlapping CIDRs", async () => {
    const error = await refused("prod", { "securevpn:vpcCidr": "10.48.0.0/16" });
    assert.match(error.message, /securevpn:vpcCidr .* overlaps region ap-southeast-1/);
  });
});
