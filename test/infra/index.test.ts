import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import { runProgram, stackFile, valueOf } from "./support/program.ts";

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

/** Runs the entry for a stack as its file says, and gives the stack's outputs. */
async function deployed(stack: string): Promise<Record<string, unknown>> {
  const program = await runProgram(stack, async () => {
    pulumi.runtime.setAllConfig(stackFile(stack));
    const exported: Record<string, unknown> = {
      ...(await import(`../../infra/index.ts?run=${++runs}`)),
    };
    const secret = await pulumi.isSecret(pulumi.output(exported["kubeconfig"]));
    return { ...(await valueOf(pulumi.output(exported))), secret };
  });
  return Object.fromEntries(Object.entries(Object(program.outputs)));
}

describe("the program's entry", () => {
  it("tells where a region is reached, and its kubeconfig as a secret", async () => {
    const outputs = await deployed("local");
    const replica = (shard: number) => ({ host: `shard-${shard}-replica-0.test`, port: 15432 });
    assert.equal(outputs["region"], "local");
    assert.equal(outputs["apiUrl"], "https://api.local.securevpn.test");
    assert.equal(outputs["balancerDnsName"], "entry.test");
    assert.equal(outputs["clusterName"], "svpn-local-cluster");
    assert.deepEqual(outputs["cache"], { host: "cache.test", port: 16379 });
    assert.equal(outputs["vpnServers"], 3);
    assert.equal(outputs["secret"], true);
    assert.equal(outputs["cost"], "none: this region has no bill");
    assert.deepEqual(outputs["shards"], [
      { name: "shard-0", primary: { host: "shard-0.test", port: 15432 }, replicas: [replica(0)] },
      { name: "shard-1", primary: { host: "shard-1.test", port: 15432 }, replicas: [replica(1)] },
    ]);
  });

  it("makes nothing of an unknown key and shows the message alone", async () => {
    const error = await refused("prod", { "securevpn:shardz": "1" });
    assert.ok(pulumi.RunError.isInstance(error));
    assert.match(
      error.message,
      /configuration of stack prod:\n {2}securevpn:shardz is no config key/,
    );
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
