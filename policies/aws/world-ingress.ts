import { AGENT } from "../../services/contract/index.ts";
import { INGRESS_TYPES, ingressOf, isWorld, type Ingress } from "../lib/flows.ts";
import {
  isEndpointGroup,
  LOAD_BALANCERS,
  NODE_GROUP,
  ofType,
  related,
  SECURITY_GROUP,
} from "../lib/network.ts";
import { at, isSet, listAt, UNKNOWN } from "../lib/planned.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedResource,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";

const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

const isHttps = ({ protocol, fromPort, toPort }: Ingress): boolean =>
  protocol === "tcp" && fromPort === 443 && toPort === 443;
const isWireguard = ({ protocol, fromPort, toPort }: Ingress): boolean =>
  protocol === "udp" && fromPort === AGENT.udpPort && toPort === AGENT.udpPort;
const fromWorld = (type: string, props: StackResource["props"]): Ingress[] =>
  ingressOf(type, props).filter(({ blocks }) => blocks.some(isWorld));

/** The groups of load balancers, and those of endpoint nodes. */
function openGroups(
  stack: PlannedStack,
): Readonly<Record<"entry" | "endpoint", Set<StackResource>>> {
  const groupsOf = (resource: StackResource, property: string): StackResource[] =>
    related(resource, property, SECURITY_GROUP);
  const templates = ofType(stack, NODE_GROUP)
    .filter(isEndpointGroup)
    .flatMap((group) => related(group, "launchTemplate", TEMPLATE));
  return {
    entry: new Set(
      ofType(stack, ...LOAD_BALANCERS).flatMap((item) => groupsOf(item, "securityGroups")),
    ),
    endpoint: new Set(
      templates.flatMap((template) => [
        ...groupsOf(template, "vpcSecurityGroupIds"),
        ...groupsOf(template, "networkInterfaces"),
      ]),
    ),
  };
}

function misplaced(stack: PlannedStack): Finding[] {
  const { entry, endpoint } = openGroups(stack);
  return ofType(stack, ...INGRESS_TYPES).flatMap((rule) => {
    const flows = fromWorld(rule.type, rule.props);
    const groups =
      rule.type === SECURITY_GROUP ? [rule] : related(rule, "securityGroupId", SECURITY_GROUP);
    const all = (set: Set<StackResource>): boolean =>
      groups.length > 0 && groups.every((group) => set.has(group));
    return found(
      rule,
      unless(
        [
          !flows.some(isHttps) || all(entry),
          "443/tcp may be open to the world only on the security group of a load balancer",
        ],
        [
          !flows.some(isWireguard) || all(endpoint),
          `${AGENT.udpPort}/udp may be open to the world only on the security group of endpoint nodes`,
        ],
      ),
    );
  });
}

function check({ type, props }: PlannedResource): string[] {
  if (type === NODE_GROUP) {
    return unless([
      !isSet(props, "remoteAccess"),
      "remoteAccess must be absent: it opens SSH by a security group that AWS makes",
    ]);
  }
  if (type === DEFAULT_GROUP) {
    return ["ingress", "egress"]
      .filter((side) => at(props, side) === UNKNOWN || listAt(props, side).length > 0)
      .map((side) => `${side} of the default security group must be empty`);
  }
  return unless([
    fromWorld(type, props).every((flow) => isHttps(flow) || isWireguard(flow)),
    `ingress from outside our networks must be 443/tcp or ${AGENT.udpPort}/udp`,
  ]);
}

export const worldIngress: Rule = {
  id: "A21",
  name: "a21-world-ingress",
  level: "mandatory",
  description:
    "The world reaches 443/tcp on the entry and the WireGuard port on endpoint nodes, and nothing else",
  source: "EC2.18/19, EC2.2",
  resource: { types: [...INGRESS_TYPES, DEFAULT_GROUP, NODE_GROUP], check },
  stack: (stack) => [
    ...misplaced(stack),
    ...ofType(stack, "aws:ec2/vpc:Vpc")
      .filter(
        (vpc) =>
          !ofType(stack, DEFAULT_GROUP).some((group) => group.relations("vpcId").includes(vpc)),
      )
      .map(({ urn }) => ({
        urn,
        message: "the VPC's default security group must be taken over and empty",
      })),
  ],
};
