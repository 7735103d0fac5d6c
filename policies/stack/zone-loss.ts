import { factsOf } from "../lib/facts.ts";
import { byName, isEndpointGroup, NODE_GROUP, ofType, related, SUBNET } from "../lib/network.ts";
import { numberAt, textAt } from "../lib/planned.ts";
import { DEPLOYMENT, podOf } from "../lib/pods.ts";
import { found, type PlannedStack, type Rule, type StackResource } from "../lib/rule.ts";
import { isVpnServer } from "../lib/vpn-server.ts";

/**
 * Nodes that a group has at the peak. What an autoscaler may add does not count: when a zone is lost,
 * everybody asks the others for nodes, and those that stand are the ones to rely on.
 */
const nodesOf = ({ props }: StackResource): number =>
  numberAt(props, "scalingConfig.desiredSize") ?? 0;

/** Endpoint nodes per zone; a group over several zones is spread evenly. */
function nodesByZone(stack: PlannedStack): Map<string, number> {
  const zones = new Map<string, number>();
  for (const group of ofType(stack, NODE_GROUP).filter(isEndpointGroup)) {
    const subnets = related(group, "subnetIds", SUBNET);
    for (const { props } of subnets) {
      const zone = textAt(props, "availabilityZone") ?? "?";
      const nodes = Math.floor(nodesOf(group) / subnets.length);
      zones.set(zone, (zones.get(zone) ?? 0) + nodes);
    }
  }
  return zones;
}

/** VPN servers that the program allows; what it leaves to a controller has no bound of its own. */
function serverBound(stack: PlannedStack): number {
  const deployment = ofType(stack, DEPLOYMENT).find((resource) => {
    const pod = podOf(resource);
    return pod !== undefined && isVpnServer(pod);
  });
  if (deployment === undefined) return 0;
  if (deployment.ignoreChanges.includes("spec.replicas")) return Infinity;
  return numberAt(deployment.props, "spec.replicas") ?? Infinity;
}

export const zoneLoss: Rule = {
  id: "A29",
  name: "a29-zone-loss",
  level: "mandatory",
  description: "Without any one zone, what is left of the VPN servers carries the region's peak",
  source: "OWN",
  stack: (stack) => {
    const { connections, share, peersPerServer } = factsOf(stack);
    const peak = Math.ceil(connections * share);
    const [where] = byName(ofType(stack, NODE_GROUP).filter(isEndpointGroup));
    if (where === undefined)
      return [{ message: "the region must have node groups in its endpoint subnets" }];
    const zones = nodesByZone(stack);
    const all = [...zones.values()].reduce((sum, nodes) => sum + nodes, 0);
    const bound = serverBound(stack);
    return [...zones].flatMap(([zone, nodes]) => {
      const left = Math.min(all - nodes, bound);
      if (left * peersPerServer >= peak) return [];
      return found(where, [
        `the endpoint node groups must carry ${peak} connections without zone ${zone}: ` +
          `${left} VPN servers of ${peersPerServer} peers are left, and ${Math.ceil(peak / peersPerServer)} are needed`,
      ]);
    });
  },
};
