import { byName, isEndpointGroup, NODE_GROUP, ofType, related, SUBNET } from "../lib/network.ts";
import { flagAt, isOff, objectsAt, textAt } from "../lib/planned.ts";
import { found, unless, type Finding, type Rule, type StackResource } from "../lib/rule.ts";

const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

const zonesOf = (groups: readonly StackResource[]): Set<string> =>
  new Set(
    groups
      .flatMap((group) => related(group, "subnetIds", SUBNET))
      .map((subnet) => textAt(subnet.props, "availabilityZone") ?? "")
      .filter((zone) => zone !== ""),
  );

function privateGroup(group: StackResource): Finding[] {
  const subnets = related(group, "subnetIds", SUBNET);
  const interfaces = related(group, "launchTemplate", TEMPLATE).flatMap((template) =>
    objectsAt(template.props, "networkInterfaces"),
  );
  return found(
    group,
    unless(
      [subnets.length > 0, "subnetIds must be subnets of this stack"],
      [
        subnets.every((subnet) => isOff(subnet.props, "mapPublicIpOnLaunch")),
        'subnetIds must be private: only subnets tagged tier "endpoint" give public addresses',
      ],
      [
        interfaces.every((item) => isOff(item, "associatePublicIpAddress")),
        "the launch template must not give public addresses: only endpoint nodes have them",
      ],
    ),
  );
}

/** A group may lie in one zone, for the sake of volumes: the zones count of all that serve one purpose. */
function zonesOfAll(groups: readonly StackResource[], what: string): Finding[] {
  const [first] = byName(groups);
  if (first === undefined) return [];
  const message = `the ${what} groups together must lie in at least 3 zones`;
  return found(first, unless([zonesOf(groups).size >= 3, message]));
}

function endpointPool(groups: readonly StackResource[]): Finding[] {
  const subnets = groups.flatMap((group) => related(group, "subnetIds", SUBNET));
  return [
    ...zonesOfAll(groups, "endpoint"),
    ...subnets
      .filter((subnet) => flagAt(subnet.props, "mapPublicIpOnLaunch") !== true)
      .map(({ urn }) => ({
        urn,
        message: "mapPublicIpOnLaunch must be true: clients reach an endpoint node by its address",
      })),
  ];
}

export const nodeGroupSubnets: Rule = {
  id: "A06",
  name: "a06-node-group-subnets",
  level: "mandatory",
  description:
    "Nodes live in private subnets of at least 3 zones; only the endpoint pool has public addresses",
  source: "EC2.9/25, CIS 5.4.3",
  stack: (stack) => {
    const groups = ofType(stack, NODE_GROUP);
    const system = groups.filter((group) => !isEndpointGroup(group));
    return [
      ...system.flatMap(privateGroup),
      ...zonesOfAll(system, "system"),
      // Without one the nodes get AWS's template, which no other rule sees.
      ...groups
        .filter((group) => related(group, "launchTemplate", TEMPLATE).length === 0)
        .map(({ urn }) => ({ urn, message: "launchTemplate must be one of this stack" })),
      ...endpointPool(groups.filter(isEndpointGroup)),
    ];
  },
};
