import { at, isObject, numberAt, type PlannedObject } from "../lib/planned.ts";
import { factsOf, regionOf } from "../lib/facts.ts";
import { isEndpointGroup } from "../lib/network.ts";
import { awsRegionOf } from "../lib/provider.ts";
import { isLocal, type PlannedStack, type StackResource } from "../lib/rule.ts";
import { CostError } from "./errors.ts";
import { fixedCost, type Line } from "./fixed.ts";
import { COMPONENTS, planOf, type Component, type Plan } from "./plan.ts";
import { prices, tieredQuantity, type Price, type PriceTable } from "./prices.ts";
import { NODE_GROUP, nodeCharges } from "./resources/nodes.ts";
import { tierCosts, type TierCost } from "./tiers.ts";
import { egressTiers, usageCost, type UsageCost } from "./usage-cost.ts";
import { assumptionsOf } from "./assumptions.ts";
import type { Discounted, SupportPlan } from "../../facts/contract-terms.ts";
import { LEVELS, type Level, type Usage } from "./usage.ts";

export interface ComponentCost {
  readonly name: Component;
  readonly budget: number;
  readonly monthly: number;
  readonly lines: readonly Line[];
}

/** Several things were wrong: all are named at once. */
export class CostErrors extends CostError {
  readonly faults: readonly { readonly urn: string; readonly message: string }[];

  constructor(faults: CostErrors["faults"]) {
    super("cost", faults.map(({ message }) => message).join("\n"));
    this.faults = faults;
  }
}

export interface Estimate {
  readonly stack: string;
  readonly region: string;
  readonly asOf: string;
  readonly validUntil: string;
  readonly plan: Plan;
  readonly fixed: number;
  readonly components: readonly ComponentCost[];
  readonly assumptions: Readonly<Record<Level, Usage>>;
  /** Percent off list prices, by group of services. */
  readonly discountPercent: Readonly<Record<Discounted, number>>;
  readonly supportPlan: SupportPlan;
  readonly usage: Readonly<Record<Level, UsageCost>>;
  readonly perTier: readonly TierCost[];
  readonly unpriced: readonly { readonly urn: string; readonly text: string }[];
  /** GB that the transfer budget buys. */
  readonly budgetGb: number;
  /** Fixed cost of the nodes that autoscalers may add, USD a month. */
  readonly ceiling: number;
  /** The rows that the estimate used. */
  readonly prices: readonly Price[];
}

const TRANSFER = "CDN and network transfer";

function componentsOf(plan: Plan, lines: readonly Line[]): ComponentCost[] {
  return COMPONENTS.map((name) => {
    const own = lines.filter(({ component }) => component === name);
    const monthly = own.reduce((sum, line) => sum + line.monthly, 0);
    return { name, budget: plan.budgets[name], monthly, lines: own };
  });
}

/** The program states what its autoscaler may grow a group to; AWS's own bound is the quota. */
function mostOf(group: StackResource, facts: PlannedObject): number {
  const stated = numberAt(
    facts,
    isEndpointGroup(group) ? "mostNodes.endpoint" : "mostNodes.system",
  );
  return stated ?? numberAt(group.props, "scalingConfig.maxSize") ?? 0;
}

function ceilingOf(stack: PlannedStack, table: PriceTable, region: string): number {
  const facts = factsIn(stack);
  return stack.resources
    .filter(({ type }) => type === NODE_GROUP)
    .flatMap((group) => {
      const desired = numberAt(group.props, "scalingConfig.desiredSize") ?? 0;
      const most = mostOf(group, facts);
      return most > desired ? nodeCharges(group, most - desired) : [];
    })
    .reduce((sum, { quantity, price: [service, item] }) => {
      return sum + quantity * table.find(service, item, region).usd;
    }, 0);
}

/** What is discounted under one name is priced under several services. */
function percentOff(service: string, discounts: Readonly<Record<Discounted, number>>): number {
  if (service.startsWith("ec2-linux-")) return discounts.compute;
  if (service === "rds") return discounts.database;
  if (service === "elasticache") return discounts.cache;
  return service === "data-transfer" || service === "cloudfront" ? discounts.transfer : 0;
}

const factsIn = (stack: PlannedStack): PlannedObject => {
  const facts = at(regionOf(stack)?.props, "facts");
  return isObject(facts) ? facts : {};
};

/** A local region runs on one machine: there is no bill. */
export const isPriced = (stack: PlannedStack): boolean => !isLocal(stack);

/**
 * The monthly cost of what a stack plans. Pure: the same resources and prices give the same figures.
 * Throws CostErrors that name every missing price and every input that is not known.
 */
export function estimate(stack: PlannedStack, list: PriceTable = prices()): Estimate {
  const region = awsRegionOf(stack.resources) ?? "unknown";
  const facts = factsIn(stack);
  const plan = planOf(facts, region);
  const { usage: assumptions, discountPercent, supportPlan } = assumptionsOf(facts);
  const table = list.less((service) => percentOff(service, discountPercent));
  const { lines, unpriced, faults } = fixedCost(stack, table, region);
  if (faults.length > 0) throw new CostErrors(faults);
  const fixed = lines.reduce((sum, { monthly }) => sum + monthly, 0);
  const { peersPerServer, connections } = factsOf(stack);
  const context = {
    stack,
    table,
    region,
    plan,
    peersPerServer,
    connections: connections * plan.share,
    supportPlan,
    fixed,
  };
  const usage = {
    low: usageCost(context, assumptions.low),
    expected: usageCost(context, assumptions.expected),
    high: usageCost(context, assumptions.high),
  };
  const egress = egressTiers(table, region);
  const used = [
    ...lines.map(({ price }) => price),
    ...LEVELS.flatMap((level) => usage[level].lines.flatMap((line) => line.prices)),
  ];
  return {
    stack: stack.stack,
    region,
    asOf: table.asOf,
    validUntil: table.validUntil,
    plan,
    fixed,
    components: componentsOf(plan, lines),
    assumptions,
    discountPercent,
    supportPlan,
    usage,
    perTier: tierCosts(plan, assumptions.expected, usage.expected, fixed, egress),
    unpriced,
    budgetGb: tieredQuantity(egress, plan.budgets[TRANSFER]),
    ceiling: ceilingOf(stack, table, region),
    prices: [...new Set(used)],
  };
}
