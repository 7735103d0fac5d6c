import { cidrsOverlap, idsOverlap } from "../lib/blocks.ts";
import { factsOf, regionOf, type Blocks } from "../lib/facts.ts";
import { ofType, SUBNET } from "../lib/network.ts";
import { textAt } from "../lib/planned.ts";
import { found, unless, type Finding, type PlannedStack, type Rule } from "../lib/rule.ts";

type Apart = readonly [boolean, string];

/** Undefined is no answer, and no answer is no proof. */
const apart = (overlap: boolean | undefined, sentence: string): Apart => [
  overlap === false,
  sentence,
];

function fromPeer(own: Blocks, peer: Blocks): Apart[] {
  const pair = `${own.name} and ${peer.name}`;
  return [
    apart(cidrsOverlap(own.cidr, peer.cidr), `cidr of ${pair} must not overlap`),
    apart(cidrsOverlap(own.tunnelIpv4, peer.tunnelIpv4), `tunnelIpv4 of ${pair} must not overlap`),
    apart(cidrsOverlap(own.tunnelIpv6, peer.tunnelIpv6), `tunnelIpv6 of ${pair} must not overlap`),
    apart(idsOverlap(own.userIds, peer.userIds), `userIds of ${pair} must not overlap`),
  ];
}

/** The VPC is what is stated, is not a client's address, and its subnets lie apart. */
function inside(stack: PlannedStack, own: Blocks): Apart[] {
  const vpcs = ofType(stack, "aws:ec2/vpc:Vpc").map(({ props }) => textAt(props, "cidrBlock"));
  const subnets = ofType(stack, SUBNET).map(({ name, props }) => ({
    name,
    cidr: textAt(props, "cidrBlock") ?? "unknown",
  }));
  return [
    [
      vpcs.every((cidr) => cidr === own.cidr),
      `the VPC's cidrBlock must be the region's ${own.cidr}: it is ${vpcs.join(", ")}`,
    ],
    apart(
      cidrsOverlap(own.cidr, own.tunnelIpv4),
      "cidr must lie outside tunnelIpv4: a client's address is no address of the VPC",
    ),
    ...subnets.flatMap((one, index) =>
      subnets
        .slice(index + 1)
        .map((other) =>
          apart(
            cidrsOverlap(one.cidr, other.cidr),
            `cidrBlock of subnets ${one.name} and ${other.name} must not overlap`,
          ),
        ),
    ),
  ];
}

export const blocksApart: Rule = {
  id: "A31",
  name: "a31-blocks-apart",
  level: "mandatory",
  description: "Addresses, user ids and tunnel addresses belong to one region each",
  source: "OWN",
  stack: (stack): readonly Finding[] => {
    const region = regionOf(stack);
    const { own, peers } = factsOf(stack);
    if (region === undefined) return [];
    if (own === undefined) {
      return found(region, [
        "the region must state region, cidr, userIds, tunnelIpv4 and tunnelIpv6 in its input facts",
      ]);
    }
    const conditions = [...inside(stack, own), ...peers.flatMap((peer) => fromPeer(own, peer))];
    return found(region, unless(...conditions));
  },
};
