import { INGRESS_TYPES, ingressOf } from "../lib/flows.ts";
import { isEndpointGroup, NODE_GROUP, ofType, related, SECURITY_GROUP } from "../lib/network.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";
import { dataGroups } from "./data-subnets.ts";

const DATA_PORTS = [5432, 6379];
/** Properties that name who may come: of a rule, of the older kind, of rules inside a group. */
const PEERS = ["referencedSecurityGroupId", "sourceSecurityGroupId", "ingress"];
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

/** Security groups of the nodes that services run on, and of no others. */
function systemGroups(stack: PlannedStack): Set<StackResource> {
  const groupsOf = (endpoint: boolean): StackResource[] =>
    ofType(stack, NODE_GROUP)
      .filter((group) => isEndpointGroup(group) === endpoint)
      .flatMap((group) => related(group, "launchTemplate", TEMPLATE))
      .flatMap((template) => [
        ...related(template, "vpcSecurityGroupIds", SECURITY_GROUP),
        ...related(template, "networkInterfaces", SECURITY_GROUP),
      ]);
  const strangers = new Set(groupsOf(true));
  return new Set(groupsOf(false).filter((group) => !strangers.has(group)));
}

/** A group of endpoint nodes or of the entry is as open as the internet. */
function sources(stack: PlannedStack): Finding[] {
  const data = dataGroups(stack);
  const system = systemGroups(stack);
  const groupsOf = (rule: StackResource): StackResource[] =>
    rule.type === SECURITY_GROUP ? [rule] : related(rule, "securityGroupId", SECURITY_GROUP);
  return ofType(stack, ...INGRESS_TYPES)
    .filter((rule) => groupsOf(rule).some((group) => data.has(group)))
    .filter(({ type, props }) => {
      const flows = ingressOf(type, props);
      // Addresses are the other sentence's.
      return flows.length > 0 && flows.every(({ blocks }) => blocks.length === 0);
    })
    .flatMap((rule) => {
      const peers = PEERS.flatMap((property) => related(rule, property, SECURITY_GROUP));
      return found(
        rule,
        unless([
          peers.length > 0 && peers.every((group) => system.has(group)),
          "a database or cache must be open to the system nodes' security group alone",
        ]),
      );
    });
}

export const dataPorts: Rule = {
  id: "A22",
  name: "a22-data-ports",
  level: "mandatory",
  description: "Databases and cache are reached from system nodes only, never from addresses",
  source: "OWN",
  resource: {
    types: INGRESS_TYPES,
    check: ({ type, props }) => {
      const open = ingressOf(type, props).filter(
        ({ protocol, fromPort, toPort, blocks }) =>
          blocks.length > 0 &&
          protocol !== "udp" &&
          DATA_PORTS.some((port) => fromPort <= port && port <= toPort),
      );
      return unless([
        open.length === 0,
        `ports ${DATA_PORTS.join(" and ")} must be open to security groups only, not to CIDRs or prefix lists`,
      ]);
    },
  },
  stack: sources,
};
