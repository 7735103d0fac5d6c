import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { regionProgram, runProgram, Secret, type Program } from "./support/program.ts";
import { at } from "./support/read.ts";
import { regionOf } from "./support/regions.ts";

/** Paths of all plain strings that look like one of the generated secrets. */
function leaks(value: unknown, path: string): string[] {
  if (value instanceof Secret) return [];
  if (typeof value === "string") return /(password|key)-of-/.test(value) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => leaks(item, `${path}.${key}`));
}

const countOf = (program: Program, type: string): number => program.ofType(type).length;

describe("a region", () => {
  let local: Program;
  let prod: Program;
  before(async () => {
    local = await regionOf("local");
    prod = await regionOf("prod");
  });

  it("has the shards, replicas, node groups and services that its stack asks for", () => {
    for (const program of [local, prod]) {
      assert.equal(countOf(program, "aws:rds/instance:Instance"), 4);
      assert.equal(countOf(program, "aws:elasticache/replicationGroup:ReplicationGroup"), 1);
      assert.equal(countOf(program, "aws:eks/nodeGroup:NodeGroup"), 6);
      for (const name of ["auth", "selector", "vpn-servers", "cluster-autoscaler"])
        program.one("kubernetes:apps/v1:Deployment", name);
      assert.equal(countOf(program, "aws:lb/loadBalancer:LoadBalancer"), 1);
    }
    assert.equal(
      at(local.one("kubernetes:apps/v1:Deployment", "vpn-servers").inputs, "spec.replicas"),
      3,
    );
    assert.equal(
      at(prod.one("kubernetes:apps/v1:Deployment", "vpn-servers").inputs, "spec.replicas"),
      15,
    );
  });

  it("shows no generated secret in plain in any input", () => {
    for (const program of [local, prod]) {
      const found = program.resources.flatMap(({ type, name, inputs }) =>
        leaks(inputs, `${type}::${name}`),
      );
      assert.deepEqual(found, []);
    }
  });

  it("differs between local and prod in inputs alone, but for copies, last snapshots, alarms of replicas, a NAT a zone and the second Prometheus", () => {
    const keys = (program: Program): Set<string> =>
      new Set(program.resources.map(({ type, name }) => `${type}::${name}`));
    const [inLocal, inProd] = [keys(local), keys(prod)];
    assert.deepEqual(
      [...inProd]
        .filter((key) => !inLocal.has(key))
        .filter((key) => !/::(backups(-shard-\d)?|alarms-cache-002-\w+)$/.test(key)),
      [
        "securevpn:region:Region::us-east-1",
        "random:index/randomId:RandomId::shard-0-final-snapshot",
        "random:index/randomId:RandomId::shard-1-final-snapshot",
        ...[1, 2].map((zone) => `aws:ec2/routeTable:RouteTable::network-private-${zone}`),
        ...[1, 2].map((zone) => `aws:ec2/eip:Eip::network-nat-${zone}`),
        ...[1, 2].map((zone) => `aws:ec2/natGateway:NatGateway::network-nat-${zone}`),
        ...[1, 2].map((zone) => `aws:ec2/route:Route::network-private-${zone}-out`),
        ...[1, 2].map((zone) => `aws:cloudwatch/metricAlarm:MetricAlarm::alarms-nat-${zone}-ports`),
        "kubernetes:core/v1:PersistentVolumeClaim::prometheus-1",
        "kubernetes:apps/v1:StatefulSet::prometheus-1",
      ],
    );
    assert.deepEqual(
      [...inLocal].filter((key) => !inProd.has(key)),
      ["securevpn:region:Region::local"],
    );
  });

  it("makes in a preview, where nothing is known yet, the resources of the run itself", async () => {
    const preview = await regionProgram("prod", { preview: true });
    const names = (program: Program): string[] =>
      program.resources.map(({ type, name }) => `${type}::${name}`).sort();
    assert.deepEqual(names(preview), names(prod));
  });

  it("gets another replica of a shard as one instance and its alarms more, and another shard without touching the first", async () => {
    const more = await regionProgram("prod", { changes: { replicasPerShard: 2 } });
    for (const [type, count] of [
      ["aws:rds/instance:Instance", 2],
      ["aws:cloudwatch/metricAlarm:MetricAlarm", 10],
    ] as const)
      assert.equal(countOf(more, type) - countOf(prod, type), count, type);
    assert.equal(more.resources.length - prod.resources.length, 12);
    const third = await regionProgram("prod", { changes: { shards: 3 } });
    for (const name of ["shard-0", "shard-1", "shard-0-replica-0"]) {
      const type = "aws:rds/instance:Instance";
      assert.deepEqual(third.one(type, name), prod.one(type, name));
    }
  });

  it("is refused by the harness when two resources of a type share a name", async () => {
    const twice = runProgram("local", async () => {
      const { EncryptionKey } = await import("../../infra/components/encryption-key.ts");
      for (let i = 0; i < 2; i += 1) new EncryptionKey("key", { description: "d", alias: "a" });
    });
    await assert.rejects(twice, /names used twice: .*aws:kms\/key:Key::key/);
  });
});
