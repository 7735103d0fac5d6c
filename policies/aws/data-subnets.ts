import { isWorld } from "../lib/flows.ts";
import { ofType, related, SECURITY_GROUP, SUBNET, tierOf } from "../lib/network.ts";
import { at, isSet, listAt, objectsAt, textAt, UNKNOWN } from "../lib/planned.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";

const TIERS = ["public", "private", "data", "endpoint"];
const ROUTE = "aws:ec2/route:Route";
const TABLE = "aws:ec2/routeTable:RouteTable";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const INTERNET = "aws:ec2/internetGateway:InternetGateway";
const NAT = "aws:ec2/natGateway:NatGateway";
const ACL = "aws:ec2/networkAcl:NetworkAcl";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const SUBNET_GROUPS = [
  "aws:rds/subnetGroup:SubnetGroup",
  "aws:elasticache/subnetGroup:SubnetGroup",
];
/** What holds data, and the property that names its security groups. */
const HOLDERS: readonly (readonly [type: string, property: string])[] = [
  ["aws:rds/instance:Instance", "vpcSecurityGroupIds"],
  ["aws:rds/cluster:Cluster", "vpcSecurityGroupIds"],
  ["aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds"],
];

/** Rules ask a subnet what it is for by its tag: one that says nothing would be judged by none. */
const tiers = (stack: PlannedStack): Finding[] =>
  ofType(stack, SUBNET).flatMap((subnet) =>
    found(
      subnet,
      unless(
        [TIERS.includes(tierOf(subnet) ?? ""), `tags.tier must be one of ${TIERS.join(", ")}`],
        [
          tierOf(subnet) === "endpoint" || at(subnet.props, "mapPublicIpOnLaunch") !== true,
          "mapPublicIpOnLaunch must be off: only endpoint nodes have public addresses",
        ],
      ),
    ),
  );

const placed = (stack: PlannedStack): Finding[] =>
  ofType(stack, ...SUBNET_GROUPS).flatMap((group) => {
    const subnets = related(group, "subnetIds", SUBNET);
    return found(
      group,
      unless([
        subnets.length > 0 && subnets.every((subnet) => tierOf(subnet) === "data"),
        'subnetIds must be subnets of this stack with the tier "data"',
      ]),
    );
  });

/** What the subnets are for that a route table serves. */
function tiersOfTable(stack: PlannedStack, table: StackResource): string[] {
  return ofType(stack, ASSOCIATION)
    .filter((item) => related(item, "routeTableId", TABLE).includes(table))
    .flatMap((item) => related(item, "subnetId", SUBNET))
    .map((subnet) => tierOf(subnet) ?? "");
}

function routes(stack: PlannedStack): Finding[] {
  return ofType(stack, ROUTE).flatMap((route) => {
    const ways = [...related(route, "gatewayId", INTERNET), ...related(route, "natGatewayId", NAT)];
    const served = related(route, "routeTableId", TABLE).flatMap((table) =>
      tiersOfTable(stack, table),
    );
    return found(
      route,
      unless(
        [ways.length > 0, "the route must lead to an internet or NAT gateway of this stack"],
        [!served.includes("data"), "data subnets must have no route out of the VPC"],
        [
          !served.includes("private") || !isSet(route.props, "gatewayId"),
          "private subnets must have no route to the internet gateway: nodes would be public",
        ],
      ),
    );
  });
}

/** Second lock of the data subnets: what a security group opens by mistake, it keeps closed. */
function acls(stack: PlannedStack): Finding[] {
  const all = ofType(stack, ACL);
  const guarded = all.flatMap((acl) => related(acl, "subnetIds", SUBNET));
  const open = all
    .filter((acl) => related(acl, "subnetIds", SUBNET).some((one) => tierOf(one) === "data"))
    .flatMap((acl) => {
      const blocks = [...objectsAt(acl.props, "ingress"), ...objectsAt(acl.props, "egress")]
        .filter((entry) => textAt(entry, "action") !== "deny")
        .map((entry) => textAt(entry, "cidrBlock") ?? textAt(entry, "ipv6CidrBlock") ?? "unknown");
      const unknown = ["ingress", "egress"].some((side) => at(acl.props, side) === UNKNOWN);
      return found(
        acl,
        unless([
          !unknown && !blocks.some(isWorld),
          `ingress and egress of data subnets must be blocks of our own networks: ${blocks.filter(isWorld).join(", ")}`,
        ]),
      );
    });
  const unguarded = ofType(stack, SUBNET)
    .filter((subnet) => tierOf(subnet) === "data" && !guarded.includes(subnet))
    .map(({ urn }) => ({ urn, message: "a data subnet must have a network ACL of this stack" }));
  return [...open, ...unguarded];
}

/** Security groups of databases and caches. */
export const dataGroups = (stack: PlannedStack): Set<StackResource> =>
  new Set(
    HOLDERS.flatMap(([type, property]) =>
      ofType(stack, type).flatMap((holder) => related(holder, property, SECURITY_GROUP)),
    ),
  );

/** Data that can send somewhere can be sent somewhere. */
function egress(stack: PlannedStack): Finding[] {
  const groups = dataGroups(stack);
  const message = "a database or cache must open no connection: its security group has no egress";
  return [
    ...ofType(stack, EGRESS).filter((rule) =>
      related(rule, "securityGroupId", SECURITY_GROUP).some((group) => groups.has(group)),
    ),
    ...[...groups].filter(
      ({ props }) => at(props, "egress") === UNKNOWN || listAt(props, "egress").length > 0,
    ),
  ].map(({ urn }) => ({ urn, message }));
}

const grouped = (stack: PlannedStack): Finding[] =>
  HOLDERS.flatMap(([type, property]) =>
    ofType(stack, type)
      .filter((holder) => related(holder, property, SECURITY_GROUP).length === 0)
      .map(({ urn }) => ({
        urn,
        message: `${property} must be security groups of this stack: the VPC's default is not for data`,
      })),
  );

export const dataSubnets: Rule = {
  id: "A36",
  name: "a36-data-subnets",
  level: "mandatory",
  description: "Data lies in subnets that lead nowhere, behind two locks, and sends nothing",
  source: "RDS.46, OWN",
  stack: (stack) => [
    ...tiers(stack),
    ...placed(stack),
    ...routes(stack),
    ...acls(stack),
    ...egress(stack),
    ...grouped(stack),
  ],
};
