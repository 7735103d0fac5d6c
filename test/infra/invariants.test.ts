import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { overlaps, parseCidr } from "../../infra/lib/cidr.ts";
import { shardMapOf, shardNames } from "../../infra/lib/region-config.ts";
import { HOME_REGION } from "../../facts/regions.ts";
import { AGENT, PORTS } from "../../services/contract/index.ts";
import { goldenStacks } from "../golden/build.ts";
import {
  configOf,
  fakeArtifacts,
  runProgram,
  Secret,
  type Program,
  type Recorded,
} from "./support/program.ts";
import { at, listAt, textAt } from "./support/read.ts";
import { RegisteredOptions } from "./support/registered-options.ts";

const WORLD = ["0.0.0.0/0", "::/0"];
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const ROUTE = "aws:ec2/route:Route";
const INSTANCE = "aws:rds/instance:Instance";
const SECRET = "aws:secretsmanager/secret:Secret";
const KEY_BYTES = "random:index/randomBytes:RandomBytes";
const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"].map(
  (kind) => `kubernetes:apps/v1:${kind}`,
);

const isWorld = ({ inputs }: Recorded): boolean =>
  [inputs["cidrIpv4"], inputs["cidrIpv6"]].some((cidr) => WORLD.includes(String(cidr)));
/** Mocks give `<name>-id` as the id of a resource. */
const idOf = (name: string): string => `${name}-id`;
const isReplica = ({ inputs }: Recorded): boolean => inputs["replicateSourceDb"] !== undefined;

/** Paths of plain strings that hold one of the secrets that mocks generate. */
function leaks(value: unknown, path: string): string[] {
  if (value instanceof Secret) return [];
  if (typeof value === "string") return /(password|key)-of-/.test(value) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => leaks(item, `${path}.${key}`));
}

interface Stack {
  readonly program: Program;
  readonly options: RegisteredOptions;
}

async function build(stack: string): Promise<Stack> {
  const options = new RegisteredOptions();
  const config = configOf(stack);
  const program = await runProgram(stack, async () => {
    options.watch();
    const { RegionStack } = await import("../../infra/region.ts");
    return new RegionStack(config.region.name, { config, artifacts: fakeArtifacts });
  });
  return { program, options };
}

/** Route tables of the subnets of a tier. */
function tablesOf({ program }: Stack, tier: string): Set<string> {
  const subnets = program
    .ofType("aws:ec2/subnet:Subnet")
    .filter(({ inputs }) => at(inputs, "tags.tier") === tier);
  assert.equal(subnets.length, 3, tier);
  const ids = new Set(subnets.map(({ name }) => idOf(name)));
  const associations = program
    .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
    .filter(({ inputs }) => ids.has(textAt(inputs, "subnetId")));
  assert.equal(associations.length, subnets.length, "every subnet names its table");
  return new Set(associations.map(({ inputs }) => textAt(inputs, "routeTableId")));
}

const routesOf = (stack: Stack, tier: string): readonly Recorded[] => {
  const tables = tablesOf(stack, tier);
  return stack.program
    .ofType(ROUTE)
    .filter(({ inputs }) => tables.has(textAt(inputs, "routeTableId")));
};

for (const name of goldenStacks()) {
  describe(`of ${name} it always holds that`, () => {
    let stack: Stack;
    before(async () => {
      stack = await build(name);
    });

    it("endpoint subnets go straight to the internet: tunnels pay for no NAT", () => {
      const routes = routesOf(stack, "endpoint");
      assert.ok(routes.length > 0);
      for (const { inputs } of routes) {
        assert.equal(inputs["natGatewayId"], undefined);
        assert.notEqual(inputs["gatewayId"], undefined);
      }
    });

    it("what needs the internet gateway waits for it and for the public routes", () => {
      const way = [
        "aws:ec2/internetGateway:InternetGateway network-internet",
        `${ROUTE} network-public-out`,
        ...[0, 1, 2].map((zone) => `${ASSOCIATION} network-public-${zone}`),
      ];
      for (const type of [
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/eip:Eip",
        "aws:lb/loadBalancer:LoadBalancer",
      ]) {
        const found = stack.program.ofType(type);
        assert.ok(found.length > 0, type);
        for (const { name: each } of found) {
          const { dependsOn } = stack.options.of(type, each);
          assert.deepEqual(
            way.filter((item) => !dependsOn.includes(item)),
            [],
            each,
          );
        }
      }
    });

    it("nodes wait for their own subnets' way out", () => {
      for (const { name: group, inputs } of stack.program.ofType(NODE_GROUP)) {
        const { dependsOn } = stack.options.of(NODE_GROUP, group);
        const subnets = listAt(inputs, "subnetIds");
        const associations = stack.program
          .ofType(ASSOCIATION)
          .filter((item) => subnets.includes(item.inputs["subnetId"]));
        const tables = associations.map((item) => item.inputs["routeTableId"]);
        const routes = stack.program
          .ofType(ROUTE)
          .filter((item) => tables.includes(item.inputs["routeTableId"]));
        assert.ok(routes.length > 0, group);
        for (const item of [...associations, ...routes])
          assert.ok(dependsOn.includes(`${item.type} ${item.name}`), `${group}: ${item.name}`);
      }
    });

    it("data subnets have no way out, and private ones have it through NAT alone", () => {
      assert.deepEqual(routesOf(stack, "data"), []);
      const out = routesOf(stack, "private");
      assert.ok(out.length > 0);
      for (const { inputs } of out) assert.notEqual(inputs["natGatewayId"], undefined);
    });

    it("the world reaches one UDP port of endpoint nodes, HTTPS of the entry, and nothing else", () => {
      const open = stack.program.ofType(INGRESS).filter(isWorld);
      const seen = open.map(({ inputs }) =>
        ["securityGroupId", "ipProtocol", "fromPort", "toPort"].map((key) => inputs[key]).join(" "),
      );
      const udp = AGENT.udpPort;
      assert.deepEqual(seen.sort(), [
        `firewall-endpoint-id udp ${udp} ${udp}`,
        "firewall-entry-id tcp 443 443",
      ]);
    });

    it("secrets and keys are protected, and a password that a rotation replaces is not", () => {
      const { program, options } = stack;
      const protectedNames = (type: string): string[] =>
        program
          .ofType(type)
          .filter((item) => options.of(type, item.name).protect)
          .map((item) => item.name);
      const all = program.ofType(SECRET).map((item) => item.name);
      const keys = program.ofType(KEY_BYTES).map((item) => item.name);
      assert.ok(all.length > keys.length && keys.length > 0);
      assert.deepEqual(protectedNames(SECRET), all);
      assert.deepEqual(protectedNames(KEY_BYTES), keys);
      assert.deepEqual(protectedNames("random:index/randomPassword:RandomPassword"), []);
      assert.deepEqual(
        protectedNames("aws:secretsmanager/secretVersion:SecretVersion").sort(),
        [...keys].sort(),
      );
    });

    it("no security group holds rules of its own: each flow is a resource", () => {
      for (const { name: group, inputs } of stack.program.ofType(
        "aws:ec2/securityGroup:SecurityGroup",
      )) {
        assert.deepEqual([inputs["ingress"], inputs["egress"]], [undefined, undefined], group);
      }
    });

    it("endpoint nodes have no flow to databases or cache", () => {
      const rules = [...stack.program.ofType(INGRESS), ...stack.program.ofType(EGRESS)];
      const pairs = rules.map(({ inputs }) => [
        inputs["securityGroupId"],
        inputs["referencedSecurityGroupId"],
      ]);
      for (const data of ["firewall-database-id", "firewall-cache-id"]) {
        const peers = pairs.filter((pair) => pair.includes(data)).flat();
        assert.ok(peers.length > 0, data);
        assert.ok(!peers.includes("firewall-endpoint-id"), data);
      }
    });

    it("every primary is protected twice, encrypted, in two zones and backed up", () => {
      const primaries = stack.program.ofType(INSTANCE).filter((instance) => !isReplica(instance));
      assert.ok(primaries.length > 0);
      for (const { name: primary, inputs } of primaries) {
        assert.ok(stack.options.of(INSTANCE, primary).protect, primary);
        const { deletionProtection, multiAz, storageEncrypted, skipFinalSnapshot } = inputs;
        assert.deepEqual(
          [deletionProtection, multiAz, storageEncrypted, skipFinalSnapshot],
          [true, true, true, false],
        );
        assert.ok(Number(inputs["backupRetentionPeriod"]) >= 7, primary);
      }
    });

    it("every database is private, and no password of one is a readable argument", () => {
      for (const { name: instance, inputs } of stack.program.ofType(INSTANCE)) {
        assert.equal(inputs["publiclyAccessible"], false, instance);
        assert.equal(inputs["password"], undefined, instance);
        if (inputs["passwordWo"] !== undefined)
          assert.ok(inputs["passwordWo"] instanceof Secret, instance);
      }
    });

    it("what cannot be made again is protected: cluster, cache, keys and secrets", () => {
      const types = [
        "aws:eks/cluster:Cluster",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:kms/key:Key",
        "aws:secretsmanager/secret:Secret",
      ];
      for (const type of types) {
        const found = stack.program.ofType(type);
        assert.ok(found.length > 0, type);
        for (const { name: each } of found) assert.ok(stack.options.of(type, each).protect, each);
      }
    });

    it("no generated secret stands in plain in any input", () => {
      const found = stack.program.resources.flatMap(({ type, name: each, inputs }) =>
        leaks(inputs, `${type} ${each}`),
      );
      assert.deepEqual(found, []);
    });

    it("every image is pinned by its digest", () => {
      const pods = stack.program.resources.filter(({ type }) => WORKLOADS.includes(type));
      assert.ok(pods.length >= 3);
      for (const { name: workload, inputs } of pods) {
        const init = at(inputs, "spec.template.spec.initContainers");
        const containers = [
          ...listAt(inputs, "spec.template.spec.containers"),
          ...(Array.isArray(init) ? init : []),
        ];
        for (const container of containers)
          assert.match(textAt(container, "image"), /@sha256:[0-9a-f]{64}$/, workload);
      }
    });

    it("one VPN server stands on a node, and a roll never runs two there", () => {
      const { inputs } = stack.program.one("kubernetes:apps/v1:Deployment", "vpn-servers");
      assert.equal(at(inputs, "spec.template.spec.hostNetwork"), true);
      assert.equal(at(inputs, "spec.strategy.rollingUpdate.maxSurge"), 0);
      const ports = listAt(inputs, "spec.template.spec.containers").flatMap(
        (container) => at(container, "ports") ?? [],
      );
      assert.ok(ports.some((port) => at(port, "hostPort") === AGENT.udpPort));
      assert.ok(ports.some((port) => at(port, "hostPort") === PORTS.internal));
      assert.deepEqual(
        stack.options.of("kubernetes:apps/v1:Deployment", "vpn-servers").ignoreChanges,
        ["spec.replicas"],
      );
    });

    it("the ranges of its shards lie within its own block and do not overlap", () => {
      const { region, shards } = configOf(name);
      const ranges = shardMapOf(region, shardNames(shards)).ranges.map(
        ({ fromId, toId }) => [BigInt(fromId), BigInt(toId)] as const,
      );
      assert.equal(ranges.length, shards);
      assert.equal(ranges[0]?.[0], BigInt(region.userIds.fromId));
      for (const [index, [from, to]] of ranges.entries()) {
        assert.ok(from <= to && to <= BigInt(region.userIds.toId));
        // Each begins where the one before it ends: no id between them is lost.
        if (index > 0) assert.equal(from, (ranges[index - 1]?.[1] ?? 0n) + 1n);
      }
    });

    it("every zone in which a volume may lie has a system group of its own", () => {
      const volumes = stack.program.ofType("kubernetes:core/v1:PersistentVolumeClaim");
      assert.ok(volumes.length > 0);
      const system = stack.program
        .ofType(NODE_GROUP)
        .filter(({ inputs }) => inputs["taints"] === undefined);
      const zones = system.map(({ inputs }) => {
        const [id, ...others] = listAt(inputs, "subnetIds");
        assert.deepEqual(
          others,
          [],
          "a group over zones cannot grow in the one that a pod waits for",
        );
        const subnet = stack.program
          .ofType("aws:ec2/subnet:Subnet")
          .find(({ name: each }) => idOf(each) === id);
        return at(subnet?.inputs, "availabilityZone");
      });
      assert.deepEqual(zones, configOf(name).region.zones);
    });

    it("endpoint groups are protected, and no version of their template reaches them", () => {
      const endpoints = stack.program
        .ofType(NODE_GROUP)
        .filter(({ inputs }) => inputs["taints"] !== undefined);
      assert.ok(endpoints.length > 0);
      for (const { name: group } of endpoints) {
        const { protect, ignoreChanges } = stack.options.of(NODE_GROUP, group);
        assert.ok(protect, group);
        assert.ok(ignoreChanges.includes("launchTemplate.version"), group);
      }
    });

    it("an autoscaler's number is not the program's", () => {
      for (const { name: group } of stack.program.ofType(NODE_GROUP)) {
        // The whole block: what is left of it would take the number of an earlier up along.
        assert.ok(
          stack.options.of(NODE_GROUP, group).ignoreChanges.includes("scalingConfig"),
          group,
        );
      }
    });
  });
}

describe("of the regions together it always holds that", () => {
  const regions = goldenStacks().map((name) => configOf(name).region);

  it("addresses, tunnels and user ids of two never overlap", () => {
    for (const [index, one] of regions.entries()) {
      for (const other of regions.slice(index + 1)) {
        assert.ok(!overlaps(parseCidr(one.cidr), parseCidr(other.cidr)));
        assert.ok(!overlaps(parseCidr(one.tunnelIpv4), parseCidr(other.tunnelIpv4)));
        const [low, high] = [one.userIds, other.userIds].sort((a, b) =>
          BigInt(a.fromId) < BigInt(b.fromId) ? -1 : 1,
        );
        assert.ok(BigInt(low?.toId ?? 0) < BigInt(high?.fromId ?? 0));
      }
    }
  });

  it("one of them is the home region", () => {
    assert.equal(regions.filter(({ name }) => name === HOME_REGION).length, 1);
  });
});
