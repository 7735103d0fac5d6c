import { describe } from "mocha";
import { clusterAccess } from "../../../policies/aws/cluster-access.ts";
import { clusterNetworkPolicy } from "../../../policies/aws/cluster-network-policy.ts";
import { dataSubnets } from "../../../policies/aws/data-subnets.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const provider = { allowedAccountIds: '["123456789012"]' };
const DEPLOYER = "arn:aws:iam::123456789012:role/deployer";
const POLICIES = "arn:aws:eks::aws:cluster-access-policy";
const CLUSTER: Fixture = { type: "aws:eks/cluster:Cluster", name: "cluster", props: {} };
const CNI: Fixture = {
  type: "aws:eks/addon:Addon",
  name: "vpc-cni",
  props: {
    clusterName: UNKNOWN,
    addonName: "vpc-cni",
    configurationValues: '{"enableNetworkPolicy":"true"}',
    resolveConflictsOnCreate: "OVERWRITE",
    resolveConflictsOnUpdate: "OVERWRITE",
    podIdentityAssociations: [{ serviceAccount: "aws-node", roleArn: UNKNOWN }],
  },
  from: { clusterName: ["cluster"], podIdentityAssociations: ["role"] },
};
const ROLE: Fixture = { type: "aws:iam/role:Role", name: "role", props: {} };
const ENTRY: Fixture = {
  type: "aws:eks/accessEntry:AccessEntry",
  name: "entry",
  provider,
  props: { clusterName: UNKNOWN, principalArn: DEPLOYER },
};
const association = (name: string, policy: string, principalArn = DEPLOYER): Fixture => ({
  type: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  name,
  provider,
  props: { clusterName: UNKNOWN, principalArn, policyArn: `${POLICIES}/${policy}` },
});
const ADMIN = association("admin", "AmazonEKSClusterAdminPolicy");
const IDENTITY: Fixture = {
  type: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  name: "identity",
  props: { namespace: "securevpn", serviceAccount: "selector", roleArn: UNKNOWN },
  from: { roleArn: ["role"] },
};

const subnet = (tier: string): Fixture => ({
  type: "aws:ec2/subnet:Subnet",
  name: `${tier}-subnet`,
  props: { tags: { tier }, mapPublicIpOnLaunch: tier === "endpoint" },
});
const table = (tier: string): Fixture[] => [
  { type: "aws:ec2/routeTable:RouteTable", name: `${tier}-table`, props: {} },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    name: `${tier}-association`,
    props: {},
    from: { subnetId: [`${tier}-subnet`], routeTableId: [`${tier}-table`] },
  },
];
const route = (tier: string, props: PlannedObject, way: readonly string[]): Fixture => ({
  type: "aws:ec2/route:Route",
  name: `${tier}-route`,
  props,
  from: {
    routeTableId: [`${tier}-table`],
    ...Object.fromEntries(Object.keys(props).map((property) => [property, way])),
  },
});
const entry = (cidrBlock: string) => ({ action: "allow", protocol: "-1", cidrBlock });
const NETWORK: readonly Fixture[] = [
  { type: "aws:ec2/internetGateway:InternetGateway", name: "internet", props: {} },
  { type: "aws:ec2/natGateway:NatGateway", name: "nat", props: {} },
  ...["public", "private", "data", "endpoint"].flatMap((tier) => [subnet(tier), ...table(tier)]),
  route("public", { gatewayId: UNKNOWN }, ["internet"]),
  route("endpoint", { gatewayId: UNKNOWN }, ["internet"]),
  route("private", { natGatewayId: UNKNOWN }, ["nat"]),
  {
    type: "aws:ec2/networkAcl:NetworkAcl",
    name: "acl",
    props: { ingress: [entry("10.16.0.0/20")], egress: [entry("10.16.0.0/20")] },
    from: { subnetIds: ["data-subnet"] },
  },
  {
    type: "aws:rds/subnetGroup:SubnetGroup",
    name: "subnets",
    props: { subnetIds: [UNKNOWN] },
    from: { subnetIds: ["data-subnet"] },
  },
  { type: "aws:ec2/securityGroup:SecurityGroup", name: "data-group", props: {} },
  {
    type: "aws:rds/instance:Instance",
    name: "shard",
    props: { vpcSecurityGroupIds: [UNKNOWN] },
    from: { vpcSecurityGroupIds: ["data-group"] },
  },
];

describe("policies of who gets into the cluster, and what gets to the data", () => {
  describeCases([
    {
      rule: clusterNetworkPolicy,
      compliant: [CLUSTER, CNI, ROLE],
      violating: [
        {
          title: "an agent that is off",
          of: CNI.name,
          change: { configurationValues: '{"enableNetworkPolicy":"false"}' },
          says: /sets enableNetworkPolicy to "true"/,
        },
        {
          title: "settings that do not say, AWS's default",
          of: CNI.name,
          change: { configurationValues: undefined },
          says: /sets enableNetworkPolicy to "true"/,
        },
        {
          title: "settings that are not known",
          of: CNI.name,
          change: { configurationValues: UNKNOWN },
          says: /sets enableNetworkPolicy to "true"/,
        },
        {
          title: "settings that a hand may have changed",
          of: CNI.name,
          change: { resolveConflictsOnUpdate: "PRESERVE" },
          says: /must be OVERWRITE/,
        },
        {
          title: "no such add-on",
          without: [CNI.name],
          says: /the cluster must have the add-on vpc-cni/,
        },
      ],
    },
    {
      rule: clusterAccess,
      compliant: [ENTRY, ADMIN, IDENTITY, CNI, CLUSTER, ROLE],
      fine: [
        {
          title: "somebody of our own who looks",
          also: [
            association("view", "AmazonEKSViewPolicy", "arn:aws:iam::123456789012:role/oncall"),
          ],
        },
      ],
      violating: [
        {
          title: "a second admin",
          also: [
            association(
              "second",
              "AmazonEKSClusterAdminPolicy",
              "arn:aws:iam::123456789012:role/somebody",
            ),
          ],
          says: /the cluster must have one admin, its deployer: there are 2, among them .*role\/somebody/,
        },
        {
          title: "an admin of namespaces",
          also: [association("second", "AmazonEKSAdminPolicy")],
          says: /policyArn must be .*AmazonEKSViewPolicy/,
        },
        {
          title: "somebody who reads Secrets",
          also: [association("second", "AmazonEKSAdminViewPolicy")],
          says: /policyArn must be/,
        },
        {
          title: "an admin of another account",
          of: "admin",
          change: { principalArn: "arn:aws:iam::999999999999:role/deployer" },
          says: /principalArn must be a role of the stack's own account/,
        },
        {
          title: "an entry of the account's root",
          change: { principalArn: "arn:aws:iam::123456789012:root" },
          says: /principalArn must be a role/,
        },
        {
          title: "an entry in the group that may do everything",
          change: { kubernetesGroups: ["system:masters"] },
          says: /kubernetesGroups must be empty/,
        },
        {
          title: "an entry in groups that are not known",
          change: { kubernetesGroups: UNKNOWN },
          says: /kubernetesGroups must be empty/,
        },
        {
          title: "rights for the pods that strangers' packets reach",
          of: "identity",
          change: { namespace: "securevpn-vpn" },
          says: /VPN servers have no rights in AWS/,
        },
        {
          title: "rights of a role elsewhere",
          of: "identity",
          change: { targetRoleArn: "arn:aws:iam::999999999999:role/x" },
          says: /targetRoleArn must be absent/,
        },
        {
          title: "rights of a role that nobody judges",
          of: "identity",
          options: { from: {} },
          says: /roleArn must be a role of this stack/,
        },
        {
          title: "an add-on with such a role",
          of: CNI.name,
          change: { serviceAccountRoleArn: "arn:aws:iam::123456789012:role/admin" },
          says: /serviceAccountRoleArn must be absent/,
        },
      ],
    },
    {
      rule: dataSubnets,
      compliant: NETWORK,
      violating: [
        {
          title: "a subnet that does not say what it is for",
          of: "data-subnet",
          change: { "tags.tier": undefined },
          says: /tags.tier must be one of public, private, data, endpoint/,
        },
        {
          title: "a public subnet that gives addresses",
          of: "public-subnet",
          change: { mapPublicIpOnLaunch: true },
          says: /mapPublicIpOnLaunch must be off/,
        },
        {
          title: "a database among the nodes",
          of: "subnets",
          options: { from: { subnetIds: ["private-subnet"] } },
          says: /subnetIds must be subnets of this stack with the tier "data"/,
        },
        {
          title: "a way out for the data",
          also: [route("data", { natGatewayId: UNKNOWN }, ["nat"])],
          says: /data subnets must have no route out/,
        },
        {
          title: "nodes on the internet",
          of: "private-route",
          change: { gatewayId: UNKNOWN },
          options: { from: { gatewayId: ["internet"], routeTableId: ["private-table"] } },
          says: /private subnets must have no route to the internet gateway/,
        },
        {
          title: "a route into another network",
          of: "private-route",
          change: { natGatewayId: undefined, vpcPeeringConnectionId: "pcx-1" },
          options: { from: { routeTableId: ["private-table"] } },
          says: /must lead to an internet or NAT gateway of this stack/,
        },
        {
          title: "a second lock that is open",
          of: "acl",
          change: { ingress: [entry("0.0.0.0/0")] },
          says: /must be blocks of our own networks: 0.0.0.0\/0/,
        },
        {
          title: "no second lock",
          without: ["acl"],
          says: /a data subnet must have a network ACL/,
        },
        {
          title: "a database that calls out",
          also: [
            {
              type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
              name: "out",
              props: { cidrIpv4: "0.0.0.0/0" },
              from: { securityGroupId: ["data-group"] },
            },
          ],
          says: /must open no connection/,
        },
        {
          title: "a database in the VPC's default group",
          of: "shard",
          options: { from: {} },
          says: /vpcSecurityGroupIds must be security groups of this stack/,
        },
      ],
    },
  ]);
});
