import { CostErrors, estimate, isPriced, type ComponentCost } from "../cost/estimate.ts";
import { CostError } from "../cost/errors.ts";
import { dollars } from "../cost/money.ts";
import { endedSupport } from "../../facts/kubernetes-support.ts";
import { LOAD_BALANCERS, ofType, related, SUBNET, tierOf } from "../lib/network.ts";
import { textAt } from "../lib/planned.ts";
import {
  found,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";

const NAT = "aws:ec2/natGateway:NatGateway";
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? urn;

function overBudget({ name, budget, monthly, lines }: ComponentCost): Finding[] {
  if (monthly <= budget) return [];
  const largest = lines
    .toSorted((a, b) => b.monthly - a.monthly)
    .slice(0, 3)
    .map((line) => `${line.item} of ${nameOf(line.urn)} ${dollars(line.monthly)}`);
  return [
    {
      message: `${name} must cost at most ${dollars(budget)} a month in this region: it is ${dollars(monthly)}, most of it ${largest.join("; ")}`,
    },
  ];
}

const onEndpoints = (resource: StackResource, property: string): boolean =>
  related(resource, property, SUBNET).some((subnet) => tierOf(subnet) === "endpoint");

/** Paid by the GB on the tunnels' way, either costs more than all servers; A27 keeps their routes out. */
function onTheTunnelsWay(stack: PlannedStack): Finding[] {
  const gateways = ofType(stack, NAT).filter((nat) => onEndpoints(nat, "subnetId"));
  const balancers = ofType(stack, ...LOAD_BALANCERS).filter(
    (balancer) =>
      textAt(balancer.props, "loadBalancerType") === "network" &&
      (onEndpoints(balancer, "subnets") || onEndpoints(balancer, "subnetMappings")),
  );
  const sentence =
    "endpoint subnets must have no NAT gateway and no NLB: each GB of a tunnel would be paid twice";
  return [...gateways, ...balancers].flatMap((resource) => found(resource, [sentence]));
}

const extendedSupport = (stack: PlannedStack): Finding[] =>
  ofType(stack, "aws:eks/cluster:Cluster").flatMap((cluster) => {
    const version = textAt(cluster.props, "version") ?? "";
    const end = endedSupport(version, stack.today);
    if (end === undefined) return [];
    return found(cluster, [
      `version must be in standard support: that of ${version} ended on ${end}, and the control plane costs six times as much`,
    ]);
  });

function pricedFindings(stack: PlannedStack): Finding[] {
  const { components, unpriced, validUntil } = estimate(stack);
  const expired = stack.today >= new Date(`${validUntil}T00:00:00Z`);
  return [
    ...components.flatMap(overBudget),
    ...unpriced.map(({ urn, text }) => ({
      message: `${text} must have a price, or a reason on the free list of policies/cost/free.ts`,
      urn,
    })),
    ...(expired
      ? [
          {
            message: `prices must be read anew: those of policies/cost/prices.csv were valid until ${validUntil}`,
          },
        ]
      : []),
  ];
}

function findings(stack: PlannedStack): readonly Finding[] {
  if (!isPriced(stack)) return [];
  const others = [...onTheTunnelsWay(stack), ...extendedSupport(stack)];
  try {
    return [...pricedFindings(stack), ...others];
  } catch (error) {
    // What cannot be priced is over any budget.
    if (error instanceof CostErrors) return [...error.faults, ...others];
    if (error instanceof CostError) return [{ message: error.message }, ...others];
    throw error;
  }
}

export const budget: Rule = {
  id: "C01",
  name: "c01-budget",
  level: "mandatory",
  description:
    "The fixed monthly cost of what is planned is known, and within the budget of each component",
  source: "OWN",
  stack: findings,
};
