import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { blocksApart } from "../../../policies/stack/blocks-apart.ts";
import { connections } from "../../../policies/stack/connections.ts";
import { zoneLoss } from "../../../policies/stack/zone-loss.ts";
import { describeCases } from "../cases.ts";
import { findingsOf, type Fixture } from "../support.ts";

const BLOCKS = {
  cidr: "10.16.0.0/16",
  userIds: { fromId: "1000", toId: "1999" },
  tunnelIpv4: "100.72.0.0/13",
  tunnelIpv6: "fd5e:7665:706e:1::/64",
};
const PEER = {
  name: "eu-central-1",
  cidr: "10.32.0.0/16",
  userIds: { fromId: "2000", toId: "2999" },
  tunnelIpv4: "100.80.0.0/13",
  tunnelIpv6: "fd5e:7665:706e:2::/64",
};
const region = (facts: PlannedObject): Fixture => ({
  type: "securevpn:region:Region",
  name: "region",
  props: { facts },
});
const REGION = region({
  region: "us-east-1",
  connections: 200_000,
  share: 0.5,
  peersPerServer: 10_000,
  pools: [{ workload: "auth", primary: 10, replica: 4 }],
  ...BLOCKS,
  peers: [PEER],
});

const subnet = (name: string, cidrBlock: string, zone: string): Fixture => ({
  type: "aws:ec2/subnet:Subnet",
  name,
  props: { cidrBlock, availabilityZone: zone, tags: { tier: "endpoint" } },
});
const VPC: Fixture = { type: "aws:ec2/vpc:Vpc", name: "vpc", props: { cidrBlock: BLOCKS.cidr } };
const SUBNETS = [
  subnet("subnet-a", "10.16.0.0/20", "us-east-1a"),
  subnet("subnet-b", "10.16.16.0/20", "us-east-1b"),
  subnet("subnet-c", "10.16.32.0/20", "us-east-1c"),
];

const nodes = (zone: string, desiredSize: number): Fixture => ({
  type: "aws:eks/nodeGroup:NodeGroup",
  name: `nodes-${zone}`,
  props: { subnetIds: [UNKNOWN], scalingConfig: { desiredSize, minSize: 1, maxSize: 20 } },
  from: { subnetIds: [`subnet-${zone}`] },
  ignoreChanges: ["scalingConfig.desiredSize"],
});
const deployment = (name: string, replicas: number): Fixture => ({
  type: "kubernetes:apps/v1:Deployment",
  name,
  props: {
    metadata: { name },
    spec: {
      replicas,
      strategy: { rollingUpdate: { maxSurge: 1 } },
      template: { spec: { containers: [{ name }] } },
    },
  },
});
const VPN_SERVERS: Fixture = { ...deployment("vpn-server", 15), ignoreChanges: ["spec.replicas"] };
const FLEET = [nodes("a", 5), nodes("b", 5), nodes("c", 5), ...SUBNETS, VPN_SERVERS, REGION];

const database = (name: string, props: PlannedObject): Fixture => ({
  type: "aws:rds/instance:Instance",
  name,
  props: { instanceClass: "db.m7g.large", parameterGroupName: UNKNOWN, ...props },
  from: { parameterGroupName: ["parameters"] },
});
const DATABASES = [
  database("shard-0", {}),
  database("shard-0-replica-0", { replicateSourceDb: UNKNOWN }),
  {
    type: "aws:rds/parameterGroup:ParameterGroup",
    name: "parameters",
    props: { parameters: [{ name: "rds.force_ssl", value: "1" }] },
  },
];

describe("policies of a whole stack", () => {
  describeCases([
    {
      rule: zoneLoss,
      compliant: FLEET,
      fine: [
        {
          title: "groups of two minors side by side",
          change: { "scalingConfig.desiredSize": 2 },
          also: [{ ...nodes("a", 3), name: "nodes-a-next" }],
        },
      ],
      violating: [
        {
          title: "a fleet that is just large enough with all its zones",
          change: { "scalingConfig.desiredSize": 0 },
          says: /must carry 100000 connections without zone us-east-1b: 5 VPN servers of 10000 peers are left, and 10 are needed/,
        },
        {
          title: "one zone that holds most of it",
          change: { "scalingConfig.desiredSize": 20 },
          of: "nodes-a",
          without: ["nodes-c"],
          says: /without zone us-east-1a: 5 VPN servers/,
        },
        {
          title: "room to grow, even with what uses it",
          change: { "scalingConfig.desiredSize": 1 },
          also: [deployment("cluster-autoscaler", 2)],
          says: /must carry 100000 connections/,
        },
        {
          title: "a fixed number of VPN servers below it",
          of: "vpn-server",
          change: { "spec.replicas": 9 },
          options: { ignoreChanges: [] },
          says: /9 VPN servers of 10000 peers are left/,
        },
        {
          title: "no endpoint nodes at all",
          without: ["nodes-a", "nodes-b", "nodes-c"],
          says: /must have node groups in its endpoint subnets/,
        },
        {
          title: "sizes that are not known",
          change: { "scalingConfig.desiredSize": UNKNOWN },
          says: /must carry 100000 connections/,
        },
      ],
    },
    {
      rule: connections,
      compliant: [...DATABASES, deployment("auth", 3), REGION],
      fine: [
        {
          title: "a number in the parameter group",
          change: { instanceClass: "db.new.large" },
          of: "shard-0",
          without: ["shard-0-replica-0", "parameters"],
          also: [
            {
              type: "aws:rds/parameterGroup:ParameterGroup",
              name: "parameters",
              props: { parameters: [{ name: "max_connections", value: "500" }] },
            },
          ],
        },
      ],
      violating: [
        {
          title: "pods that outgrow a primary",
          of: "auth",
          change: { "spec.replicas": 90 },
          says: /auth 91 x 10 = 910, of 829/,
        },
        {
          title: "a small instance class",
          change: { instanceClass: "db.t4g.micro" },
          of: "shard-0-replica-0",
          also: [deployment("auth", 3)].map((one) => ({
            ...one,
            props: { ...one.props, spec: { replicas: 20 } },
          })),
          says: /auth 25 x 4 = 100, of 80/,
        },
        {
          title: "an autoscaler's most",
          also: [
            {
              type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
              name: "autoscaler",
              props: { spec: { maxReplicas: 100, scaleTargetRef: { name: "auth" } } },
            },
          ],
          says: /auth 101 x 10 = 1010/,
        },
        {
          title: "an instance class that nobody knows",
          change: { instanceClass: "db.new.large" },
          says: /max_connections must be known: instanceClass is db.new.large/,
        },
        {
          title: "a number that RDS calculates",
          of: "parameters",
          change: {
            parameters: [{ name: "max_connections", value: "LEAST({DBInstanceClassMemory/1},9)" }],
          },
          says: /max_connections must be known/,
        },
      ],
    },
    {
      rule: blocksApart,
      compliant: [REGION, VPC, ...SUBNETS],
      violating: [
        {
          title: "a region that does not state its blocks",
          change: { "facts.tunnelIpv6": undefined },
          says: /must state region, cidr, userIds/,
        },
        {
          title: "a CIDR that lies in another region's",
          change: { "facts.peers.0.cidr": "10.16.128.0/17" },
          says: /cidr of us-east-1 and eu-central-1 must not overlap/,
        },
        {
          title: "user ids that meet at one end",
          change: { "facts.userIds.toId": "2000" },
          says: /userIds of us-east-1 and eu-central-1 must not overlap/,
        },
        {
          title: "tunnel addresses of another region",
          change: { "facts.tunnelIpv4": "100.64.0.0/10" },
          says: /tunnelIpv4 of us-east-1 and eu-central-1 must not overlap/,
        },
        {
          title: "IPv6 tunnel addresses of another region",
          change: { "facts.tunnelIpv6": "fd5e:7665:706e::/48" },
          says: /tunnelIpv6 of us-east-1 and eu-central-1 must not overlap/,
        },
        {
          title: "a block that is none",
          change: { "facts.peers.0.cidr": "10.32.0.0" },
          says: /cidr of us-east-1 and eu-central-1 must not overlap/,
        },
        {
          title: "a VPC of another block than the region states",
          of: "vpc",
          change: { cidrBlock: "10.17.0.0/16" },
          says: /cidrBlock must be the region's 10.16.0.0\/16: it is 10.17.0.0\/16/,
        },
        {
          title: "a VPC among clients' addresses",
          change: { "facts.cidr": "100.72.0.0/16" },
          says: /must lie outside tunnelIpv4/,
        },
        {
          title: "subnets that overlap",
          of: "subnet-b",
          change: { cidrBlock: "10.16.8.0/21" },
          says: /subnets subnet-a and subnet-b must not overlap/,
        },
      ],
    },
  ]);

  it("lets a region whose share is small carry less", () => {
    const small = region({ connections: 200_000, share: 0.1, peersPerServer: 10_000 });
    const fleet = [nodes("a", 1), nodes("b", 1), nodes("c", 1), ...SUBNETS, VPN_SERVERS, small];
    assert.deepEqual(findingsOf(zoneLoss, fleet), []);
  });
});
