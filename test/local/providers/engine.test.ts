import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { after, before, describe, it } from "mocha";
import pg from "pg";
import { Balancer } from "../../../local/parts/balancer.ts";
import { PartAddresses } from "../../../local/parts/part-addresses.ts";
import { PostgresFleet } from "../../../local/parts/postgres.ts";
import { RedisFleet } from "../../../local/parts/redis.ts";
import { partBackends } from "../../../local/providers/aws/part-backends.ts";
import { AwsProvider } from "../../../local/providers/aws/provider.ts";
import { randomProvider } from "../../../local/providers/random/provider.ts";
import { serveProvider, type ServedProvider } from "../../../local/providers/rpc.ts";
import { testContext, type TestContext } from "../../support/cloud-context.ts";

const notInThisTest = (): never => {
  throw new Error("this test has no cluster");
};
const kubernetesSide = {
  cluster: { apply: notInThisTest, delete: notInThisTest, has: () => false },
  nodeGroup: { apply: notInThisTest, delete: notInThisTest, has: () => false },
};

describe("the providers under the real engine", () => {
  let test: TestContext;
  let fleet: PostgresFleet;
  let aws: AwsProvider;
  let served: ServedProvider[];
  let stack: Stack;

  async function up(config: Record<string, string> = {}): Promise<Record<string, number>> {
    for (const [key, value] of Object.entries(config)) await stack.setConfig(key, { value });
    const { summary } = await stack.up({ color: "never" });
    return Object.fromEntries(
      Object.entries(summary.resourceChanges ?? {}).filter(([kind]) => kind !== "same"),
    );
  }

  async function asOwner(password: string): Promise<unknown> {
    const { ip, port, address } = fleet.endpoint("engine-shard");
    const client = new pg.Client({
      host: ip,
      port,
      user: "owner",
      password,
      database: "app",
      ssl: { ca: test.context.ca.pem, servername: address },
    });
    await client.connect();
    try {
      return (await client.query<{ n: number }>("select 1 as n")).rows[0]?.n;
    } finally {
      await client.end();
    }
  }

  const output = async (name: string): Promise<unknown> => (await stack.outputs())[name]?.value;

  before(async () => {
    test = await testContext();
    const { context } = test;
    const addresses = new PartAddresses(context);
    fleet = new PostgresFleet(context, addresses, { fsync: "off" });
    aws = new AwsProvider(context.stateDir, {
      ...partBackends(fleet, new RedisFleet(context, addresses), new Balancer(context, () => [])),
      ...kubernetesSide,
    });
    served = await Promise.all([serveProvider(aws), serveProvider(randomProvider())]);
    const workDir = join(context.stateDir, "project");
    for (const folder of [
      workDir,
      join(context.stateDir, "backend"),
      join(context.stateDir, "home"),
    ])
      mkdirSync(folder);
    const main = join(import.meta.dirname, "program", "index.ts");
    writeFileSync(
      join(workDir, "Pulumi.yaml"),
      JSON.stringify({
        name: "engine",
        main,
        runtime: { name: "nodejs", options: { typescript: false } },
      }),
    );
    const workspace = await LocalWorkspace.create({
      workDir,
      pulumiHome: join(context.stateDir, "home"),
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(context.stateDir, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "1",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
        PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "1",
        PULUMI_DEBUG_PROVIDERS: `aws:${served[0]?.port},random:${served[1]?.port}`,
        PATH: process.env["PATH"] ?? "",
      },
    });
    stack = await Stack.createOrSelect("test", workspace);
  });
  after(async () => {
    for (const one of served) await one.stop();
    await fleet.stop();
    test.remove();
  });

  it("makes what the program asks for, and nothing in a second up", async () => {
    const { changeSummary } = await stack.preview({ color: "never" });
    assert.deepEqual(changeSummary, { create: 13 });
    assert.equal(aws.list().length, 0, "a preview makes nothing");
    assert.deepEqual(await up(), { create: 13 });
    assert.equal(await output("shardAddress"), "engine-shard.eu-central-1.rds.internal:15432");
    assert.equal(await asOwner(String(await output("ownerPassword"))), 1);
    assert.deepEqual(await up(), {});
  });

  it("tells two provider resources of one package apart", async () => {
    assert.match(String(await output("keyArn")), /^arn:aws:kms:us-east-1:000000000000:key\//);
    assert.deepEqual(await output("vpcTags"), { Name: "vpc", owner: "team" });
    const vpc = aws.list().find(({ type }) => type === "aws:ec2/vpc:Vpc");
    assert.match(String(vpc?.computed["arn"]), /^arn:aws:ec2:eu-central-1:111122223333:vpc\/vpc-/);
  });

  it("adds a replica and touches nothing else", async () => {
    assert.deepEqual(await up({ replicas: "2" }), { create: 1 });
    assert.ok(fleet.has("engine-shard-r1"));
    assert.deepEqual(await up({ replicas: "1" }), { delete: 1 });
    assert.ok(!fleet.has("engine-shard-r1"));
  });

  it("rotates the master password by its version, and keeps it out of outputs and records", async () => {
    const old = String(await output("ownerPassword"));
    assert.deepEqual(await up({ passwordVersion: "2" }), { replace: 1, update: 1 });
    const password = String(await output("ownerPassword"));
    assert.equal(await asOwner(password), 1);
    await assert.rejects(asOwner(old), /password authentication failed/);
    assert.ok(!JSON.stringify(aws.list()).includes(password));
    const state = readFileSync(
      join(test.context.stateDir, "backend", ".pulumi", "stacks", "engine", "test.json"),
      "utf8",
    );
    assert.ok(!state.includes(password));
  });

  it("updates every resource whose default tags change, in place", async () => {
    const changes = await up({ owner: "another" });
    assert.equal(changes["replace"], undefined);
    assert.deepEqual(await output("vpcTags"), { Name: "vpc", owner: "another" });
  });

  it("sees drift made by hand in a refresh, and repairs it in up", async () => {
    const group = aws.list().find(({ type }) => type === "aws:ec2/securityGroup:SecurityGroup");
    assert.ok(group);
    aws.edit(group.type, group.id, {
      ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    });
    const { summary } = await stack.refresh({ color: "never" });
    assert.equal(summary.resourceChanges?.update, 1);
    assert.deepEqual(await up(), { update: 1 });
    assert.equal(aws.list().find(({ id }) => id === group.id)?.inputs["ingress"], undefined);
  });

  it("sees that a database is gone, and makes it again", async () => {
    await fleet.delete("engine-shard-r0");
    await stack.refresh({ color: "never" });
    assert.deepEqual(await up(), { create: 1 });
  });

  it("goes on after a parameter was refused", async () => {
    await assert.rejects(up({ logValue: "soon" }), /log_min_duration_statement/);
    assert.deepEqual(await up({ logValue: "250" }), { update: 1 });
    assert.deepEqual(await up(), {});
  });

  it("refuses properties that it does not know, by name, before anything changes", async () => {
    await assert.rejects(
      up({ unknownProperty: "true" }),
      /does not model "ipv4IpamPoolId" of aws:ec2\/vpc:Vpc/,
    );
    await up({ unknownProperty: "false" });
  });

  it("replaces what a change of an immutable property asks for", async () => {
    const { changeSummary } = await stack.preview({ color: "never" });
    assert.equal(changeSummary["replace"], undefined);
    await stack.setConfig("cidr", { value: "10.1.0.0/16" });
    const plan = await stack.preview({ color: "never" });
    assert.ok((plan.changeSummary["replace"] ?? 0) >= 3, "vpc, and what lies in it");
    await stack.setConfig("cidr", { value: "10.0.0.0/16" });
  });

  it("does not delete a database under deletion protection", async () => {
    await up({ protected: "true" });
    await assert.rejects(
      stack.destroy({ color: "never" }),
      /protected: set deletionProtection to false/,
    );
    assert.ok(fleet.has("engine-shard"));
    await up({ protected: "false" });
  });

  it("leaves nothing behind after destroy", async () => {
    await stack.destroy({ color: "never" });
    assert.deepEqual(aws.list(), []);
    assert.deepEqual(fleet.identifiers(), []);
    assert.deepEqual(test.context.parts.list(), []);
  });
});
