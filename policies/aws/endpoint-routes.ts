import { LOAD_BALANCERS, NODE_GROUP, ofType, related, SUBNET, tierOf } from "../lib/network.ts";
import { isSet, objectsAt } from "../lib/planned.ts";
import type { Finding, PlannedStack, Rule, StackResource } from "../lib/rule.ts";

const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const TABLE = "aws:ec2/routeTable:RouteTable";
const ROUTE = "aws:ec2/route:Route";
const NAT = "aws:ec2/natGateway:NatGateway";

const isEndpoint = (subnet: StackResource): boolean => tierOf(subnet) === "endpoint";

/** Route tables of endpoint subnets. */
function endpointTables(stack: PlannedStack): Set<StackResource> {
  return new Set(
    ofType(stack, ASSOCIATION)
      .filter((item) => related(item, "subnetId", SUBNET).some(isEndpoint))
      .flatMap((item) => related(item, "routeTableId", TABLE)),
  );
}

function natRoutes(stack: PlannedStack): Finding[] {
  const tables = endpointTables(stack);
  const message =
    "the route must not lead to a NAT gateway: tunnel traffic would pay for it a second time";
  const apart = ofType(stack, ROUTE).filter(
    (route) =>
      isSet(route.props, "natGatewayId") &&
      related(route, "routeTableId", TABLE).some((table) => tables.has(table)),
  );
  const inline = [...tables].filter((table) =>
    objectsAt(table.props, "routes").some((route) => isSet(route, "natGatewayId")),
  );
  return [...apart, ...inline].map(({ urn }) => ({ urn, message }));
}

/** Nothing that is paid by the GB may stand in front of VPN nodes. */
function metered(stack: PlannedStack): Finding[] {
  const placed = [
    ...ofType(stack, NAT).map((item) => [item, "subnetId"] as const),
    ...ofType(stack, ...LOAD_BALANCERS).flatMap((item) => [
      [item, "subnets"] as const,
      [item, "subnetMappings"] as const,
    ]),
  ];
  return placed
    .filter(([item, property]) => related(item, property, SUBNET).some(isEndpoint))
    .map(([{ urn }]) => ({
      urn,
      message: "no NAT gateway or load balancer may stand in an endpoint subnet",
    }));
}

export const endpointRoutes: Rule = {
  id: "A27",
  name: "a27-endpoint-routes",
  level: "mandatory",
  description: "Tunnel traffic leaves by the internet gateway, through no NAT gateway or balancer",
  source: "OWN, cost and throughput",
  stack: (stack) => [
    ...natRoutes(stack),
    ...metered(stack),
    ...ofType(stack, NODE_GROUP, "aws:ec2/instance:Instance")
      .filter((item) => {
        const subnets = related(item, item.type === NODE_GROUP ? "subnetIds" : "subnetId", SUBNET);
        return subnets.some(isEndpoint) && !subnets.every(isEndpoint);
      })
      .map(({ urn }) => ({
        urn,
        message:
          "a group must lie in endpoint subnets alone or in none: its routes must be one kind",
      })),
  ],
};
