import { textAt } from "./planned.ts";
import type { PlannedStack, StackResource } from "./rule.ts";

export const ofType = (stack: PlannedStack, ...types: readonly string[]): StackResource[] =>
  stack.resources.filter(({ type }) => types.includes(type));

export const SUBNET = "aws:ec2/subnet:Subnet";
export const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
export const LOAD_BALANCERS = [
  "aws:lb/loadBalancer:LoadBalancer",
  "aws:alb/loadBalancer:LoadBalancer",
];
export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";

/** In an order that no run changes: the engine registers resources as they become ready. */
export const byName = (resources: readonly StackResource[]): StackResource[] =>
  resources.toSorted((a, b) => a.name.localeCompare(b.name));

/** Resources of a type that a property's value comes from. */
export const related = (resource: StackResource, property: string, type: string): StackResource[] =>
  resource.relations(property).filter((other) => other.type === type);

/** What a subnet is for: its tag `tier`. */
export const tierOf = (subnet: StackResource): string | undefined =>
  textAt(subnet.props, "tags.tier");

/** Whether a node group's nodes are the ones that strangers' tunnels end on. */
export const isEndpointGroup = (group: StackResource): boolean => {
  const subnets = related(group, "subnetIds", SUBNET);
  return subnets.length > 0 && subnets.every((subnet) => tierOf(subnet) === "endpoint");
};
