import { describe } from "mocha";
import { dataPorts } from "../../../policies/aws/data-ports.ts";
import { flowLogs } from "../../../policies/aws/flow-logs.ts";
import { worldIngress } from "../../../policies/aws/world-ingress.ts";
import { INGRESS_RULE, OLD_RULE } from "../../../policies/lib/flows.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const subnet = (tier: string): Fixture => ({
  type: "aws:ec2/subnet:Subnet",
  name: `${tier}-subnet`,
  props: { cidrBlock: "10.16.0.0/20", tags: { tier } },
});
const SUBNETS = ["private", "data", "public", "endpoint"].map(subnet);

const flowLog = (tier: string): Fixture => ({
  type: "aws:ec2/flowLog:FlowLog",
  name: `${tier}-log`,
  props: { subnetId: UNKNOWN, trafficType: "REJECT" },
  from: { subnetId: [`${tier}-subnet`] },
});

const securityGroup = (name: string, props: PlannedObject = {}): Fixture => ({
  type: "aws:ec2/securityGroup:SecurityGroup",
  name,
  props: { description: name, ...props },
});
const ingress = (group: string, name: string, props: PlannedObject): Fixture => ({
  type: INGRESS_RULE,
  name,
  props: { securityGroupId: UNKNOWN, ...props },
  from: { securityGroupId: [group], referencedSecurityGroupId: ["system-group"] },
});
const HTTPS = { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" };
const WIREGUARD = { ipProtocol: "udp", fromPort: 51820, toPort: 51820, cidrIpv4: "0.0.0.0/0" };
const POSTGRES: PlannedObject = {
  ipProtocol: "tcp",
  fromPort: 5432,
  toPort: 5432,
  referencedSecurityGroupId: UNKNOWN,
};

const OPEN: readonly Fixture[] = [
  ingress("entry-group", "https", HTTPS),
  ingress("endpoint-group", "wireguard", WIREGUARD),
  ingress("data-group", "postgres", POSTGRES),
  securityGroup("entry-group"),
  securityGroup("endpoint-group"),
  securityGroup("system-group"),
  securityGroup("data-group"),
  {
    type: "aws:lb/loadBalancer:LoadBalancer",
    name: "balancer",
    props: { securityGroups: [UNKNOWN] },
    from: { securityGroups: ["entry-group"] },
  },
  {
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    name: "template",
    props: { networkInterfaces: [{ deviceIndex: 0, securityGroups: [UNKNOWN] }] },
    from: { networkInterfaces: ["endpoint-group"] },
  },
  {
    type: "aws:eks/nodeGroup:NodeGroup",
    name: "endpoints",
    props: { subnetIds: [UNKNOWN] },
    from: { subnetIds: ["endpoint-subnet"], launchTemplate: ["template"] },
  },
  subnet("endpoint"),
  { type: "aws:ec2/vpc:Vpc", name: "vpc", props: { cidrBlock: "10.16.0.0/16" } },
  {
    type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    name: "default-group",
    props: { vpcId: UNKNOWN, ingress: [], egress: [] },
    from: { vpcId: ["vpc"] },
  },
];
const DATA: readonly Fixture[] = [
  {
    type: "aws:rds/instance:Instance",
    name: "shard",
    props: { vpcSecurityGroupIds: [UNKNOWN] },
    from: { vpcSecurityGroupIds: ["data-group"] },
  },
  {
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    name: "system-template",
    props: { networkInterfaces: [{ securityGroups: [UNKNOWN] }] },
    from: { networkInterfaces: ["system-group"] },
  },
  {
    type: "aws:eks/nodeGroup:NodeGroup",
    name: "system",
    props: { subnetIds: [UNKNOWN] },
    from: { launchTemplate: ["system-template"] },
  },
];
const ELSEWHERE = /must be 443\/tcp or 51820\/udp/;

describe("policies of the network", () => {
  describeCases([
    {
      rule: flowLogs,
      compliant: [flowLog("private"), flowLog("data"), ...SUBNETS],
      violating: [
        {
          title: "a data subnet without a log",
          without: ["data-log"],
          says: /private or data subnet must have a flow log/,
        },
        {
          title: "a log of an endpoint subnet",
          also: [flowLog("endpoint")],
          says: /must be a private or data subnet/,
        },
        {
          title: "a log of the subnet that clients' addresses reach",
          also: [flowLog("public")],
          says: /must be a private or data subnet/,
        },
        {
          title: "a log of the whole VPC",
          change: { vpcId: UNKNOWN, subnetId: undefined },
          says: /must name one subnet/,
        },
      ],
    },
    {
      rule: worldIngress,
      compliant: OPEN,
      violating: [
        {
          title: "SSH for the world",
          also: [ingress("system-group", "ssh", { ...HTTPS, fromPort: 22, toPort: 22 })],
          says: ELSEWHERE,
        },
        {
          title: "more than one port",
          of: "https",
          change: { fromPort: 80 },
          says: ELSEWHERE,
        },
        {
          title: "all protocols",
          of: "https",
          change: { ipProtocol: "-1", fromPort: undefined, toPort: undefined },
          says: ELSEWHERE,
        },
        {
          title: "another UDP port",
          of: "wireguard",
          change: { fromPort: 53, toPort: 53 },
          says: ELSEWHERE,
        },
        {
          title: "an address that is not known",
          also: [
            ingress("system-group", "unknown", { ...POSTGRES, cidrIpv4: UNKNOWN, fromPort: 1 }),
          ],
          says: ELSEWHERE,
        },
        {
          title: "half of the internet",
          also: [ingress("system-group", "half", { ...POSTGRES, cidrIpv4: "128.0.0.0/1" })],
          says: ELSEWHERE,
        },
        {
          title: "the other half",
          also: [ingress("system-group", "other", { ...POSTGRES, cidrIpv4: "0.0.0.0/1" })],
          says: ELSEWHERE,
        },
        {
          title: "half of IPv6",
          also: [ingress("system-group", "six-half", { ...POSTGRES, cidrIpv6: "::/1" })],
          says: ELSEWHERE,
        },
        {
          title: "whoever is on a prefix list",
          also: [ingress("system-group", "list", { ...POSTGRES, prefixListId: "pl-0123456789" })],
          says: ELSEWHERE,
        },
        {
          title: "the world by IPv6",
          also: [ingress("system-group", "six", { ...POSTGRES, cidrIpv6: "::/0" })],
          says: ELSEWHERE,
        },
        {
          title: "443 on a group that is no balancer's",
          also: [ingress("system-group", "https-nodes", HTTPS)],
          says: /only on the security group of a load balancer/,
        },
        {
          title: "the WireGuard port on the balancer",
          also: [ingress("entry-group", "udp-entry", WIREGUARD)],
          says: /only on the security group of endpoint nodes/,
        },
        {
          title: "a rule inside a group",
          of: "system-group",
          change: {
            ingress: [{ protocol: "tcp", fromPort: 8080, toPort: 8080, cidrBlocks: ["0.0.0.0/0"] }],
          },
          says: ELSEWHERE,
        },
        {
          title: "rules inside a group that are not known",
          of: "system-group",
          change: { ingress: UNKNOWN },
          says: ELSEWHERE,
        },
        {
          title: "a rule of the older kind",
          also: [
            {
              type: OLD_RULE,
              name: "older",
              props: {
                type: "ingress",
                protocol: "tcp",
                fromPort: 22,
                toPort: 22,
                cidrBlocks: ["0.0.0.0/0"],
              },
            },
          ],
          says: ELSEWHERE,
        },
        {
          title: "a default group with rules",
          of: "default-group",
          change: { ingress: [{ protocol: "-1", self: true }] },
          says: /ingress of the default security group must be empty/,
        },
        {
          title: "a default group left alone",
          without: ["default-group"],
          says: /must be taken over and empty/,
        },
        {
          title: "SSH by the node group",
          of: "endpoints",
          change: { remoteAccess: { ec2SshKey: "key" } },
          says: /remoteAccess must be absent/,
        },
      ],
    },
    {
      rule: dataPorts,
      compliant: [...OPEN, ...DATA],
      violating: [
        {
          title: "a database open to the VPC",
          of: "postgres",
          change: { cidrIpv4: "10.16.0.0/16" },
          says: /to security groups only/,
        },
        {
          title: "a range that holds the cache's port",
          also: [
            ingress("data-group", "range", {
              ipProtocol: "tcp",
              fromPort: 6000,
              toPort: 7000,
              cidrIpv4: "10.0.0.0/8",
            }),
          ],
          says: /to security groups only/,
        },
        {
          title: "everything from one address",
          also: [ingress("data-group", "all", { ipProtocol: "-1", cidrIpv4: "10.16.0.1/32" })],
          says: /to security groups only/,
        },
        {
          title: "a prefix list",
          of: "postgres",
          change: { prefixListId: UNKNOWN },
          says: /to security groups only/,
        },
        {
          title: "a database open to the nodes that strangers' tunnels end on",
          of: "postgres",
          options: {
            from: {
              securityGroupId: ["data-group"],
              referencedSecurityGroupId: ["endpoint-group"],
            },
          },
          says: /open to the system nodes' security group alone/,
        },
        {
          title: "a database open to a group that is named by text",
          of: "postgres",
          options: { from: { securityGroupId: ["data-group"] } },
          says: /open to the system nodes' security group alone/,
        },
      ],
    },
  ]);
});
