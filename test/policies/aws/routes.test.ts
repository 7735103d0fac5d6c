import { describe } from "mocha";
import { endpointRoutes } from "../../../policies/aws/endpoint-routes.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const subnet = (tier: string): Fixture => ({
  type: "aws:ec2/subnet:Subnet",
  name: `${tier}-subnet`,
  props: { cidrBlock: "10.16.0.0/20", tags: { tier } },
});
const SUBNETS = ["private", "data", "public", "endpoint"].map(subnet);

const route = (table: string, props: PlannedObject): Fixture => ({
  type: "aws:ec2/route:Route",
  name: `${table}-out`,
  props: { destinationCidrBlock: "0.0.0.0/0", routeTableId: UNKNOWN, ...props },
  from: { routeTableId: [`${table}-table`] },
});
const ROUTES: readonly Fixture[] = [
  route("endpoint", { gatewayId: UNKNOWN }),
  route("private", { natGatewayId: UNKNOWN }),
  ...["endpoint", "private"].flatMap((tier): Fixture[] => [
    { type: "aws:ec2/routeTable:RouteTable", name: `${tier}-table`, props: { vpcId: UNKNOWN } },
    {
      type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
      name: `${tier}-association`,
      props: { subnetId: UNKNOWN, routeTableId: UNKNOWN },
      from: { subnetId: [`${tier}-subnet`], routeTableId: [`${tier}-table`] },
    },
  ]),
  {
    type: "aws:ec2/natGateway:NatGateway",
    name: "nat",
    props: { subnetId: UNKNOWN },
    from: { subnetId: ["public-subnet"] },
  },
  {
    type: "aws:lb/loadBalancer:LoadBalancer",
    name: "balancer",
    props: { subnets: [UNKNOWN] },
    from: { subnets: ["public-subnet"] },
  },
  {
    type: "aws:eks/nodeGroup:NodeGroup",
    name: "endpoints",
    props: { subnetIds: [UNKNOWN] },
    from: { subnetIds: ["endpoint-subnet"] },
  },
  ...SUBNETS,
];

describe("policies of endpoint routes", () => {
  describeCases([
    {
      rule: endpointRoutes,
      compliant: ROUTES,
      violating: [
        {
          title: "a NAT gateway on the tunnels' way",
          change: { gatewayId: undefined, natGatewayId: UNKNOWN },
          says: /must not lead to a NAT gateway/,
        },
        {
          title: "the same inside the table",
          of: "endpoint-table",
          change: { routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: UNKNOWN }] },
          says: /must not lead to a NAT gateway/,
        },
        {
          title: "the private table on an endpoint subnet",
          of: "endpoint-association",
          options: {
            from: { subnetId: ["endpoint-subnet"], routeTableId: ["private-table"] },
          },
          says: /must not lead to a NAT gateway/,
        },
        {
          title: "a balancer in front of VPN servers",
          of: "balancer",
          options: { from: { subnets: ["endpoint-subnet"] } },
          says: /no NAT gateway or load balancer/,
        },
        {
          title: "a NAT gateway among them",
          of: "nat",
          options: { from: { subnetId: ["endpoint-subnet"] } },
          says: /no NAT gateway or load balancer/,
        },
        {
          title: "a group in two kinds of subnet",
          of: "endpoints",
          options: { from: { subnetIds: ["endpoint-subnet", "private-subnet"] } },
          says: /endpoint subnets alone or in none/,
        },
      ],
    },
  ]);
});
