import { at, flagAt, listAt, textAt } from "../../lib/planned.ts";
import type { Charge, Family } from "../charge.ts";
import { HOURS } from "../plan.ts";

const component = "CDN and network transfer";

export const nat: Family = {
  types: ["aws:ec2/natGateway:NatGateway"],
  charges: () => [
    { component, item: "NAT gateway", quantity: HOURS, price: ["vpc", "nat-gateway"] },
  ],
};

/** Every public IPv4 address is paid for, attached or not. */
export const address: Family = {
  types: ["aws:ec2/eip:Eip"],
  charges: () => [
    {
      component,
      item: "elastic IPv4 address",
      quantity: HOURS,
      price: ["vpc", "public-ipv4-in-use"],
    },
  ],
};

const addresses = (zones: number): Charge => ({
  component,
  item: `public IPv4 addresses in ${zones} zones`,
  quantity: zones * HOURS,
  price: ["vpc", "public-ipv4-in-use"],
});

/** A balancer has one address a zone; its capacity units are usage. */
export const balancer: Family = {
  types: ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"],
  charges: ({ props }) => {
    const kind = textAt(props, "loadBalancerType") === "network" ? "nlb" : "alb";
    const zones = listAt(props, "subnets").length + listAt(props, "subnetMappings").length;
    return [
      { component, item: kind.toUpperCase(), quantity: HOURS, price: ["elb", kind] },
      ...(flagAt(props, "internal") === true ? [] : [addresses(zones)]),
    ];
  },
};

/** A Service of type LoadBalancer makes a network load balancer in the public subnets. */
export const kubernetesService: Family = {
  types: ["kubernetes:core/v1:Service"],
  charges: ({ props }, { stack }) => {
    if (textAt(props, "spec.type") !== "LoadBalancer") return [];
    const zones = new Set(
      stack.resources
        .filter(({ type }) => type === "aws:ec2/subnet:Subnet")
        .map((subnet) => at(subnet.props, "availabilityZone")),
    );
    return [
      { component, item: "NLB of a Service", quantity: HOURS, price: ["elb", "nlb"] },
      addresses(Math.max(1, zones.size)),
    ];
  },
};

export const vpcEndpoint: Family = {
  types: ["aws:ec2/vpcEndpoint:VpcEndpoint"],
  charges: ({ props }) =>
    textAt(props, "vpcEndpointType") === "Interface"
      ? [
          {
            component,
            item: "interface endpoint",
            quantity: Math.max(1, listAt(props, "subnetIds").length) * HOURS,
            price: ["vpc", "interface-endpoint"],
          },
        ]
      : [
          {
            component,
            item: "gateway endpoint",
            quantity: HOURS,
            price: ["vpc", "gateway-endpoint"],
          },
        ],
};
